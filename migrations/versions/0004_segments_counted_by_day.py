"""Segments counted by day, and where the fifths of a store's buyers meet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004_segments_counted_by_day"
down_revision = "0003_an_inbox_without_a_hot_row"


def upgrade() -> None:
    """Add both tables; they fill themselves every night."""
    op.create_table(
        "segment_counts",
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_segment_counts_store_id_stores")
        ),
        sa.ForeignKeyConstraint(
            ["store_id", "segment_id"],
            ["segments.store_id", "segments.id"],
            name=op.f("fk_segment_counts_store_id_segments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "store_id", "segment_id", "counted_on", name=op.f("pk_segment_counts")
        ),
    )
    op.create_table(
        "rfm_cuts",
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("recency", postgresql.ARRAY(sa.DateTime(timezone=True)), nullable=False),
        sa.Column("frequency", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("monetary", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("buyers", sa.BigInteger(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_rfm_cuts_store_id_stores")
        ),
        sa.PrimaryKeyConstraint("store_id", name=op.f("pk_rfm_cuts")),
    )
