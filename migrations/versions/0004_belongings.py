"""Belongings: songs and mailboxes, and songs awaited in Discord."""

import sqlalchemy as sa
from alembic import op

from bot.storage import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "belongings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("upstream", sa.String(length=64), nullable=False),
        sa.Column("model", sa.String(length=255), nullable=False),
        sa.Column("identifier", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("song", sa.BigInteger(), nullable=True),
        sa.Column("made_at", types.Moment(timezone=True), nullable=False),
        sa.Column("asked_at", types.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('song', 'mailbox')", name=op.f("ck_belongings_kind")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_belongings_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_belongings")),
    )
    op.create_index(
        "ix_belongings_member_id_kind_made_at",
        "belongings",
        ["member_id", "kind", "made_at"],
        unique=False,
    )
    op.create_index("ix_belongings_made_at", "belongings", ["made_at"], unique=False)
    op.create_index(op.f("ix_belongings_song"), "belongings", ["song"], unique=False)
    op.create_table(
        "song_posts",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("begun_at", types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_song_posts_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_song_posts")),
    )
    op.create_index(op.f("ix_song_posts_member_id"), "song_posts", ["member_id"], unique=False)
