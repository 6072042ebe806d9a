"""What answers look like: one function for each thing, checked against its declared shape."""
