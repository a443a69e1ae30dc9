"""An evaluation for people: text for a terminal, CSV for a spreadsheet, Markdown for a model card.

Rows stand in the order in which the methods were named, whoever is ahead; where a Cox row is higher, it is better.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from survgui.cases.case import Modality
from survgui.cases.evaluation import hidden_text
from survgui.cases.spreadsheet import csv_text
from survgui.encoders.registry import TILES
from survgui.engine.evaluation.protocol import FIGURES
from survgui.engine.methods.registry import COX, TAKES_TILES

MODELS = ("must", "imputmae")
"""What every other method is held against: the first of them that was evaluated."""

Summary = Mapping[str, Any]


def as_text(result: Mapping[str, Any]) -> str:
    """The summary as a table for a terminal, with what is to be known of the methods below it."""
    protocol, summary = result["protocol"], result["summary"]
    own = model_of(summary)
    lines = [f"{result['cohort']}: {protocol['patients']} patients, {protocol['events']} deaths"]
    lines += [hidden] if (hidden := hidden_text(protocol)) else []
    lines += encoders_text(result)
    wide = max([len(row["method"]) for row in summary], default=0) + 2
    given = max([len("+".join(row["pattern"])) for row in summary], default=0) + 2
    names = f"{'method':<{wide}}{'given':<{given}}{'n':>6}"
    known = any(row.get("oracle_c") for row in summary)
    lines += [
        f"{names}{'C-index':>9}{'± s.d.':>8}{'CS':>7}{'IBS':>7}{'vs ' + own:>16}{'vs best Cox':>16}"
        f"{'of oracle' if known else '':>{10 * known}}{'folds':>7}"
    ]
    for row in summary:
        start = f"{row['method']:<{wide}}{'+'.join(row['pattern']):<{given}}{row['n'] or '':>6}"
        if row["c_index"] is None:
            lines.append(f"{start}{'–':>9}  {row['reason']}")
            continue
        gaps = (versus(result, row, reference) for reference in (own, best_cox(summary, row["pattern"])))
        figures = f"{row['c_index']:>9.3f}{number(row['c_index_sd']):>8}{number(row['cs']):>7}{number(row['ibs']):>7}"
        share = f"{number(row.get('c_over_oracle')):>10}" if known else ""
        lines.append(f"{start}{figures}{''.join(f'{gap:>16}' for gap in gaps)}{share}{row['n_folds']:>7}")
    said = [f"{method}: {note}" for method, note in remarks(result)]
    return "\n".join([*lines, *(["", *said] if said else [])])


def encoders_text(result: Mapping[str, Any]) -> list[str]:
    """What pictures were given as, and where a method that takes pixels was given features."""
    encoders: Mapping[str, str] = result["protocol"].get("encoders", {})
    said = [f"{Modality(name).title}: by the encoder {encoder}" for name, encoder in encoders.items()]
    slides = encoders.get(Modality.PATHOLOGY, TILES)
    pixels = sorted({row["method"] for row in result["summary"] if row["method"].startswith(TAKES_TILES)})
    if slides != TILES and pixels:
        said.append(f"{', '.join(pixels)}: slides as features of {slides}, not as pixels; alone it is given pixels")
    return said


def to_csv(result: Mapping[str, Any]) -> str:
    """All rows as CSV."""
    names = ["method", "fold", "seed", "pattern", "n", "events", *FIGURES, "seconds"]
    rows = ({**row, "pattern": "+".join(row["pattern"])} for row in result["rows"])
    return csv_text([names, *([row[name] for name in names] for row in rows)])


def as_markdown(result: Mapping[str, Any], pattern: Sequence[str] = ("natural",)) -> str:
    """All methods on one pattern, losses included, the best figure set in bold.

    Args:
        result: What `evaluate` returns; its rows are not needed.
        pattern: As a summary row names it.
    """
    summary = [row for row in result["summary"] if list(row["pattern"]) == list(pattern)]
    best = max((row["c_index"] for row in summary if row["c_index"] is not None), default=None)
    cox, own = best_cox(summary, pattern), model_of(summary)
    lines = [
        f"| method | C-index ± s.d. | vs `{own}` | vs `{cox or 'Cox'}` | Uno's C | IBS | CS | CS, binned | folds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in summary:
        if row["c_index"] is None:
            lines.append(f"| {row['method']} | – | | | | | | | {row['reason']} |")
            continue
        c = f"{row['c_index']:.3f}"
        cells = [
            row["method"],
            (f"**{c}**" if f"{best:.3f}" == c else c) + (f" ± {row['c_index_sd']:.3f}" if row["c_index_sd"] else ""),
            versus(result, row, own),
            versus(result, row, cox),
            *(number(row.get(name)) for name in ("uno_c", "ibs", "cs", "cs_binned")),
            str(row["n_folds"]),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def patterns_markdown(result: Mapping[str, Any], methods: Sequence[str]) -> str:
    """C-index ± s.d. of some methods under every pattern that was asked for, those of few modalities first.

    Args:
        result: What `evaluate` returns; its rows are not needed.
        methods: The columns; those without any figure are left out.
    """
    cells = {(row["method"], tuple(row["pattern"])): row for row in result["summary"]}
    subsets = {p for _, p in cells if p not in (("natural",), ("complete",))}
    patterns = sorted(subsets, key=lambda p: (len(p), p))
    known = [m for m in methods if any(cells.get((m, p), {}).get("c_index") is not None for p in patterns)]
    oracle = any(cells.get((m, p), {}).get("oracle_c") for m in known for p in patterns)
    heads = ["given at test time", "n", *known, *(["oracle"] if oracle else [])]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for pattern in patterns:
        rows = [cells.get((m, pattern), {}) for m in known]
        best = max((row["c_index"] for row in rows if row.get("c_index") is not None), default=0.0)
        tested = str(max((row.get("n") or 0 for row in rows), default=0) or "")
        shown = [_cell(row, best) for row in rows]
        highest = [number(next((row["oracle_c"] for row in rows if row.get("oracle_c")), None))] if oracle else []
        lines.append(f"| {' | '.join([' + '.join(pattern), tested, *shown, *highest])} |")
    return "\n".join(lines)


def best_cox(summary: Iterable[Summary], pattern: Sequence[str]) -> str:
    """The linear row with the highest C-index on a pattern, or nothing where there is none."""
    found = {
        row["method"]: row["c_index"]
        for row in summary
        if row["method"] in COX and list(row["pattern"]) == list(pattern) and row["c_index"] is not None
    }
    return max(found, key=lambda method: found[method], default="")


def model_of(summary: Iterable[Summary]) -> str:
    """The model that every other method is held against."""
    found = {row["method"] for row in summary}
    return next((m for m in MODELS if m in found), MODELS[0])


def versus(result: Mapping[str, Any], row: Summary, reference: str) -> str:
    """A method's C-index less that of a reference, and the standard error of that; empty where it is not known."""
    for gap in result.get("differences", ()):
        same = list(gap["pattern"]) == list(row["pattern"])
        if same and (gap["method"], gap["reference"]) == (row["method"], reference):
            error = gap["standard_error"]
            return f"{gap['c_index']:+.3f}" + ("" if error is None else f" ± {error:.3f}")
    return ""


def remarks(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is to be known of each method: of itself, and of how figures of this evaluation came about."""
    notes = [(method, note) for method, note in result.get("notes", {}).items()]
    notes += [
        (f"{row['method']}, {'+'.join(row['pattern'])}", row["note"]) for row in result["summary"] if row.get("note")
    ]
    return notes


def number(value: float | None) -> str:
    """Three decimals, or a dash."""
    return "–" if value is None else f"{value:.3f}"


def _cell(row: Summary, best: float) -> str:
    c = row.get("c_index")
    if c is None:
        return "–"
    text = f"**{c:.3f}**" if f"{c:.3f}" == f"{best:.3f}" else f"{c:.3f}"
    return text + (f" ± {row['c_index_sd']:.3f}" if row.get("c_index_sd") is not None else "")
