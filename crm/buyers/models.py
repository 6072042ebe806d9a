"""Tables of the buyer database: people, what they bought and said, what they allowed."""

from crm.buyers.tables.history import (
    Consent,
    ConsentEvent,
    FlagChange,
    Note,
    Suppression,
    Tag,
    TierChange,
)
from crm.buyers.tables.people import Buyer, Identity, Merge, Tombstone
from crm.buyers.tables.sales import Order, OrderItem, Refund, Review

__all__ = [
    "Buyer",
    "Consent",
    "ConsentEvent",
    "FlagChange",
    "Identity",
    "Merge",
    "Note",
    "Order",
    "OrderItem",
    "Refund",
    "Review",
    "Suppression",
    "Tag",
    "TierChange",
    "Tombstone",
]
