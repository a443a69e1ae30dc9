"""What the user is working on: the one mutable state of the window, and the requests that change it.

Pages show it and ask for changes through signals; they know neither each other nor the lanes. Every result is
checked against the job it was asked of: what comes late, for a case that is no longer open, is dropped.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from survgui.cases.batch import Action, Item, Order
from survgui.cases.case import Modality
from survgui.cases.display import BundleFacts, CaseFacts, Comparison, Predicted
from survgui.errors import Trouble
from survgui.figures.words import plural
from survgui.settings import Settings
from survgui.ui import tasks
from survgui.ui.batch_queue import BatchQueue
from survgui.ui.drawing import drawing_of
from survgui.ui.fitting import fitting, same, usable
from survgui.ui.housekeeping import Housekeeping
from survgui.ui.jobs import Lanes
from survgui.ui.jobs import State as JobState
from survgui.workspace import CaseRecord

if TYPE_CHECKING:
    from survgui.readers.recognise import Finding

NO_MODEL = "No model is installed: install one (File menu), then try again."
NOTHING_TO_REPORT = "There is no estimate to report; predict the case first."


class Session(Housekeeping):
    """Case, bundle and prediction at hand; the list is that of `Housekeeping`, cohort and training those of `Studies`.

    Signals:
        recognised(Recognised): Dropped files were looked at; the user confirms.
        case(CaseFacts | None), predicted(Predicted | None), comparison(Comparison | None),
        trials(Trials | None),
        omics(tuple[OmicsTable] | None), volume(VolumeImage), report(ReportContent | None): Of the open case.
        bundles(tuple[BundleFacts]), bundle(BundleFacts | None): Installed, and the one in use.
        trouble(str, Trouble): What failed where: `case`, `predict`, `compare`, `volume`, `omics`, `report`,
            `import`, `cohort`, `bundle`, `workspace`.
        hiding(frozenset[Modality]): What is treated as missing from now on.
        cancelled(str): A job of a kind was cancelled: `compare`, `volume`, `verify`, ... as in `_submit`.
        working(str): What is being done for the open case, or empty.
    """

    recognised = Signal(object)
    case = Signal(object)
    predicted = Signal(object)
    hiding = Signal(object)
    comparison = Signal(object)
    trials = Signal(object)
    omics = Signal(object)
    volume = Signal(object)
    report = Signal(object)
    bundles = Signal(object)
    bundle = Signal(object)
    working = Signal(str)

    def __init__(self, lanes: Lanes, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(lanes, parent)
        self.settings = settings
        self.batches = BatchQueue(lanes, self)
        self.batches.kept.connect(self.refresh_records)
        self.bundle_now: BundleFacts | None = None
        self.predicted_now: Predicted | None = None
        self.bundles_now: tuple[BundleFacts, ...] = ()
        self.hidden: frozenset[Modality] = frozenset()
        self._whole: tuple[Predicted | None, frozenset[Modality]] = None, frozenset()
        self._awaited = ""
        self._bundle_chosen = False
        self._demos: set[str] = set()
        self._given: dict[str, frozenset[Modality]] = {}

    # Starting

    @Slot()
    def start(self) -> None:
        """Read the case list and the bundles, and start the workers; after the first paint."""
        self.lanes.warm()
        self.take_over()
        self.refresh_bundles()
        self.batches.load()

    def _know(self, records: tuple[CaseRecord, ...]) -> None:
        self._demos |= {record.key for record in records if record.demo}
        self._given = {record.key: frozenset(record.details) for record in records}

    # Cases

    def recognise(self, paths: list[Path]) -> None:
        """Look at files that the user has given; `recognised` follows."""
        self._submit("import", tasks.recognise(paths), self._recognised)

    @Slot(object)
    def _recognised(self, found: object) -> None:
        if self._current("import"):
            self.recognised.emit(found)

    def adopt(self, findings: tuple[Finding, ...], patient: str, mpp: float | None) -> None:
        """Make a case of files that the user has confirmed, and open it."""
        self._submit("import", tasks.adopt(findings, patient, mpp), self._adopted)

    def take_in(self, path: Path) -> None:
        """Make a case of a `.survcase`, and open it."""
        self._submit("import", tasks.take_in(path), self._adopted)

    @Slot()
    def demo(self) -> None:
        """Make the demo case if it is not there, open it, and predict it."""
        self._submit("import", tasks.demo_case(), self._demo_made)

    @Slot(object)
    def _demo_made(self, record: CaseRecord) -> None:
        if self._current("import"):
            self._awaited = record.key
            self._adopted(record)

    @Slot(object)
    def _adopted(self, record: CaseRecord) -> None:
        if self._current("import"):
            self._demos |= {record.key} if record.demo else set()
            self.refresh_records()
            self.open_case(record.key)

    @Slot(str)
    def open_case(self, key: str) -> None:
        """Open a case of the list."""
        self.working.emit("Opening the case")
        self._submit("case", tasks.open_case(key), self._opened)

    @Slot(object)
    def _opened(self, facts: CaseFacts) -> None:
        if not self._current("case"):
            return
        self._fit_bundle(facts)
        self.case_now, self.hidden = facts, frozenset()
        # the other case's work would keep this one waiting; what was encoded of it is in the cache
        self._abandon("predict", "compare", "trials", "omics", "volume", "report")
        self._set_predicted(None)
        self.comparison.emit(None)
        self.trials.emit(None)
        self.omics.emit(None)
        self.report.emit(None)
        self.case.emit(facts)
        self.working.emit("")
        awaited, self._awaited = self._awaited, ""
        if facts.key == awaited:
            self.predict()

    @Slot()
    def close_case(self) -> None:
        """Have no case open."""
        self._abandon("case", "predict", "compare", "trials", "omics", "volume", "report")
        self.case_now, self.hidden = None, frozenset()
        self._set_predicted(None)
        self.case.emit(None)
        self.working.emit("")

    def delete_cases(self, keys: list[str]) -> None:
        """Delete cases with everything that survgui keeps of them; the user's files stay."""
        if self.case_now is not None and self.case_now.key in keys:
            self.close_case()
        self._submit("delete", tasks.delete_cases(keys), self.refresh_records)
        if self.batches.batches:
            self.batches.forget(keys)

    def set_pixel_size(self, path: Path, mpp: float) -> None:
        """Say how large a slide's pixels are; it is asked once and kept with the case."""
        if self.case_now is not None:
            self._submit("case", tasks.set_pixel_size(self.case_now.key, path, mpp), self._opened)

    # Predictions

    @property
    def can_predict(self) -> str:
        """Empty if F5 would do something, else why not."""
        if self.case_now is None:
            return "Open a case first."
        if self.bundle_now is None or self.bundle_now.manifest is None:
            return "No model is installed."
        return ""

    @Slot()
    def predict(self) -> None:
        """Predict the open case with the bundle in use; the measured-only estimate comes first."""
        if self.can_predict or self.case_now is None or self.bundle_now is None:
            return
        s, d = self.settings, drawing_of(self.settings, self.bundle_now)
        request = tasks.predict(
            self.case_now.key, self.bundle_now.folder, self.hidden, d.draws, s.seed, d.generator, d.steps, s.device
        )
        self._submit("predict", request, self._predicted, partial=self._partly_predicted, cancels=True)
        self.working.emit("Predicting")

    @Slot()
    def stop_predicting(self) -> None:
        """Stop the prediction of the open case, and nothing else."""
        if "predict" in self._jobs:
            self._jobs["predict"].cancel()

    @Slot(object)
    def _partly_predicted(self, predicted: Predicted) -> None:
        if self._current("predict"):
            self._set_predicted(predicted)

    @Slot(object)
    def _predicted(self, predicted: Predicted) -> None:
        if self._current("predict"):
            self._set_predicted(predicted)
            self.working.emit("")
            self.refresh_records()

    def predict_many(self, keys: list[str]) -> None:
        """Predict cases of the list as a batch, each with the model that is meant for it; a bad one is its row."""
        self._batch(Action.PREDICT, keys)

    def encode_many(self, keys: list[str]) -> None:
        """Encode slides and MRI of cases of the list as a batch, as the models that are meant for them take them."""
        self._batch(Action.ENCODE, keys)

    def report_many(self, keys: list[str], folder: Path) -> None:
        """Predict cases of the list as a batch and write their reports, under pseudonyms."""
        self._batch(Action.REPORT, keys, folder)

    def _batch(self, action: Action, keys: list[str], folder: Path | None = None) -> None:
        s, meant = self.settings, {key: self._meant_for(key, self._given.get(key, ())) for key in keys}
        with_model = [(facts, key) for key, facts in meant.items() if facts is not None]
        chosen = sorted(with_model, key=_folder_of)  # every model is opened once
        if not chosen:
            self.trouble.emit("many", Trouble("UsageError", NO_MODEL))
            return
        # how it is drawn is the model's own affair where the models are several
        alike = len({facts.folder for facts, _ in chosen}) == 1
        d = drawing_of(s, chosen[0][0]) if alike else None
        order = Order(
            action,
            draws=s.draws,
            seed=s.seed,
            generator=d.generator if d is not None else "",
            steps=d.steps if d is not None else 0,
            device=s.device,
            reports=folder,
            pseudonyms=True,
        )
        items = [Item(key, (), bundle=facts.folder) for facts, key in chosen]
        self.batches.add(f"{action.title()} {plural(len(items), 'case')}", order, items)

    def _set_predicted(self, predicted: Predicted | None) -> None:
        self.predicted_now = predicted
        if predicted is None or not predicted.preliminary:
            self._whole = predicted, self.hidden
        self.predicted.emit(predicted)

    def _put_back(self) -> None:
        """A prediction came to nothing: the last whole estimate stands again, with what was hidden for it."""
        whole, self.hidden = self._whole
        if self.predicted_now is not whole:
            self._set_predicted(whole)
        self.hiding.emit(self.hidden)

    def hide(self, modality: Modality, hidden: bool) -> None:
        """Predict as if a measured modality were missing, or with it again."""
        self.predict_without(self.hidden | {modality} if hidden else self.hidden - {modality})

    def predict_without(self, hidden: frozenset[Modality]) -> None:
        """Predict as if exactly these had not been measured."""
        self.hidden = hidden & self._taken()
        self._drop("compare", "trials")
        self.trials.emit(None)
        self.comparison.emit(None)  # its other side had what is hidden now, or had it not
        self.hiding.emit(self.hidden)
        self.predict()

    def compare(self, modality: Modality) -> None:
        """Hide a measured modality, impute it, and lay it beside the real one."""
        if self.case_now is None or self.bundle_now is None:
            return
        request = tasks.compare(self.case_now.key, self.bundle_now.folder, modality, **self._how())
        self._submit("compare", request, self._compared, cancels=True)

    def _how(self) -> dict[str, Any]:
        """How a comparison is asked for: what is missing on both sides, and how it is drawn."""
        s, d = self.settings, drawing_of(self.settings, self.bundle_now)
        asked = {"hide": self.hidden, "draws": d.draws, "seed": s.seed, "device": s.device}
        return {**asked, "generator": d.generator, "steps": d.steps}

    @Slot(object)
    def _compared(self, comparison: Comparison) -> None:
        if self._current("compare"):
            self.comparison.emit(comparison)

    @Slot(object)
    def try_generators(self, modality: Modality) -> None:
        """Hide a measured modality and draw it with every generator that the bundle holds; `trials` follows."""
        if self.case_now is not None and self.bundle_now is not None:
            how = {name: value for name, value in self._how().items() if name not in ("generator", "steps")}
            request = tasks.try_generators(self.case_now.key, self.bundle_now.folder, modality, **how)
            self._submit("trials", request, self._tried, cancels=True)

    @Slot(object)
    def _tried(self, found: object) -> None:
        if self._current("trials"):
            self.trials.emit(found)

    @Slot()
    def read_omics(self) -> None:
        """Read the omics tables of the open case beside the bundle's cohort."""
        if self.case_now is not None:
            self._submit("omics", tasks.omics(self.case_now.key, self._folder()), self._omics_read)

    @Slot(object)
    def _omics_read(self, found: object) -> None:
        if self._current("omics"):
            self.omics.emit(found)

    @Slot(str)
    def read_volume(self, role: str) -> None:
        """Read one MRI sequence of the open case."""
        if self.case_now is not None:
            self._submit("volume", tasks.volume(self.case_now.key, role, self._folder()), self._volume_read)

    @Slot(object)
    def _volume_read(self, volume: object) -> None:
        if self._current("volume"):
            self.volume.emit(volume)

    @Slot()
    def prepare_report(self) -> None:
        """Gather what the report of the shown prediction says; `report` follows."""
        case, bundle, predicted = self.case_now, self.bundle_now, self.predicted_now
        if case is None or bundle is None or predicted is None or predicted.preliminary:
            self.trouble.emit("report", Trouble("UsageError", NOTHING_TO_REPORT))
            return
        request = tasks.report(case.key, bundle.folder, predicted.prediction)
        self._submit("report", request, self._report_ready)

    @Slot(object)
    def _report_ready(self, content: object) -> None:
        if self._current("report"):
            self.report.emit(content)

    def _taken(self) -> frozenset[Modality]:
        """What the bundle in use takes."""
        manifest = self.bundle_now.manifest if self.bundle_now is not None else None
        return frozenset(manifest.inputs if manifest is not None else ())

    def _folder(self) -> Path | None:
        return self.bundle_now.folder if self.bundle_now is not None else None

    # Bundles

    @Slot()
    def refresh_bundles(self) -> None:
        """List the bundles again."""
        self._submit("bundles", tasks.list_bundles(), self._bundles_listed)

    @Slot(object)
    def _bundles_listed(self, found: tuple[BundleFacts, ...]) -> None:
        able, wanted = usable(found), self.bundle_now.name if self.bundle_now else self.settings.default_bundle
        chosen = next((facts for facts in able if facts.name == wanted), able[0] if able else None)
        known = same(chosen, self.bundle_now)
        if known:
            self.bundle_now = chosen  # what was predicted with it still holds
        self.bundles_now = found
        self.bundles.emit(found)
        if not known:
            self._use(chosen)

    def use_bundle(self, name: str) -> None:
        """Predict with another bundle from now on."""
        chosen = next((facts for facts in usable(self.bundles_now) if facts.name == name), None)
        self._bundle_chosen = True
        if chosen is not None and (self.bundle_now is None or chosen.name != self.bundle_now.name):
            self._use(chosen)

    def prefer_bundle(self, name: str) -> None:
        """Predict with a bundle that the user has named for good; with no name, with the one meant for the case."""
        if name:
            self.use_bundle(name)
            return
        self._bundle_chosen = False
        if self.case_now is not None:
            self._fit_bundle(self.case_now)

    def _fit_bundle(self, facts: CaseFacts) -> None:
        best = self._meant_for(facts.key, facts.given)
        if not same(best, self.bundle_now):
            self._use(best)

    def _meant_for(self, key: str, given: Collection[Modality]) -> BundleFacts | None:
        """The bundle in use where the user has named it or none fits, else one that is meant for such a case."""
        if self._bundle_chosen or self.settings.default_bundle:
            return self.bundle_now
        return fitting(self.bundles_now, given, demo=key in self._demos) or self.bundle_now

    def _use(self, facts: BundleFacts | None) -> None:
        self.bundle_now = facts
        self.hidden &= self._taken()
        self._abandon("predict", "compare", "trials", "omics", "report")  # they are the other bundle's
        self.working.emit("")
        self.bundle.emit(facts)
        self._set_predicted(None)
        self.comparison.emit(None)
        self.trials.emit(None)
        self.omics.emit(None)
        if facts is not None:
            self._submit("warm", tasks.warm(facts.folder, self.settings.device), None)

    def verify_bundle(self, folder: Path) -> None:
        """Check every file of a bundle against its manifest."""
        self._submit("verify", tasks.verify_bundle(folder), self._verified)

    @Slot(object)
    def _verified(self, facts: BundleFacts) -> None:
        self.bundles_now = tuple(facts if old.folder == facts.folder else old for old in self.bundles_now)
        self.bundles.emit(self.bundles_now)
        used = self.bundle_now
        if facts.error and used is not None and used.folder == facts.folder:  # nothing is predicted with it any more
            given = self.case_now.given if self.case_now is not None else ()
            demo = self.case_now is not None and self.case_now.key in self._demos
            self._use(fitting(self.bundles_now, given, demo=demo) or next(iter(usable(self.bundles_now)), None))

    def install_bundle(self, path: Path) -> None:
        """Install a bundle from a folder or an archive."""
        self._submit("install", tasks.install_bundle(path), self._bundle_changed)

    def remove_bundle(self, folder: Path) -> None:
        """Remove a bundle that the user installed."""
        self._submit("remove", tasks.remove_bundle(folder), self._bundle_changed)

    @Slot(object)
    def _bundle_changed(self, facts: object) -> None:
        self.refresh_bundles()
        self.look_after()

    def _published(self) -> None:
        self.refresh_bundles()

    def _ended(self, kind: str, state: JobState) -> None:
        """However a job on the open case ended, nothing is being done for it any more."""
        if kind in ("predict", "case") and not self._active("predict"):  # opening the demo asks for its prediction
            self.working.emit("")
        if state in (JobState.FAILED, JobState.CANCELLED):
            if kind in ("import", "case"):
                self._awaited = ""
            elif kind == "predict":
                self._put_back()


def _folder_of(planned: tuple[BundleFacts, str]) -> Path:
    return planned[0].folder
