"""What stays of people who had everything deleted: a keyed hash, and what must not be escaped."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from bot.storage.types import Moment


class MarkRow(Base):
    """Once-ever marks by the keyed hash of a Discord id."""

    __tablename__ = "marks"

    digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    activated_at: Mapped[datetime | None] = mapped_column(Moment)
    suspended_at: Mapped[datetime | None] = mapped_column(Moment)  # when deleted while suspended
    day: Mapped[date | None]  # the day of the deletion; who returns on it is tied to its row again
    day_member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
