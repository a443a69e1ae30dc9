"""The manifest of a model that takes RNA, for tests of what is around a model."""

from __future__ import annotations

from typing import Any

from survgui.cases.bundle import Development, Input, Manifest
from survgui.cases.case import Kind, Modality


def small_manifest(genes: tuple[str, ...] = ("A",), **others: Any) -> Manifest:
    """A manifest as a training writes it; other values of its fields may be given."""
    plain = {
        "name": "demo",
        "version": "1.0",
        "method": "must",
        "created": "2026-01-01",
        "survgui": "0.1.0",
        "development": Development("sim", 100, 40, simulated=True),
        "inputs": {Modality.RNA: Input(Kind.VECTOR, "log", "none", "", genes, len(genes), 0.8, 90)},
        "config": {},
        "edges_months": (0.0, 24.0),
        "horizon_months": 24.0,
        "thresholds": (-0.5, 0.5),
        "generator": "ddim",
        "steps": 4,
        "training": {},
        "metrics": (),
        "intended_use": "research",
        "limits": (),
    }
    return Manifest(**{**plain, **others})
