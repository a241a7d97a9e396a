"""Metrics, and what predictions say beyond them."""
