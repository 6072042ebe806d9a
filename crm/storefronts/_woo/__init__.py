"""WooCommerce: the shapes of its REST interface and what they mean."""
