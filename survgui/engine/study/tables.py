"""A study for people: text for a terminal, CSV for a spreadsheet, Markdown for a model card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from survgui.cases.evaluation import HIDDEN
from survgui.cases.spreadsheet import csv_text
from survgui.engine.evaluation.protocol import FIGURES
from survgui.engine.evaluation.tables import number

Result = Mapping[str, Any]


def as_text(result: Result) -> str:
    """The summary as a table for a terminal, with the references below it."""
    protocol, summary = result["protocol"], result["summary"]
    names = _reconstructed(result)
    several = len({row["method"] for row in summary}) > 1 or len({tuple(row["pattern"]) for row in summary}) > 1
    values = [_told(row, several) for row in summary]
    wide = max(map(len, (*values, protocol["setting"]))) + 2
    heads = "".join(f"{name:>{_width(name)}}" for name in names)
    lines = [
        f"{result['study']} of {result['cohort']}: {protocol['patients']} patients, {protocol['events']} deaths",
        f"{protocol['setting']:<{wide}}{'C-index':>9}{'± s.d.':>8}{'CS':>7}{'binned':>8}"
        f"{'vs ' + str(protocol['default']):>16}{'folds':>7}{heads}",
    ]
    for row, text in zip(summary, values, strict=True):
        if row["c_index"] is None:
            lines.append(f"{text:<{wide}}{'–':>9}  {row['reason']}")
            continue
        figures = f"{row['c_index']:>9.3f}{number(row['c_index_sd']):>8}{number(row['cs']):>7}"
        errors = "".join(f"{number(row['reconstruction'].get(name)):>{_width(name)}}" for name in names)
        lines.append(f"{text:<{wide}}{figures}{number(row['cs_binned']):>8}{gap(row):>16}{row['n_folds']:>7}{errors}")
    return "\n".join([*lines, *(["", *told] if (told := beside(result, "right of the folds")) else [])])


def to_csv(result: Result) -> str:
    """All rows as CSV, a column for each modality's reconstruction."""
    errors = list(dict.fromkeys(name for row in result["rows"] for name in row["reconstruction"]))
    names = ["value", "method", "fold", "seed", "pattern", "n", "events", *FIGURES, "seconds"]
    lines: list[list[object]] = [[*names, *(f"reconstruction_{name}" for name in errors)]]
    for row in result["rows"]:
        values = [{**row, "pattern": "+".join(row["pattern"])}[name] for name in names]
        lines.append([*values, *(row["reconstruction"].get(name) for name in errors)])
    return csv_text(lines)


def as_markdown(result: Result) -> str:
    """The summary as a table for a model card, whatever it says."""
    names = _reconstructed(result)
    heads = [result["protocol"]["setting"], "method", "C-index ± s.d.", f"vs {result['protocol']['default']}"]
    heads += ["CS", "CS, binned", *(f"{name}, error" for name in names), "folds"]
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for row in result["summary"]:
        given = "" if row["pattern"] == ["natural"] else f", {' + '.join(row['pattern'])}"
        start = [str(row["value"]), row["method"] + given]
        if row["c_index"] is None:
            lines.append(f"| {' | '.join([*start, '–', *[''] * (len(heads) - 4), row['reason']])} |")
            continue
        c = f"{row['c_index']:.3f}" + ("" if row["c_index_sd"] is None else f" ± {row['c_index_sd']:.3f}")
        errors = [number(row["reconstruction"].get(name)) for name in names]
        cells = [*start, c, gap(row), number(row["cs"]), number(row["cs_binned"]), *errors, str(row["n_folds"])]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def gap(row: Mapping[str, Any]) -> str:
    """`+0.012 ± 0.004` to the default value, or nothing."""
    found = row["difference"]
    if found is None:
        return ""
    error = found["standard_error"]
    return f"{found['c_index']:+.3f}" + ("" if error is None else f" ± {error:.3f}")


def _told(row: Mapping[str, Any], several: bool) -> str:
    given = "" if row["pattern"] == ["natural"] else f" {'+'.join(row['pattern'])}"
    return f"{row['value']}  {row['method']}{given}" if several else str(row["value"])


def _reconstructed(result: Result) -> list[str]:
    return list(dict.fromkeys(name for row in result["summary"] for name in row["reconstruction"]))


def _width(name: str) -> int:
    return max(8, len(name) + 2)


def beside(result: Result, errors: str) -> list[str]:
    """The references, how modalities were hidden, and what is to be known of methods and figures.

    Args:
        errors: Where the errors of reconstructions stand.
    """
    protocol, reconstructed = result["protocol"], bool(_reconstructed(result))
    lines = [f"{name}: C-index {number(c)}" for name, c in result["reference"].items()]
    ridge = ", ".join(f"{name} {number(c)}" for name, c in result["reference_reconstruction"].items())
    lines += [f"ridge regression in the place of the network: {ridge}"] if ridge else []
    if protocol["setting"] == "missing":
        lines += [f"{name}: {100 * protocol['rate']:.0f} % hidden {HIDDEN[name]}" for name in protocol["missing"]]
    lines += [f"{errors}: {protocol['reconstruction']}"] if reconstructed else []
    lines += result["remarks"]
    lines += [f"{method}: {note}" for method, note in result["notes"].items()]
    partly = [f"{row['value']}: {row['reason']}" for row in result["summary"] if row["reason"] and row["c_index"]]
    return list(dict.fromkeys([*lines, *partly]))
