"""Reading storefronts: apps beside them, look-ups, runs over their feeds, privacy requests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_reading_storefronts"
down_revision = "0001_first"


def upgrade() -> None:
    """Create the tables; what is kept already came from each store's own platform."""
    op.create_table(
        "feed_runs",
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bookmark", sa.Text(), nullable=True),
        sa.Column("pages", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("missed", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("refusals", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_feed_runs_store_id_stores")
        ),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_feed_runs")),
    )
    op.create_index(
        "ix_feed_runs_last", "feed_runs", ["store_id", "platform", "feed", "id"], unique=False
    )
    op.create_index(
        "uq_feed_runs_open",
        "feed_runs",
        ["store_id", "platform", "feed", "purpose"],
        unique=True,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "hook_checks",
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hooks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("faults", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rearmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_hook_checks_store_id_stores")
        ),
        sa.PrimaryKeyConstraint("store_id", "platform", name=op.f("pk_hook_checks")),
    )
    op.create_table(
        "store_apps",
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("api_url", sa.Text(), nullable=True),
        sa.Column("api_key_sealed", sa.Text(), nullable=True),
        sa.Column("api_secret_sealed", sa.Text(), nullable=True),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_store_apps_store_id_stores")
        ),
        sa.PrimaryKeyConstraint("store_id", "platform", name=op.f("pk_store_apps")),
    )
    op.create_table(
        "store_lookups",
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mentions", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_store_lookups_store_id_stores")
        ),
        sa.PrimaryKeyConstraint(
            "store_id", "platform", "kind", "external_id", name=op.f("pk_store_lookups")
        ),
    )
    op.create_index("ix_store_lookups_due", "store_lookups", ["not_before"], unique=False)
    op.create_table(
        "privacy_requests",
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("orders", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_privacy_requests_store_id_stores")
        ),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_privacy_requests")),
        sa.UniqueConstraint(
            "store_id",
            "kind",
            "request_id",
            name=op.f("uq_privacy_requests_store_id_kind_request_id"),
        ),
    )
    op.create_index(
        "ix_privacy_requests_open",
        "privacy_requests",
        ["store_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.add_column(
        "orders",
        sa.Column(
            "refunds_posted",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            server_default="{}",
        ),
    )
    op.alter_column("orders", "refunds_posted", server_default=None)
    for table in ("store_secrets", "webhooks"):
        op.add_column(table, sa.Column("platform", sa.Text(), nullable=True))
        op.execute(
            f"UPDATE {table} SET platform = stores.platform"  # noqa: S608 - two names of ours
            f" FROM stores WHERE stores.id = {table}.store_id"
        )
        op.alter_column(table, "platform", nullable=False)
