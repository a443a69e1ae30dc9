"""An evaluation for people: text for a terminal, CSV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from survgui.engine.evaluation.protocol import FIGURES


def as_text(result: Mapping[str, Any]) -> str:
    """The summary as a table for a terminal."""
    lines = [f"{result['cohort']}: {result['protocol']['patients']} patients, {result['protocol']['events']} deaths"]
    lines += [f"{'method':<18}{'given':<34}{'C-index':>9}{'± s.d.':>8}{'CS':>7}{'folds':>7}"]
    for s in result["summary"]:
        given = "+".join(s["pattern"])
        if s["c_index"] is None:
            lines.append(f"{s['method']:<18}{given:<34}{'–':>9}  {s['reason']}")
        else:
            deviation, cs = ("–" if s[name] is None else f"{s[name]:.3f}" for name in ("c_index_sd", "cs"))
            lines.append(f"{s['method']:<18}{given:<34}{s['c_index']:>9.3f}{deviation:>8}{cs:>7}{s['n_folds']:>7}")
    return "\n".join(lines)


def to_csv(result: Mapping[str, Any]) -> str:
    """All rows as CSV."""
    names = ["method", "fold", "seed", "pattern", "n", "events", *FIGURES, "seconds"]
    lines = [",".join(names)]
    for row in result["rows"]:
        values = {**row, "pattern": "+".join(row["pattern"])}
        lines.append(",".join("" if values[n] is None else str(values[n]) for n in names))
    return "\n".join(lines) + "\n"
