"""Referrals: whose code, who activated whose, what was exchanged."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from bot.storage.types import BigId, Moment


class ReferralCodeRow(Base):
    """A member's code, made on first sight."""

    __tablename__ = "referral_codes"

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)


class ActivationRow(Base):
    """Whose code a newcomer activated: once a member, ever; credited once both conditions hold."""

    __tablename__ = "activations"
    __table_args__ = (
        CheckConstraint("newcomer_id <> owner_id", name="not_oneself"),
        Index("ix_activations_owner_id_credited_at", "owner_id", "credited_at"),
        Index("ix_activations_credited_at_owner_id", "credited_at", "owner_id"),  # of a month
        Index(
            "ix_activations_waiting",
            "activated_at",
            sqlite_where=text("credited_at IS NULL AND voided_at IS NULL"),
            postgresql_where=text("credited_at IS NULL AND voided_at IS NULL"),
        ),
    )

    newcomer_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    activated_at: Mapped[datetime] = mapped_column(Moment)
    credited_at: Mapped[datetime | None] = mapped_column(Moment)
    voided_at: Mapped[datetime | None] = mapped_column(Moment)


class ExchangeRow(Base):
    """Referrals spent, or reserved while staff decide, for a plan."""

    __tablename__ = "exchanges"
    __table_args__ = (
        CheckConstraint("referrals > 0", name="referrals"),
        CheckConstraint(
            "state IN ('waiting', 'approved', 'declined', 'withdrawn', 'lapsed')", name="state"
        ),
        Index("ix_exchanges_member_id_state", "member_id", "state"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    referrals: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decider_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed with the member's own key
    grant_id: Mapped[int | None] = mapped_column(ForeignKey("grants.id"))


class ContestPrizeRow(Base):
    """A winner of a month's contest; a second run changes nothing."""

    __tablename__ = "contest_prizes"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)  # YYYY-MM
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), primary_key=True)
    place: Mapped[int]
    activations: Mapped[int]
    grant_id: Mapped[int] = mapped_column(ForeignKey("grants.id"))
