"""Cohorts with known truth: the yardstick for every model, and the demo patient."""

from survgui.engine.simulation.write import demo_case, simulate

__all__ = ["demo_case", "simulate"]
