"""Who is a member, and which Discord account that is."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, String, true
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from bot.storage.types import BigId, Moment


class MemberRow(Base):
    """A member by number; nothing here names the person."""

    __tablename__ = "members"
    __table_args__ = (CheckConstraint("mode IN ('tokens', 'requests')", name="mode"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    created_at: Mapped[datetime] = mapped_column(Moment)
    mode: Mapped[str] = mapped_column(String(16), default="tokens")
    switched_on: Mapped[date | None]  # the day `switches` counts
    switches: Mapped[int] = mapped_column(default=0)
    suspended_at: Mapped[datetime | None] = mapped_column(Moment)
    listed: Mapped[bool] = mapped_column(default=True, server_default=true())  # on leaderboards
    told: Mapped[bool] = mapped_column(default=True, server_default=true())  # of grants that end
    suspension_reason: Mapped[bytes | None] = mapped_column(
        LargeBinary
    )  # sealed with their own key


class PersonRow(Base):
    """The one place of a Discord id; deleting the row parts the person from all that stays."""

    __tablename__ = "people"

    discord_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), unique=True)
    sealed_key: Mapped[bytes] = mapped_column(LargeBinary)  # their own key, under the secret
    language: Mapped[str | None] = mapped_column(String(8))  # chosen with /language
    seen_home_at: Mapped[datetime | None] = mapped_column(Moment)  # last payload from a home guild
