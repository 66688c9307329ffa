"""Levels: points for talking, what a month came to, and the roles that we gave."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from bot.storage.types import Moment


class PointsRow(Base):
    """A member's points of one month; the texts they were earned with are stored nowhere."""

    __tablename__ = "points"
    __table_args__ = (
        CheckConstraint("points >= 0", name="points"),
        Index("ix_points_month_points", "month", "points"),
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)  # YYYY-MM
    points: Mapped[int] = mapped_column(default=0)


class LevelAwardRow(Base):
    """The level that a month earned a member; without a grant where its time was over already."""

    __tablename__ = "level_awards"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)  # the month it was earned in
    level: Mapped[int]
    points: Mapped[int]
    awarded_at: Mapped[datetime] = mapped_column(Moment)
    grant_id: Mapped[int | None] = mapped_column(ForeignKey("grants.id"))


class GivenRoleRow(Base):
    """A Discord role that we gave and have not taken yet."""

    __tablename__ = "given_roles"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    role_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    given_at: Mapped[datetime] = mapped_column(Moment)
