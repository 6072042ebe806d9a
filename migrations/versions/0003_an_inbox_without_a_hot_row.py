"""An inbox without a hot row: what is put in looks its store up, and locks it no more."""

from alembic import op

revision = "0003_an_inbox_without_a_hot_row"
down_revision = "0002_reading_storefronts"


def upgrade() -> None:
    """Drop the foreign key; nothing of what is kept changes."""
    op.drop_constraint("fk_webhooks_store_id_stores", "webhooks", type_="foreignkey")
