"""What upstreams made for one member alone: songs and mailboxes, and songs awaited in Discord."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from bot.storage.types import BigId, Moment


class BelongingRow(Base):
    """A clip of a song, or a mailbox; its id is our own, the upstream's is sealed."""

    __tablename__ = "belongings"
    __table_args__ = (
        CheckConstraint("kind IN ('song', 'mailbox')", name="kind"),
        Index("ix_belongings_member_id_kind_made_at", "member_id", "kind", "made_at"),
        Index("ix_belongings_made_at", "made_at"),  # what is too old to be kept
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)  # a random UUID
    kind: Mapped[str] = mapped_column(String(16))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"))
    upstream: Mapped[str] = mapped_column(String(64))
    model: Mapped[str] = mapped_column(String(255))  # a mailbox's domain
    identifier: Mapped[bytes] = mapped_column(LargeBinary)  # sealed with the member's own key
    email: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed alike
    song: Mapped[int | None] = mapped_column(BigInteger, index=True)  # what its clips share
    made_at: Mapped[datetime] = mapped_column(Moment)
    asked_at: Mapped[datetime | None] = mapped_column(Moment)  # for a mailbox's messages


class SongPostRow(Base):
    """A song that somebody waits for in Discord, and the card it goes below; gone once posted."""

    __tablename__ = "song_posts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)  # the song's
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id"), index=True)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int] = mapped_column(BigInteger)
    language: Mapped[str] = mapped_column(String(8))
    begun_at: Mapped[datetime] = mapped_column(Moment)
