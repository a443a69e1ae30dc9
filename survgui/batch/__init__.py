"""Batches: many cases encoded, predicted or reported, each by itself; what is bad in one is that one's row.

`rows = yield from run.perform(items, order)`; nothing heavy is loaded before that is imported.
"""
