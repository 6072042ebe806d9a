"""Shopify: the shapes of its webhooks and of its Admin interface, and what they mean."""
