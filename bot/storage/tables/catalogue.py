"""What upstreams say they serve, as the catalogue's sync read it last."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.base import Base
from bot.storage.types import Moment


class UpstreamListRow(Base):
    """An upstream's list of models: when it was read, or why it could not be."""

    __tablename__ = "upstream_lists"

    upstream: Mapped[str] = mapped_column(String(64), primary_key=True)
    read_at: Mapped[datetime | None] = mapped_column(Moment)  # None: never yet
    failure: Mapped[str | None] = mapped_column(String(16))  # None: the last try went well
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    told: Mapped[bool] = mapped_column(default=False)  # staff know that it cannot be read


class UpstreamModelRow(Base):
    """A model that an upstream lists, did, or should; `coefficient` in thousandths."""

    __tablename__ = "upstream_models"

    upstream: Mapped[str] = mapped_column(String(64), primary_key=True)
    model: Mapped[str] = mapped_column(String(255), primary_key=True)
    coefficient: Mapped[int | None]
    tier: Mapped[str | None] = mapped_column(String(64))
    seen_at: Mapped[datetime | None] = mapped_column(Moment)  # None: routes name it, no list did
    gone_at: Mapped[datetime | None] = mapped_column(Moment)
