"""The way of one message from its claim to its end."""
