"""What the window can ask its worker processes for: names and arguments, nothing that computes.

Each function makes the `Request` of one task; the worker's function of that name takes the same arguments and its
docstring says what comes back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from survgui.cases.case import Modality
from survgui.cases.prediction import Prediction

if TYPE_CHECKING:
    from survgui.cases.batch import Item, Order
    from survgui.cases.display import Relinked
    from survgui.cases.proposal import Endpoint, Proposal, ProposedSource
    from survgui.readers.recognise import Finding

COMPUTE, FILES, BATCH = "compute", "files", "batch"
"""The lanes: one worker process each. What loads a model goes to the first, what only opens files to the second; the
third hands out many cases to processes of its own, for hours, while the others serve whoever looks at one."""


@dataclass(frozen=True, slots=True)
class Request:
    """A task that a worker is asked for.

    Attributes:
        name: As in the worker's table of tasks.
        title: What the list of jobs shows; holds no patient identifier.
        lane: `compute`, `files` or `batch`.
        arguments: The task's keyword arguments.
    """

    name: str
    title: str
    lane: str
    arguments: Mapping[str, object]


def recognise(paths: Collection[Path]) -> Request:
    """What dropped files are taken for -> `Recognised`."""
    return Request("dropped.recognise", "Recognise files", FILES, {"paths": tuple(paths)})


def adopt(findings: Collection[Finding], patient: str, mpp: float | None) -> Request:
    """Make a case of recognised files -> `CaseRecord`.

    Args:
        patient: The patient's id, as the user accepted it.
        mpp: µm per pixel of slides that hold no pixel size, or None.
    """
    arguments = {"findings": tuple(findings), "patient": patient, "mpp": mpp}
    return Request("cases.adopt", "Add case", FILES, arguments)


def open_case(key: str) -> Request:
    """Open a case of the workspace -> `CaseFacts`."""
    return Request("cases.open", "Open case", FILES, {"key": key})


def demo_case(complete: bool = True) -> Request:
    """Make the simulated demo case -> `CaseRecord`.

    Args:
        complete: With every modality; without, some are missing and will be imputed.
    """
    return Request("cases.demo", "Make demo case", FILES, {"complete": complete})


def set_pixel_size(key: str, path: Path, mpp: float) -> Request:
    """Say how large a slide's pixels are, in µm -> `CaseFacts`."""
    return Request("cases.set_pixel_size", "Set pixel size", FILES, {"key": key, "path": path, "mpp": mpp})


def delete_cases(keys: Collection[str]) -> Request:
    """Remove cases from the workspace; the files that they were made of stay."""
    return Request("cases.delete", "Delete cases", FILES, {"keys": tuple(keys)})


def step_back(key: str, back: bool) -> Request:
    """Undo the last change of a case's description, or redo it -> `CaseFacts`."""
    return Request("cases.step_back", "Undo" if back else "Redo", FILES, {"key": key, "back": back})


def look_after() -> Request:
    """See whether kept results are still those of their cases -> whether the list has changed."""
    return Request("upkeep.look", "Look after the cases", FILES, {})


def missing_files(keys: Collection[str]) -> Request:
    """Files that are not where cases say; of no case, those of all -> tuple of `Relinked`."""
    return Request("upkeep.missing", "List missing files", FILES, {"keys": tuple(keys)})


def find_files(keys: Collection[str], folder: Path) -> Request:
    """Look in a folder for missing files -> tuple of `Relinked`."""
    return Request("upkeep.find", "Look for moved files", FILES, {"keys": tuple(keys), "folder": folder})


def relink(found: Collection[Relinked]) -> Request:
    """Have cases name their files where they are now -> how many."""
    return Request("upkeep.apply", "Relink files", FILES, {"found": tuple(found)})


def export_case(key: str, target: Path, embed: bool) -> Request:
    """Write a case as one file, with the user's files or without -> its path."""
    return Request("upkeep.export", "Export case", FILES, {"key": key, "target": target, "embed": embed})


def take_in(path: Path) -> Request:
    """Make a case of a `.survcase` -> `CaseRecord`."""
    return Request("upkeep.take_in", "Take in a case", FILES, {"path": path})


def keep_report(key: str, prediction: str, report: str) -> Request:
    """Remember that a final report of a prediction was saved."""
    arguments = {"key": key, "prediction": prediction, "report": report}
    return Request("upkeep.keep_report", "Note the final report", FILES, arguments)


def disk_use() -> Request:
    """What survgui keeps on this machine -> tuple of `DiskUse`."""
    return Request("upkeep.usage", "Count what is kept", FILES, {})


def clear(kind: str) -> Request:
    """Remove what can be made again of a kind -> tuple of `DiskUse`."""
    return Request("upkeep.clear", "Free room", FILES, {"kind": kind})


def trim() -> Request:
    """Have the feature cache take no more room than the settings allow -> bytes that went."""
    return Request("upkeep.trim", "Free room", FILES, {})


