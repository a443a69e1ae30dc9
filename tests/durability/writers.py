"""Every writer that keeps something for a user, as a pair: what changes it, and what a later start finds of it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from survgui import settings, storage
from survgui.batch.journal import Journal
from survgui.cases import installed
from survgui.cases.audit import Action
from survgui.cases.batch import Row
from survgui.cases.bundle import list_bundles, verify, write_manifest
from survgui.cases.case import Modality, State
from survgui.cases.cohort import Bag
from survgui.cases.prediction import BundleName
from survgui.cases.proposal import Proposal, SplitPlan
from survgui.cases.step import run_to_end
from survgui.encoders import cache
from survgui.encoders.volumes import Prepared
from survgui.importing import propose
from survgui.importing import write as write_cohort
from survgui.nets.weights import load_tensors, save_tensors
from survgui.readers.cohort import load_cohort
from survgui.report.files import write as write_report
from survgui.workspace import Workspace, archive
from survgui.workspace.audit import AuditLog
from tests.importing import makers
from tests.report import sample

ROOT = Path(__file__).resolve().parent.parent.parent
_PROPOSALS: dict[tuple[Path, int], Proposal] = {}
FILL = 30_000
"""bytes that make a small file need more than one block of the disk"""


@dataclass(frozen=True)
class Writer:
    """What is written to a folder in its n-th version, and what is found there.

    Attributes:
        write: Writes version n of the content to a folder; it is acknowledged when this returns.
        found: What a reader makes of the folder; raises where half a file counts as whole.
        given: Makes what version n is written from.
        small: Whether some of its files are shorter than FILL.
        parts: Whether what is found is a tuple of files that are whole each by itself, as a report's formats are.
    """

    name: str
    write: Callable[[Path, int], object]
    found: Callable[[Path], Any]
    given: Callable[[Path, int], object] = lambda folder, n: None
    parts: bool = False
    small: bool = False


def _fill(n: int) -> str:
    return f"{n} " * (FILL // 2)


def _text(folder: Path, n: int) -> None:
    storage.write_text(folder / "result.txt", _fill(n))


def _folder(folder: Path, n: int) -> None:
    with storage.replacing_folder(folder / "bundle") as part:
        for name in ("a", "b", "c"):
            (part / name).write_text(_fill(n))


def _folder_found(folder: Path) -> dict[str, str]:
    storage.put_back(folder)
    return {file.name: file.read_text()[:1] for file in (folder / "bundle").iterdir() if len(file.read_text()) == FILL}


def _settings(folder: Path, n: int) -> None:
    settings.save(settings.Settings(recent_cohorts=(_fill(n),)))


def _case(folder: Path, n: int) -> None:
    with Workspace(folder) as workspace:
        workspace.add(f"C-{n}", "", f'id = "C-{n}"\nnote = "{_fill(n)}"\n', {Modality.RNA: "600 features"})


def _cases(folder: Path) -> list[tuple[str, str]]:
    with Workspace(folder) as workspace:
        assert workspace.notice == "" or "listed again" in workspace.notice  # killed before it was in the list
        rows = {record.key: record.id for record in workspace.records()}
        kept = {key: workspace.case_file(key).read_text("utf-8") for key in rows}
        assert {place.name for place in (folder / "cases").iterdir()} == set(rows)
        assert all(len(text) > FILL and f'id = "{rows[key]}"' in text for key, text in kept.items())
        return sorted((rows[key], text[-10:]) for key, text in kept.items())


def _prediction(folder: Path, n: int) -> None:
    with Workspace(folder) as workspace:
        if not workspace.records():
            workspace.add("C", "", 'id = "C"\n', {})
        key, states = workspace.records()[0].key, {Modality.RNA: State.MEASURED}
        content = {"risk": n, "fill": _fill(n)}
        workspace.keep_prediction(key, BundleName("b", "1", "0" * 64), float(n), "low", 5.0, states, content)


def _predicted(folder: Path) -> tuple[float, float | None]:
    with Workspace(folder) as workspace:
        assert workspace.notice == ""
        (record,) = workspace.records()
        kept = workspace.prediction(record.key)
        assert kept is not None and len(kept["fill"]) == FILL
        return kept["risk"], record.percentile


def _audit(folder: Path, n: int) -> None:
    AuditLog(folder).record(Action.PREDICT, [f"{n:016x}"] * (FILL // 18), about=f"demo {n}")


def _audited(folder: Path) -> list[str]:
    assert AuditLog(folder).verify().broken == 0
    return [entry.about for entry in AuditLog(folder).entries()]


def _journal(folder: Path, n: int) -> None:
    Journal(folder / "rows").keep(Row("patient", {"risk": n, "fill": _fill(n)}))


def _journalled(folder: Path) -> object:
    row = Journal(folder / "rows").row("patient")
    assert row is not None and row.result is not None
    return row.result["risk"]


def _archive(folder: Path, n: int) -> None:
    source = folder.parent / "source.bin"
    if not source.exists():
        source.write_bytes(np.random.default_rng(n).bytes(FILL))
    run_to_end(archive.pack(folder / "C.survcase", {"n": n}, {"a/it": source}))


def _archived(folder: Path) -> int:
    with archive.opened(folder / "C.survcase") as (manifest, opened):
        assert [member.bytes for member in opened.members] == [FILL]
        return int(manifest["n"])


def _slot(folder: Path, name: str) -> cache.Slot:
    return cache.Slot(cache.key(name), folder / "features")


def _bag(folder: Path, n: int) -> None:
    _slot(folder, "bag").keep_bag(Bag(np.full((500, 40), n, np.float32), np.zeros((500, 2), int), 224.0), {})


def _bagged(folder: Path) -> float:
    bag = _slot(folder, "bag").bag()
    assert bag is not None and len(bag) == 500
    return float(np.unique(bag.values).item())


def _chunk(folder: Path, n: int) -> None:
    _slot(folder, "chunk").keep_chunk(0, (np.full((500, 40), n, np.float32), np.arange(500)))


def _chunked(folder: Path) -> float:
    chunk = _slot(folder, "chunk").chunk(0)
    assert chunk is not None
    return float(np.unique(chunk[0]).item())


def _volume(folder: Path, n: int) -> None:
    values = np.full((1, 25, 25, 25), n, np.float32)
    _slot(folder, "mri").keep_volume(Prepared(values, np.eye(4), (), (), np.zeros(0)))


def _volume_found(folder: Path) -> float:
    volume = _slot(folder, "mri").volume()
    assert volume is not None
    return float(np.unique(volume.values).item())


def _given(folder: Path, n: int) -> None:
    given, patients = folder.parent / f"given-{n}", makers.barcodes(20 + n)
    makers.star(given / "gdc", patients)
    makers.cdr(given / "TCGA-CDR.xlsx", patients)
    proposal = run_to_end(propose([given], folder.parent / f"workspace-{n}"))
    _PROPOSALS[folder, n] = replace(proposal, splits=SplitPlan())


def _cohort(folder: Path, n: int) -> None:
    run_to_end(write_cohort(_PROPOSALS[folder, n], folder, overwrite=True))


def _cohort_found(folder: Path) -> tuple[int, int, int]:
    cohort = load_cohort(folder / "cohort.toml")
    return len(cohort.ids), len(cohort.blocks[Modality.RNA].items), sum(len(split.test) for split in cohort.splits)


def _checkpoint(folder: Path, n: int) -> None:
    save_tensors(folder / "stage.safetensors", {"weight": np.full(FILL // 4, n, np.float32)})


def _checkpointed(folder: Path) -> float:
    return float(load_tensors(folder / "stage.safetensors")["weight"].mean())


def _cell(folder: Path, n: int) -> None:
    storage.write_json(folder / "cell.json", {"c-index": n, "fill": _fill(n)})


def _source(folder: Path, n: int) -> None:
    source = folder.parent / f"source-{n}"
    shutil.copytree(ROOT / "models" / "demo-simulated", source)
    write_manifest(source, replace(verify(source).manifest, version=f"{n}.0.0"))


def _reinstalled(folder: Path, n: int) -> None:
    installed.install(folder.parent / f"source-{n}")


def _installed(folder: Path) -> str:
    (bundle,) = [verify(place) for place in list_bundles([installed.home()])]
    return bundle.manifest.version


def _report(folder: Path, n: int) -> None:
    write_report(sample.content(subject=f"version {n}"), folder, ["html", "json"])


def _reported(folder: Path) -> tuple[str, ...]:
    html, content = ((folder / f"C-0039.{kind}").read_text("utf-8") for kind in ("html", "json"))
    assert html.rstrip().endswith("</html>")
    subject = json.loads(content)["report"]["subject"]
    return re.search(r"version \d", html)[0], subject


WRITERS = (
    Writer("a file", _text, lambda folder: (folder / "result.txt").read_text("utf-8")),
    Writer("a bundle's folder", _folder, _folder_found),
    Writer("the settings", _settings, lambda folder: settings.load()),
    Writer("a case", _case, _cases),
    Writer("a prediction", _prediction, _predicted),
    Writer("the audit log", _audit, _audited),
    Writer("a row of a batch", _journal, _journalled),
    Writer("an archive of a case", _archive, _archived),
    Writer("a slide's features", _bag, _bagged),
    Writer("a chunk of a slide", _chunk, _chunked),
    Writer("a prepared MRI", _volume, _volume_found),
    Writer("an imported cohort", _cohort, _cohort_found, _given, parts=True, small=True),
    Writer("a checkpoint", _checkpoint, _checkpointed),
    Writer("a cell of an evaluation", _cell, lambda folder: json.loads((folder / "cell.json").read_text())["c-index"]),
    Writer("an installed bundle", _reinstalled, _installed, _source),
    Writer("reports", _report, _reported, parts=True),
)
