"""Medusa's Admin API, version 2: orders, customers and promotions."""
