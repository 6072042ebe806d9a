"""Segments: a rule over the buyers of a store, with one meaning, its SQL."""
