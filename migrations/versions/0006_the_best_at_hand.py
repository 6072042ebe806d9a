"""The best at hand: those who spent most are read off an index, without a sort."""

import sqlalchemy as sa
from alembic import op

revision = "0006_the_best_at_hand"
down_revision = "0005_files_brought_by_people"


def upgrade() -> None:
    """Add the index; with many buyers it takes a moment."""
    op.create_index(
        "ix_buyers_top",
        "buyers",
        ["store_id", sa.text("spent_minor DESC"), sa.text("last_order_at DESC"), "id"],
        unique=False,
        postgresql_where=sa.text("orders_count > 0 AND merged_into IS NULL AND erased_at IS NULL"),
    )
