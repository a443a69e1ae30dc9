"""Keeping cases in order: files that moved or changed, cases that travel as one file, room on the disk."""
