"""The history of the database's shape, oldest first in `versions`."""
