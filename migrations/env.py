"""Alembic's entry: runs the migrations on the connection that `crm.migrate` hands over."""

from alembic import context

from crm.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
