"""Vendure's Admin API: signing in, orders, customers and promotions."""
