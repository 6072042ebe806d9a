"""BigCommerce: the shapes of its interface (versions 2 and 3) and what they mean."""
