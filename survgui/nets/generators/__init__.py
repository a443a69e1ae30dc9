"""Generators of missing specific components, side by side: one interface, chosen by name."""
