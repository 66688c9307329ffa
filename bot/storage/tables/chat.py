"""Answers that are being written in Discord: what a process that dies leaves to its heir."""

from datetime import datetime

from sqlalchemy import BigInteger, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from bot.storage.types import BigId, Moment


class RunningAnswerRow(Base):
    """An answer that is being written; neither its question nor a word of it."""

    __tablename__ = "running_answers"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    guild_id: Mapped[int | None] = mapped_column(BigInteger)  # none in direct messages
    channel_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int] = mapped_column(BigInteger)  # its first, or what it will reply to
    token: Mapped[bytes | None] = mapped_column(LargeBinary)  # the interaction's, sealed
    begun_at: Mapped[datetime] = mapped_column(Moment)
