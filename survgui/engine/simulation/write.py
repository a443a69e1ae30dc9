"""Writing a simulated cohort as files that the real readers take, and one patient as the demo case.

    folder/
        truth.json      options and the oracle of every pattern; written first, claims the folder
        truth.npz       the factors of every patient
        slides/ mri/    per patient (level `raw`); kept where they are there already
        *.csv           outcome, clinical fields, one table per modality
        cohort.toml     written last: a folder without it is not a cohort yet

The same options give the same bytes, so work that was killed is taken up by asking for it again.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survgui import paths, storage
from survgui.cases.case import Modality
from survgui.cases.step import Step, Task
from survgui.engine.simulation import clinical, histology, latent, omics, oracle, slides, tables, volumes
from survgui.engine.simulation.latent import Array, Patients, Population
from survgui.engine.simulation.missing import MECHANISMS, available
from survgui.errors import UsageError

DEFAULT = (Modality.CLINICAL, Modality.PATHOLOGY, Modality.RNA, Modality.MRI)
DEMO_ID = "DEMO-01"
TRUTH, FACTORS = "truth.json", "truth.npz"

Have = Mapping[Modality, NDArray[np.bool_]]


def simulate(
    folder: Path,
    *,
    patients: int,
    seed: int,
    modalities: Sequence[Modality] = DEFAULT,
    level: str = "features",
    nonlinear: bool = False,
    missing: str | None = None,
    rate: float = 0.3,
) -> Task[Path]:
    """Write a cohort with known truth (contracts.md, "Cohort folder" and `truth.json`).

    Args:
        folder: Becomes the cohort; empty, absent, or begun earlier with the same options.
        patients: How many, at least 1.
        seed: Of the patients; the population is always the same one.
        modalities: At least one.
        level: `features`: every modality is a table of numbers; `raw`: slides, MRI, counts, fields.
        nonlinear: Whether products of shared and specific factors carry part of the risk.
        missing: Mechanism of missingness (`survgui.engine.simulation.missing`), or None.
        rate: Probability of a modality to be missing.

    Returns:
        The folder, when the task has ended.

    Raises:
        UsageError: Options that make no cohort, or a folder that holds something else.
        StorageError: The disk is full or the folder cannot be written.
    """
    options = {
        "patients": patients,
        "modalities": sorted(set(modalities)),
        "level": level,
        "nonlinear": nonlinear,
        "missing": missing,
        "rate": rate if missing else 0.0,
    }
    _refuse_nonsense(options, seed)
    source = _population(modalities, level, nonlinear)
    yield Step("truth", 0, 1, "the best possible concordance of every pattern")
    _claim(folder, seed, options, source)
    people = latent.draw(source, patients, seed)
    have = available(source, people, missing, rate, seed)
    ids = [f"S{seed}-{number:04d}" for number in range(1, patients + 1)]
    storage.write_bytes(folder / FACTORS, _factors(ids, people, have))
    if level == "raw":
        yield from _write_pictures(folder, ids, latent.standard_scores(source, people), have, seed)
    yield Step("tables", 0, 1, "outcome and tables")
    _write_tables(folder, ids, source, people, have, seed)
    name = f"simulated ({level}, seed {seed})"
    storage.write_text(folder / tables.COHORT, tables.cohort_text(name, source.modalities, level))
    return folder


def demo_case(folder: Path, seed: int = 7) -> Path:
    """Write one new patient of the raw population as a case folder, all four default modalities as raw files.

    Returns:
        The folder; it holds `case.toml`, `clinical.csv`, `rna.csv`, `slide.svs`, `mri/*.nii.gz`.

    Raises:
        StorageError: The disk is full or the folder cannot be written.
    """
    source = _population(DEFAULT, "raw", False)
    traits = latent.standard_scores(source, latent.draw(source, 1, seed))
    for m in (Modality.CLINICAL, Modality.RNA):
        table = tables.raw_table(m, traits[m], _random(seed, m))
        tables.write_table(folder / f"{m}.csv", [DEMO_ID], table)
    _write_slide(folder / "slide.svs", traits[Modality.PATHOLOGY][0], _random(seed, Modality.PATHOLOGY, 0))
    files = {name: folder / "mri" / f"{name}.nii.gz" for name in tables.MRI_FILES}
    _write_mri(files, traits[Modality.MRI][0], _random(seed, Modality.MRI, 0))
    storage.write_text(folder / tables.CASE, tables.case_text(DEMO_ID, source.modalities))
    return folder


def _refuse_nonsense(options: Mapping[str, Any], seed: int) -> None:
    problems = {
        "a cohort needs at least one patient": options["patients"] < 1,
        "the seed must not be negative": seed < 0,
        "name at least one modality": not options["modalities"],
        f"the level is one of {', '.join(latent.LEVELS)}": options["level"] not in latent.LEVELS,
        f"missing is one of {', '.join(MECHANISMS)}": options["missing"] not in (None, *MECHANISMS),
        "the rate is a share from 0 to below 1": not 0.0 <= options["rate"] < 1.0,
    }
    for message, wrong in problems.items():
        if wrong:
            raise UsageError(message)


def _population(modalities: Iterable[Modality], level: str, nonlinear: bool) -> Population:
    """At level `raw` the features are traits that can be drawn, and more of the worse ones means more risk."""
    drawn: Mapping[Modality, Sequence[float]] = {
        Modality.CLINICAL: tuple(clinical.TRAITS.values()),
        Modality.PATHOLOGY: tuple(histology.TRAITS.values()),
        Modality.MRI: tuple(volumes.TRAITS.values()),
    }
    chosen = list(modalities)
    traits = {m: drawn[m] if m in drawn else omics.traits(m) for m in chosen} if level == "raw" else None
    return latent.population(chosen, level, nonlinear=nonlinear, traits=traits)


def _claim(folder: Path, seed: int, options: Mapping[str, Any], source: Population) -> None:
    """Write `truth.json`, or find that it is there and says the same."""
    if (folder / TRUTH).exists():
        if not _same(folder / TRUTH, seed, options):
            raise UsageError(f"{folder.name} holds a cohort simulated with other options; name another folder")
        return
    if folder.exists() and any(not item.name.startswith(".") for item in folder.iterdir()):
        raise UsageError(f"{folder.name} is not empty and holds no simulated cohort; name another folder")
    raw = options["level"] == "raw"
    content = {
        "name": "simulated",
        "level": options["level"],
        "seed": seed,
        "options": options,
        "oracle": "given the true factors of a pattern's modalities: an upper bound"
        if raw
        else "given a pattern's features: the best that a model can reach",
        "oracle_c": _oracle(source.modalities, source.level, options["nonlinear"]),
    }
    storage.write_json(folder / TRUTH, content)


@cache
def _oracle(modalities: tuple[Modality, ...], level: str, nonlinear: bool) -> Mapping[str, float]:
    """The population is fixed, and so are its oracles: a second cohort need not wait for them."""
    return oracle.oracle_concordance(_population(modalities, level, nonlinear))


def _same(truth: Path, seed: int, options: Mapping[str, Any]) -> bool:
    try:
        known = json.loads(truth.read_text("utf-8"))
        return bool(known["seed"] == seed and known["options"] == options)
    except (ValueError, KeyError, TypeError):
        return False


def _factors(ids: Sequence[str], people: Patients, have: Have) -> bytes:
    """`truth.npz`: ids, shared, specific_<modality>, present_<modality>, eta, true_months."""
    arrays: dict[str, Any] = {"ids": np.array(ids), "shared": people.factors.shared}
    arrays |= {f"specific_{m}": z for m, z in people.factors.specific.items()}
    arrays |= {f"present_{m}": present for m, present in have.items()}
    stream = io.BytesIO()
    np.savez(stream, **arrays, eta=people.eta, true_months=people.true_months)
    return stream.getvalue()


def _write_tables(
    folder: Path, ids: Sequence[str], source: Population, people: Patients, have: Have, seed: int
) -> None:
    tables.write_table(folder / tables.OUTCOME, ids, tables.outcome_table(people))
    raw = source.level == "raw"
    scores = latent.standard_scores(source, people)
    for m in source.modalities:
        if raw and m in tables.PICTURES:
            continue
        rows = np.flatnonzero(have[m]).tolist()
        table = (
            tables.raw_table(m, scores[m][rows], _random(seed, m))
            if raw
            else tables.feature_table(m, people.features[m][rows])
        )
        tables.write_table(folder / tables.table_name(m, source.level), [ids[row] for row in rows], table)
    if raw and Modality.RNA in have:
        storage.write_bytes(folder / tables.GROUPS, paths.resource(omics.GENE_SETS).read_bytes())


def _write_pictures(
    folder: Path, ids: Sequence[str], traits: Mapping[Modality, Array], have: Have, seed: int
) -> Iterator[Step]:
    """Slides and MRI of everybody who has them, one step a patient; what is there already is kept."""
    wanted = [m for m in tables.PICTURES if m in have]
    for row, name in enumerate(ids if wanted else ()):
        yield Step("pictures", row, len(ids), "slides and MRI")
        for m in wanted:
            if not have[m][row]:
                continue
            if m is Modality.PATHOLOGY:
                _write_slide(folder / "slides" / f"{name}.svs", traits[m][row], _random(seed, m, row))
            else:
                files = {s: folder / "mri" / name / f"{name}_{s}.nii.gz" for s in tables.MRI_FILES}
                _write_mri(files, traits[m][row], _random(seed, m, row))


def _write_slide(path: Path, traits: Array, rng: np.random.Generator) -> None:
    if not path.exists():
        slides.write_slide(path, histology.draw_section(traits, rng))


def _write_mri(files: Mapping[str, Path], traits: Array, rng: np.random.Generator) -> None:
    if all(path.exists() for path in files.values()):
        return
    drawn = volumes.draw_sequences(traits, rng)
    for name, path in files.items():
        volumes.write_volume(path, drawn[name])


def _random(seed: int, m: Modality, row: int | None = None) -> np.random.Generator:
    """What a modality's rendering draws from: for all patients, or for one."""
    own = [] if row is None else [row]
    return np.random.default_rng([seed, 200 + list(Modality).index(m), *own])
