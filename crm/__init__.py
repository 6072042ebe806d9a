"""Regulars: a light CRM beside a storefront."""

__version__ = "0.1.0"
