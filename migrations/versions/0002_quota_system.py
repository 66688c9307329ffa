"""The quota system: referrals, levels, donations, staff, privacy, settings at run time."""

import sqlalchemy as sa
from alembic import op

from bot.storage import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "settings",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
    )
    op.create_table(
        "activations",
        sa.Column(
            "newcomer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("activated_at", types.Moment(timezone=True), nullable=False),
        sa.Column("credited_at", types.Moment(timezone=True), nullable=True),
        sa.Column("voided_at", types.Moment(timezone=True), nullable=True),
        sa.CheckConstraint("newcomer_id <> owner_id", name=op.f("ck_activations_not_oneself")),
        sa.ForeignKeyConstraint(
            ["newcomer_id"], ["members.id"], name=op.f("fk_activations_newcomer_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["members.id"], name=op.f("fk_activations_owner_id")),
        sa.PrimaryKeyConstraint("newcomer_id", name=op.f("pk_activations")),
    )
    op.create_index(
        "ix_activations_credited_at_owner_id",
        "activations",
        ["credited_at", "owner_id"],
        unique=False,
    )
    op.create_index(
        "ix_activations_owner_id_credited_at",
        "activations",
        ["owner_id", "credited_at"],
        unique=False,
    )
    op.create_index(
        "ix_activations_waiting",
        "activations",
        ["activated_at"],
        unique=False,
        sqlite_where=sa.text("credited_at IS NULL AND voided_at IS NULL"),
        postgresql_where=sa.text("credited_at IS NULL AND voided_at IS NULL"),
    )

    op.create_table(
        "audit",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", types.Moment(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("target_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("proposal", sa.BigInteger(), nullable=True),
        sa.Column("undoes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["members.id"], name=op.f("fk_audit_actor_id")),
        sa.ForeignKeyConstraint(["target_id"], ["members.id"], name=op.f("fk_audit_target_id")),
        sa.ForeignKeyConstraint(["undoes"], ["audit.id"], name=op.f("fk_audit_undoes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("proposal", name=op.f("uq_audit_proposal")),
        sa.UniqueConstraint("undoes", name=op.f("uq_audit_undoes")),
    )
    op.create_index("ix_audit_actor_id_id", "audit", ["actor_id", "id"], unique=False)
    op.create_index("ix_audit_target_id_id", "audit", ["target_id", "id"], unique=False)

    op.create_table(
        "given_roles",
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("role_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("given_at", types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_given_roles_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", "guild_id", "role_id", name=op.f("pk_given_roles")),
    )
    op.create_table(
        "marks",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("activated_at", types.Moment(timezone=True), nullable=True),
        sa.Column("suspended_at", types.Moment(timezone=True), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column(
            "day_member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["day_member_id"], ["members.id"], name=op.f("fk_marks_day_member_id")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_marks")),
    )
    op.create_table(
        "points",
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.CheckConstraint("points >= 0", name=op.f("ck_points_points")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_points_member_id")),
        sa.PrimaryKeyConstraint("member_id", "month", name=op.f("pk_points")),
    )
    op.create_index("ix_points_month_points", "points", ["month", "points"], unique=False)

    op.create_table(
        "proposals",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("target_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("proposed_at", types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["members.id"], name=op.f("fk_proposals_actor_id")),
        sa.ForeignKeyConstraint(["target_id"], ["members.id"], name=op.f("fk_proposals_target_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_table(
        "referral_codes",
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_referral_codes_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_referral_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_referral_codes_code")),
    )
    op.create_table(
        "contest_prizes",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("activations", sa.Integer(), nullable=False),
        sa.Column("grant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["grants.id"], name=op.f("fk_contest_prizes_grant_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_contest_prizes_member_id")
        ),
        sa.PrimaryKeyConstraint("month", "member_id", name=op.f("pk_contest_prizes")),
    )
    op.create_table(
        "donations",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("recorded_at", types.Moment(timezone=True), nullable=False),
        sa.Column("refunded_at", types.Moment(timezone=True), nullable=True),
        sa.Column("grant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_donations_grant_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_donations_member_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_donations")),
    )
    op.create_index("ix_donations_member_id", "donations", ["member_id"], unique=False)

    op.create_table(
        "exchanges",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("referrals", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", types.Moment(timezone=True), nullable=False),
        sa.Column("decided_at", types.Moment(timezone=True), nullable=True),
        sa.Column(
            "decider_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("grant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'approved', 'declined', 'withdrawn', 'lapsed')",
            name=op.f("ck_exchanges_state"),
        ),
        sa.CheckConstraint("referrals > 0", name=op.f("ck_exchanges_referrals")),
        sa.ForeignKeyConstraint(
            ["decider_id"], ["members.id"], name=op.f("fk_exchanges_decider_id")
        ),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_exchanges_grant_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_exchanges_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchanges")),
    )
    op.create_index(
        "ix_exchanges_member_id_state", "exchanges", ["member_id", "state"], unique=False
    )

    op.create_table(
        "level_awards",
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("awarded_at", types.Moment(timezone=True), nullable=False),
        sa.Column("grant_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_level_awards_grant_id")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_level_awards_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", "month", name=op.f("pk_level_awards")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_at", types.Moment(timezone=True), nullable=True))
    op.create_index(
        "ix_grants_unended",
        "grants",
        ["ends_at"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "usage_months",
        sa.Column(
            "member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_usage_months_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", "month", name=op.f("pk_usage_months")),
    )
    op.create_index("ix_usage_months_month_spent", "usage_months", ["month", "spent"])
    op.create_index("ix_days_day", "days", ["day"])
    op.drop_index("ix_outbox_waiting", "outbox")
    for name, columns in (
        ("ix_outbox_waiting", ["lane", "id"]),
        ("ix_outbox_waiting_member", ["member_id"]),
    ):
        op.create_index(
            name,
            "outbox",
            columns,
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )
    with op.batch_alter_table("members", schema=None) as batch_op:
        for name in ("listed", "told"):
            batch_op.add_column(
                sa.Column(name, sa.Boolean(), server_default=sa.true(), nullable=False)
            )
    _seal_audit()


def _seal_audit() -> None:
    """Let the database itself refuse to change or delete what was audited."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_is_final() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'audit rows are final'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_final()"
        )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{event.lower()} BEFORE {event} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'audit rows are final'); END"
        )