def predict(
    key: str,
    bundle: Path,
    hide: frozenset[Modality] = frozenset(),
    draws: int = 20,
    seed: int = 0,
    generator: str = "",
    steps: int = 0,
    device: str = "auto",
) -> Request:
    """Predict a case -> `Predicted`; a first estimate from what was measured comes as a part.

    Args:
        bundle: The bundle's folder.
        hide: Modalities treated as if they had not been measured.
        generator: Empty for the bundle's own.
        steps: Sampling steps of the generator; 0 for the bundle's own.
        device: auto, cpu, cuda or mps.
    """
    arguments = {
        **{"key": key, "bundle": bundle, "hide": frozenset(hide), "draws": draws, "seed": seed},
        **{"generator": generator, "steps": steps, "device": device},
    }
    return Request("predictions.predict", "Predict", COMPUTE, arguments)


def compare(
    key: str,
    bundle: Path,
    modality: Modality,
    hide: frozenset[Modality] = frozenset(),
    draws: int = 20,
    seed: int = 0,
    generator: str = "",
    steps: int = 0,
    device: str = "auto",
) -> Request:
    """Hide a measured modality, impute it, and lay it beside the real one -> `Comparison`.

    Args:
        hide: Modalities that are treated as missing on both sides.
        generator: Empty for the bundle's own.
        steps: Sampling steps of the generator; 0 for its usual number.
    """
    arguments = {
        **{"key": key, "bundle": bundle, "modality": modality, "hide": frozenset(hide)},
        **{"draws": draws, "seed": seed, "generator": generator, "steps": steps, "device": device},
    }
    return Request("predictions.compare", f"Impute {modality.title} and compare", COMPUTE, arguments)


def try_generators(
    key: str,
    bundle: Path,
    modality: Modality,
    hide: frozenset[Modality] = frozenset(),
    draws: int = 20,
    seed: int = 0,
    device: str = "auto",
) -> Request:
    """Hide a measured modality and draw it with every generator of the bundle -> `Trials`.

    Args:
        hide: Modalities that are treated as missing besides.
    """
    arguments = {
        **{"key": key, "bundle": bundle, "modality": modality, "hide": frozenset(hide)},
        **{"draws": draws, "seed": seed, "device": device},
    }
    return Request("predictions.generators", f"Draw {modality.title} with every generator", COMPUTE, arguments)


def report(key: str, bundle: Path, prediction: Prediction) -> Request:
    """The report's content with pictures -> `ReportContent`."""
    arguments = {"key": key, "bundle": bundle, "prediction": prediction}
    return Request("predictions.report", "Prepare report", FILES, arguments)


def warm(bundle: Path, device: str = "auto") -> Request:
    """Load what the first prediction needs -> facts of the device."""
    return Request("predictions.warm", "Load model", COMPUTE, {"bundle": bundle, "device": device})


def omics(key: str, bundle: Path | None) -> Request:
    """A case's omics blocks beside a bundle's development cohort -> tuple of `OmicsTable`."""
    return Request("pictures.omics", "Read omics", FILES, {"key": key, "bundle": bundle})


def volume(key: str, role: str, bundle: Path | None) -> Request:
    """One MRI sequence for the screen -> `VolumeImage`."""
    return Request("pictures.volume", "Read MRI", FILES, {"key": key, "role": role, "bundle": bundle})


def open_cohort(path: Path) -> Request:
    """Read a cohort file -> `CohortFacts`."""
    return Request("cohorts.open", "Open cohort", FILES, {"path": path})


def demo_cohort() -> Request:
    """A simulated cohort, made once -> `CohortFacts`."""
    return Request("cohorts.demo", "Open the demo cohort", COMPUTE, {})


def mask_risk(path: Path) -> Request:
    """How well the mere availability of modalities predicts -> C-index, or None where it cannot be told."""
    return Request("cohorts.mask_risk", "Check availability as a predictor", COMPUTE, {"path": path})


def propose(paths: Collection[Path]) -> Request:
    """What a whole cohort's files are taken for -> `Proposal`."""
    return Request("imports.propose", "Recognise a cohort", FILES, {"paths": tuple(paths)})


def revise(proposal: Proposal, source: ProposedSource) -> Request:
    """Read a source again as the user has corrected it -> `Proposal`."""
    return Request("imports.revise", "Read again", FILES, {"proposal": proposal, "source": source})


def recount(proposal: Proposal) -> Request:
    """Count everybody anew, after an edit of the outcome -> `Proposal`."""
    return Request("imports.recount", "Count patients", FILES, {"proposal": proposal})


def outcome(endpoint: Endpoint) -> Request:
    """Count an endpoint as it is mapped -> `OutcomeFacts`."""
    return Request("imports.outcome", "Read the outcome", FILES, {"endpoint": endpoint})


