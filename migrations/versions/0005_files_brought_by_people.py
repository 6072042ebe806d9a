"""Files brought by people: how each is written, how far it was read, what came of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_files_brought_by_people"
down_revision = "0004_segments_counted_by_day"

_TEXTS = ("kind", "name", "path", "sha256", "encoding", "delimiter", "actor", "state")
_NUMBERS = ("size", "rows", "place", "new", "changed", "known", "refused", "refused_bytes")
_FLAGS = ("is_sure", "is_dated", "is_check")
_LISTS = ("heading", "columns", "reasons")
_TIMES = ("lease_until", "started_at", "finished_at")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "file_imports",
        sa.Column("store_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TEXTS),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _NUMBERS),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in _FLAGS),
        *(sa.Column(name, postgresql.JSONB(), nullable=False) for name in _LISTS),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in _TIMES),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent", postgresql.JSONB(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("token", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["store_id"], ["stores.id"], name=op.f("fk_file_imports_store_id_stores")
        ),
        sa.PrimaryKeyConstraint("store_id", "id", name=op.f("pk_file_imports")),
    )
    op.create_index("ix_file_imports_file", "file_imports", ["store_id", "kind", "sha256"])
    op.create_index("ix_file_imports_state", "file_imports", ["state", "id"])
