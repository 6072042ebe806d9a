"""What is read from storefronts: the past at once, and every few minutes what was missed."""
