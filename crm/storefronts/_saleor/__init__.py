"""Saleor: the shapes of its webhooks and its GraphQL interface, and what they mean."""
