"""The use cases from a terminal."""
