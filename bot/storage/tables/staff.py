"""Staff: what was proposed, what was done, what was donated, which settings were changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from bot.storage.types import BigId, Moment


class ProposalRow(Base):
    """A staff action between its preview and its confirmation, by the id of its interaction."""

    __tablename__ = "proposals"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    action: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    target_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)  # never free text about a person
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed with the target's own key
    state: Mapped[str] = mapped_column(String(16))  # open, waiting (second moderator), done, ended
    proposed_at: Mapped[datetime] = mapped_column(Moment)


class AuditRow(Base):
    """What was done; the database itself refuses to change or delete it."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_target_id_id", "target_id", "id"),
        Index("ix_audit_actor_id_id", "actor_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(Moment)
    action: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))  # None: Latchkey itself
    target_id: Mapped[int | None] = mapped_column(ForeignKey("members.id"))
    proposal: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    undoes: Mapped[int | None] = mapped_column(ForeignKey("audit.id"), unique=True)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    reason: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed with the target's own key


class DonationRow(Base):
    """A donation by its receipt, which is used once and for all."""

    __tablename__ = "donations"

    digest: Mapped[bytes] = mapped_column(
        LargeBinary(32), primary_key=True
    )  # keyed, of the receipt
    receipt: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed with the member's own key
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    amount: Mapped[int]  # whole dollars
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    refunded_at: Mapped[datetime | None] = mapped_column(Moment)
    grant_id: Mapped[int] = mapped_column(ForeignKey("grants.id"))


class SettingRow(Base):
    """A setting that staff changed at run time; latchkey.toml wins where it names it."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)  # "limits.daily_tokens"
    value: Mapped[Any] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(Moment)
