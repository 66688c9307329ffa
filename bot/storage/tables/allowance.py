"""What raises a member's allowance: grants, appended and revoked, never rewritten."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from bot.storage.types import BigId, Moment


class GrantRow(Base):
    """A time-boxed entitlement: a daily allowance, access to models, or unlimited."""

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="lasts"),
        CheckConstraint("daily_tokens IS NULL OR daily_tokens > 0", name="tokens"),
        CheckConstraint(
            "daily_tokens IS NOT NULL OR access IS NOT NULL OR unlimited", name="gives_something"
        ),
        Index(
            "ix_grants_unended",
            "ends_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    source: Mapped[str] = mapped_column(String(32))  # activation, exchange, level, donation, ...
    plan: Mapped[str | None] = mapped_column(String(32))  # "5" of an exchange, "2" of a level
    daily_tokens: Mapped[int | None] = mapped_column(BigInteger)
    access: Mapped[str | None] = mapped_column(String(64))  # "claude"
    unlimited: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    giver_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed with the member's own key
    created_at: Mapped[datetime] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)  # its end was handled: role, message
