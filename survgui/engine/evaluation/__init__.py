"""Comparison of methods on one protocol: its cells, their summary, the tables, and how the work is spread."""
