"""The ledger: a member's day, a member's pace, what is held, and what each call cost."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from bot.storage.types import BigId, Moment


class DayRow(Base):
    """What a member spent and holds on one day of the community; made by the first call."""

    __tablename__ = "days"
    __table_args__ = (
        CheckConstraint("spent >= 0", name="spent"),
        CheckConstraint("held >= 0", name="held"),
        Index("ix_days_day", "day"),  # who spent something on a day; written once a member a day
        {"sqlite_with_rowid": False},
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    spent: Mapped[int] = mapped_column(BigInteger, default=0)
    held: Mapped[int] = mapped_column(BigInteger, default=0)
    calls: Mapped[int] = mapped_column(default=0)


class PaceRow(Base):
    """How many calls a member has in flight, and how many began in the minute that is counted."""

    __tablename__ = "paces"
    __table_args__ = (CheckConstraint("in_flight >= 0", name="in_flight"),)

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    in_flight: Mapped[int] = mapped_column(default=0)
    minute: Mapped[int] = mapped_column(BigInteger, default=0)  # minutes since 1970
    minute_calls: Mapped[int] = mapped_column(default=0)


class HoldRow(Base):
    """What one running call has reserved, with all its record needs; gone once settled."""

    __tablename__ = "holds"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(BigInteger)
    key_id: Mapped[int | None] = mapped_column(BigInteger)
    day: Mapped[date]
    amount: Mapped[int] = mapped_column(BigInteger)
    beat: Mapped[int] = mapped_column(default=0)  # the lease: its process counts it up
    mode: Mapped[str] = mapped_column(String(16))
    endpoint: Mapped[str] = mapped_column(String(64))
    model: Mapped[str] = mapped_column(String(255))
    arrived_at: Mapped[datetime] = mapped_column(Moment)


class CallRow(Base):
    """The record of one dispatched call; never its prompt or answer."""

    __tablename__ = "calls"
    __table_args__ = (Index("ix_calls_member_id_day", "member_id", "day"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)  # its hold's
    member_id: Mapped[int] = mapped_column(BigInteger)
    key_id: Mapped[int | None] = mapped_column(BigInteger)
    day: Mapped[date]
    endpoint: Mapped[str] = mapped_column(String(64))
    model: Mapped[str] = mapped_column(String(255))
    upstream: Mapped[str | None] = mapped_column(String(64))
    mode: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))  # ledger.rules.Status
    flags: Mapped[int] = mapped_column(default=0)  # ledger.rules.Flag, or-ed
    prompt_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    completion_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cost: Mapped[int] = mapped_column(BigInteger, default=0)
    overrun: Mapped[int] = mapped_column(BigInteger, default=0)
    latency_ms: Mapped[int] = mapped_column(default=0)
    arrived_at: Mapped[datetime] = mapped_column(Moment)


class AttemptRow(Base):
    """One try at one route, of a call that needed several or came to nothing.

    A call without any was answered by the first route asked: its record says all of it.
    """

    __tablename__ = "attempts"

    call_id: Mapped[int] = mapped_column(
        ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    upstream: Mapped[str] = mapped_column(String(64))
    model: Mapped[str] = mapped_column(String(255))  # the upstream's name for it
    outcome: Mapped[str] = mapped_column(String(16))
    http_status: Mapped[int | None]
    latency_ms: Mapped[int]
