"""Comparing runs: which (`selection`), their curves, what differs in their specs, and groups of them."""
