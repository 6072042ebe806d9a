"""The neutral webhook: its envelope, its forms and what they mean."""
