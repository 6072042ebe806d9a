"""What may be sent: one form for each body and query; what a form does not name is refused."""
