"""The sample storefront: a program of its own that the product only meets over HTTP."""
