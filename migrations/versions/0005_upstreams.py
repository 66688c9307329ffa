"""Upstreams: the record of attempts, and what their lists of models say."""

import sqlalchemy as sa
from alembic import op

from bot.storage import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "attempts",
        sa.Column("call_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("upstream", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=255), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_attempts_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "number", name=op.f("pk_attempts")),
    )
    op.create_table(
        "upstream_lists",
        sa.Column("upstream", sa.String(length=64), nullable=False),
        sa.Column("read_at", types.Moment(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=16), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("upstream", name=op.f("pk_upstream_lists")),
    )
    op.create_table(
        "upstream_models",
        sa.Column("upstream", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=255), nullable=False),
        sa.Column("coefficient", sa.Integer(), nullable=True),
        sa.Column("tier", sa.String(length=64), nullable=True),
        sa.Column("seen_at", types.Moment(timezone=True), nullable=True),
        sa.Column("gone_at", types.Moment(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("upstream", "model", name=op.f("pk_upstream_models")),
    )
