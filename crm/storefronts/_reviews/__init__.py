"""Review apps that stand beside a storefront: what they post and what their interfaces list."""
