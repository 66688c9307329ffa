"""What members used, added up so that a leaderboard need not."""

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base


class UsageMonthRow(Base):
    """A member's metered tokens of one month up to last night; made anew each night."""

    __tablename__ = "usage_months"
    __table_args__ = (Index("ix_usage_months_month_spent", "month", "spent"),)

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    month: Mapped[str] = mapped_column(String(7), primary_key=True)  # YYYY-MM
    spent: Mapped[int] = mapped_column(BigInteger)
