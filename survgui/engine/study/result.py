"""The object that `study --json` writes: protocol, rows, summary, and what stands beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from survgui.engine.evaluation.cells import Cell, reasons
from survgui.engine.evaluation.comparison import protocol_of
from survgui.engine.methods.registry import note_of
from survgui.engine.study.plan import Setup
from survgui.engine.study.summary import reference, ridge, rows_of, summarise
from survgui.nets.masked.autoencoder import masked_patches
from survgui.nets.masked.config import PRESETS

Found = Sequence[tuple[Cell, Mapping[str, Any]]]

RECONSTRUCTION = (
    "squared error of a modality that is hidden from the test patients who have it and reconstructed from all their "
    "others, over that of the training patients' mean; standardised values, lower is better, 1 is the mean's"
)
DIFFERENCES = "to the default value, paired by fold, seeds averaged first; standard error = s.d. / root of the folds"


def result_of(setup: Setup, cells: Sequence[Cell], found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Everything that was found, as it is written.

    Args:
        cells: Of every arm by its place; those of the references are of the place after the last.
        found: What came of each cell.
    """
    last = len(setup.arms)
    of = [[(c, one) for c, one in zip(cells, found, strict=True) if c.job == job] for job in range(last + 1)]
    study = setup.asked.study
    rows = [row for arm, own in zip(setup.arms, of, strict=False) for row in rows_of(arm.value, [r for _, r in own])]
    beside = [row for _, one in of[last] for row in one["rows"]]
    return {
        "study": study.name,
        "cohort": setup.cohort.name,
        "protocol": _protocol(setup),
        "rows": rows,
        "summary": summarise(
            rows, _reasons(setup, of), [a.value for a in setup.arms], setup.methods, setup.patterns, setup.default
        ),
        "reference": reference(beside, study.references, setup.patterns[0]),
        "reference_reconstruction": ridge(_default_cells(setup, of)),
        "remarks": _remarks(setup, of),
        "notes": {m: note for m in (*setup.methods, *study.references) if (note := note_of(m))},
    }


def _reasons(setup: Setup, of: Sequence[Found]) -> dict[tuple[str, str, str], str]:
    """(value, method, pattern joined by `+`) -> why there is no figure of a fold, or of the value as a whole."""
    found: dict[tuple[str, str, str], str] = {}
    for arm, own in zip(setup.arms, of, strict=False):
        said = reasons([cell for cell, _ in own], [one for _, one in own])
        found |= {(str(arm.value), *key): reason for key, reason in said.items()}
        if arm.reason:
            found |= {(str(arm.value), m, "+".join(p)): arm.reason for m in setup.methods for p in setup.patterns}
    return found


def _remarks(setup: Setup, of: Sequence[Found]) -> list[str]:
    """Where ratios cannot differ: of a modality of few patches they mask as many."""
    if setup.asked.study.setting != "mask_ratio":
        return []
    also: Mapping[str, Any] = next((one["also"] for own in of for _, one in own if one.get("also")), {})
    ratios = [arm.options.imputmae.mask_ratio for arm in setup.arms if not arm.reason]
    said = []
    for name, error in also.items():
        masked = [masked_patches(error["patches"], ratio) for ratio in ratios]
        if len(set(masked)) < len(set(ratios)):
            said.append(f"{name} has {error['patches']} patches, of which these ratios mask {_listed(masked)}")
    return said


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:-1])) + f" and {numbers[-1]}" if len(numbers) > 1 else str(numbers[0])


def _default_cells(setup: Setup, of: Sequence[Found]) -> list[Mapping[str, Any]]:
    """What the default value's cells found, or those of the first value that could be: the ridge is of the data."""
    able = [place for place, arm in enumerate(setup.arms) if not arm.reason]
    return [one for _, one in of[next((p for p in able if setup.arms[p].value == setup.default), able[0])]]


def _protocol(setup: Setup) -> dict[str, Any]:
    """As of an evaluation; the configuration is impuTMAE's, less what is varied."""
    asked, options = setup.asked, setup.options
    setting, network = asked.study.setting, setup.arms[0].options.imputmae
    said = protocol_of(setup.cohort, setup.cohort.folds(), asked.seeds, options, oracle=False)
    said |= {
        "preset": next((name for name, preset in PRESETS.items() if preset == options.imputmae), None),
        "config": {name: value for name, value in asdict(network).items() if name != setting},
        "bins": f"{network.bins} of impuTMAE, equidistant over the training follow-up; others as in an evaluation",
        "setting": setting or "missing",
        "values": [arm.value for arm in setup.arms],
        "default": setup.default,
        "methods": list(setup.methods),
        "reconstruction": RECONSTRUCTION,
        "differences": DIFFERENCES,
    }
    if not setting:
        said |= {"rate": asked.rate, "missing": {str(a.value): a.missing for a in setup.arms if a.missing}}
    return said
