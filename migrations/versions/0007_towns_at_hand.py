"""Towns at hand, whatever their case: an index, and the planner knows how many live there."""

import sqlalchemy as sa
from alembic import op

revision = "0007_towns_at_hand"
down_revision = "0006_the_best_at_hand"


def upgrade() -> None:
    """Add the index; with many buyers it takes a moment."""
    op.create_index("ix_buyers_town", "buyers", ["store_id", sa.text("lower(city)")], unique=False)
