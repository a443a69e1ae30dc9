"""The use cases, as generators of steps (see cases/step.py)."""