def look(path: Path, sheet: str | None, array: str | None) -> Request:
    """The columns and first rows of a table -> `TableFacts`."""
    return Request("imports.look", "Look into a table", FILES, {"path": path, "sheet": sheet, "array": array})


def review(proposal: Proposal) -> Request:
    """Judge a cohort before it is written -> `Review`."""
    return Request("imports.review", "Check the cohort", FILES, {"proposal": proposal})


def proposed_mask_risk(proposal: Proposal) -> Request:
    """`mask_risk` of a cohort that is not written yet."""
    return Request("imports.mask_risk", "Check availability as a predictor", COMPUTE, {"proposal": proposal})


def write_cohort(proposal: Proposal, folder: Path, overwrite: bool = False) -> Request:
    """Write a cohort's folder -> `Path` of its `cohort.toml`."""
    arguments = {"proposal": proposal, "folder": folder, "overwrite": overwrite}
    return Request("imports.write", "Write the cohort", FILES, arguments)


def discard_import(workspace: Path) -> Request:
    """Remove what an import has unpacked."""
    return Request("imports.discard", "Tidy up after an import", FILES, {"workspace": workspace})


def open_evaluation(cohort: Path, path: Path | None) -> Request:
    """Read an evaluation of a cohort -> `Opened`, or None.

    Args:
        path: None for the one that was opened last for this cohort.
    """
    return Request("evaluations.open", "Open evaluation", FILES, {"cohort": cohort, "path": path})


def train(
    cohort: Path,
    out: Path,
    name: str,
    preset: str = "small",
    seed: int = 0,
    device: str = "auto",
    without: Collection[str] = (),
    overrides: Mapping[str, object] | None = None,
    resume: bool = False,
    method: str = "must",
) -> Request:
    """Train a bundle and publish it -> `Trained`; steps carry losses and figures as values.

    Args:
        cohort: The cohort file.
        out: Folder in which the bundle's own folder is made.
        name: The bundle's name.
        without: Patients who are left out, to serve as unseen cases.
        overrides: Settings that differ from the preset.
        resume: Go on with a training of the same plan that was stopped.
        method: What is trained: must or imputmae.
    """
    arguments = {
        **{
            "cohort": cohort,
            "out": out,
            "name": name,
            "method": method,
            "preset": preset,
            "seed": seed,
            "device": device,
        },
        **{"without": frozenset(without), "overrides": dict(overrides or {}), "resume": resume},
    }
    return Request("training.train", "Train", COMPUTE, arguments)


def run_batch(key: str, title: str, order: Order, items: Collection[Item], workers: int = 0) -> Request:
    """Do something with many cases, or go on with it -> how many are finished; a `Row` a case comes as a part.

    Args:
        key: The batch's own.
        title: What is done with how many cases.
        workers: Processes side by side; 0 for as many as this machine can take.
    """
    arguments = {"key": key, "title": title, "order": order, "items": tuple(items), "workers": workers}
    return Request("batches.run", title, BATCH, arguments)


def list_batches() -> Request:
    """Batches that were not ended, or in which something failed -> tuple of `BatchFacts`."""
    return Request("batches.listing", "List batches", FILES, {})


def put_away_batch(key: str) -> Request:
    """Let go of a batch; its results stay with the cases."""
    return Request("batches.put_away", "Put a batch away", FILES, {"key": key})


def forget_rows(keys: Collection[str]) -> Request:
    """Let go of what batches hold of deleted cases."""
    return Request("batches.forget", "Forget deleted cases", FILES, {"keys": tuple(keys)})


def audit_trail(key: str) -> Request:
    """What was done with a case -> `Trail`."""
    return Request("audit.trail", "Read the audit log", FILES, {"key": key})


def note_saved(key: str, files: Collection[Path], status: str) -> Request:
    """Write into the audit log that a report was saved."""
    return Request("audit.saved", "Note the report", FILES, {"key": key, "files": tuple(files), "status": status})


def reveal(key: str, path: Path, name: str) -> Request:
    """Note that a slide's label or macro image is looked at -> its (h, w, 3) pixels."""
    return Request("audit.reveal", "Show a slide's label", FILES, {"key": key, "path": path, "name": name})


def list_bundles() -> Request:
    """Every bundle that is found, unverified -> tuple of `BundleFacts`."""
    return Request("bundles.listing", "List models", FILES, {})


def verify_bundle(folder: Path) -> Request:
    """Check every file of a bundle against its manifest -> `BundleFacts`."""
    return Request("bundles.verify", "Verify model", FILES, {"folder": folder})


def install_bundle(path: Path) -> Request:
    """Install a bundle -> `BundleFacts`."""
    return Request("bundles.install", "Install model", FILES, {"path": path})


def remove_bundle(folder: Path) -> Request:
    """Remove an installed bundle."""
    return Request("bundles.remove", "Remove model", FILES, {"folder": folder})
