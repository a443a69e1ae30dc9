"""The Cases workspace, and the sheet in which dropped files become a case."""
