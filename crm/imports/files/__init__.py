"""Reads spreadsheets and JSON Lines into the books, through the same events as webhooks."""
