"""Which signal goes where: pages ask the session, the session's answers go to the pages.

Pages and session do not know each other; whatever passes between them is connected here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from survgui.cases.case import Modality
from survgui.cases.cohort import Note
from survgui.cases.display import BundleFacts, CaseFacts, CohortFacts, Comparison, Predicted, Recognised
from survgui.errors import Trouble
from survgui.figures.words import generator
from survgui.settings import with_recent_cohort
from survgui.ui import background
from survgui.ui.batching import Batching
from survgui.ui.choosers import Choosers
from survgui.ui.disclosure import Disclosure
from survgui.ui.retry import Retry
from survgui.ui.safekeeping import Safekeeping
from survgui.ui.train import runs
from survgui.ui.widgets import files
from survgui.ui.widgets.banner import Level

if TYPE_CHECKING:
    from survgui.readers.recognise import Finding
    from survgui.ui.cases.import_sheet import ImportSheet
    from survgui.ui.window import Window
    from survgui.workspace import CaseRecord

CANCELLED = "It was cancelled."
STOPPED = "Stopped before the estimate was complete."
STOPPED_ANEW = "Stopped; this is the estimate from before."
NAMED = 20
"""patients of a table whose ids are kept out of the log; an error names the first of them at most"""


class Wiring(QObject):
    """Connects one window's pages with its session."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self.window, self.session = window, window.session
        self._notes: dict[str, tuple[Note, ...]] = {}
        self.sheet: ImportSheet | None = None
        self._busy = False
        self._records: tuple[CaseRecord, ...] | None = None  # until they were read
        self.retry, self.choosers = Retry(window, self), Choosers(window, self)
        self.safekeeping, self.disclosure = Safekeeping(window, self), Disclosure(window, self)
        self.batching = Batching(window, self)
        self._connect_session()
        self._connect_frame()
        self._case_changed(None)

    def connect_page(self, name: str) -> None:
        """Connect a page or dialog that was just made, and tell it what there is already."""
        connect: dict[str, Callable[[], None]] = {
            "case_page": self._connect_case_page,
            "cases": self._connect_cases,
            "cohort": self._connect_cohort,
            "cohort_import": self.window.importing.connect_page,
            "train": self._connect_train,
            "models": self._connect_models,
            "report": self.safekeeping.connect_report,
            "relink_dialog": self.safekeeping.connect_relink,
            "preferences": self._name_bundles,
        }
        connect[name]()
        self.disclosure.connect_page(name)

    def _connect_session(self) -> None:
        session = self.session
        session.case.connect(self._case_changed)
        session.predicted.connect(self._predicted_changed)
        session.hiding.connect(self.window.header.set_hidden)
        session.working.connect(self._working)
        session.bundles.connect(self._bundles_changed)
        session.bundle.connect(self._bundle_changed)
        session.trouble.connect(self.show_trouble)
        session.cancelled.connect(self._cancelled)
        session.records.connect(self._records_changed)
        session.cohort.connect(self._cohort_changed)
        session.training.connect(self._training)
        session.recognised.connect(self._recognised)
        files.written().done.connect(self._saved)
        files.written().failed.connect(self.not_saved)

    def _connect_frame(self) -> None:
        session, window, header, welcome = self.session, self.window, self.window.header, self.window.welcome
        window.jobs.retry.connect(self.retry.again)
        window.jobs.set_repeatable(self.retry.possible)
        window.strip.opened.connect(window.show_jobs)
        window.lanes.changed.connect(self._lanes_changed)
        session.records.connect(welcome.set_records)
        welcome.files_requested.connect(window.ask_files)
        welcome.folder_requested.connect(window.ask_folder)
        welcome.demo_requested.connect(session.demo)
        welcome.cohort_requested.connect(window.ask_cohort)
        welcome.opened.connect(self.open_case)
        header.predict.connect(session.predict)
        header.stop.connect(session.stop_predicting)
        header.report.connect(window.show_report)
        header.bundle_chosen.connect(session.use_bundle)
        header.hide_asked.connect(session.hide)

    def _connect_case_page(self) -> None:
        session, page = self.session, self.window.case_page
        session.omics.connect(page.omics.set_tables)
        session.volume.connect(page.mri.set_volume)
        session.comparison.connect(self._compared)
        self.window.header.tab_asked.connect(page.show_tab)
        for pane in (page.slide, page.components, page.compare, page.risk):
            pane.predict_requested.connect(session.predict)
        for view in (page.slide, page.mri, page.omics):
            view.import_requested.connect(self.window.ask_files)
        page.slide.pixel_size_given.connect(session.set_pixel_size)
        page.slide.maximise_requested.connect(page.toggle_panel)
        page.mri.volume_requested.connect(session.read_volume)
        page.mri.convention_changed.connect(self._convention_changed)
        page.omics.requested.connect(session.read_omics)
        page.compare.compare_requested.connect(self.compare)
        self.choosers.connect_page()
        page.set_case(None)
        page.set_predicted(None)

    def _connect_cases(self) -> None:
        session, page = self.session, self.window.cases
        page.opened.connect(self.open_case)
        page.delete_requested.connect(session.delete_cases)
        page.import_requested.connect(self.window.ask_files)
        page.demo_requested.connect(session.demo)
        self.batching.connect_cases()
        page.relink_requested.connect(self.safekeeping.relink)
        if self._records is not None:
            page.set_records(self._records)
        self.update_possible()

    def _connect_cohort(self) -> None:
        session, page = self.session, self.window.cohort
        session.mask_risk.connect(page.set_mask_risk)
        page.demo_requested.connect(self.demo_cohort)
        page.open_requested.connect(self._cohort_asked)
        page.import_requested.connect(self.window.import_cohort)
        page.mask_risk_requested.connect(session.read_mask_risk)
        page.train_requested.connect(self._train_on)
        page.evaluation_requested.connect(session.read_evaluation)
        session.evaluation.connect(page.evaluation.set_opened)
        page.evaluation.set_bundles(session.bundles_now)
        page.set_cohort(session.cohort_now)

    def _connect_train(self) -> None:
        session, page = self.session, self.window.train
        page.start_requested.connect(session.train)
        page.stop_requested.connect(session.stop_training)
        page.cohort_requested.connect(self.window.ask_cohort)
        page.model_requested.connect(self._show_model)
        page.runs_changed.connect(self._keep_runs)
        page.set_taken(facts.name for facts in session.bundles_now)
        page.set_cohort(session.cohort_now)
        background.shared().run(runs.load, done=page.set_runs)

    def _connect_models(self) -> None:
        session, page = self.session, self.window.models
        page.default_chosen.connect(self._prefer_bundle)
        page.verify_requested.connect(session.verify_bundle)
        page.install_requested.connect(session.install_bundle)
        page.remove_requested.connect(session.remove_bundle)
        self.name_default()
        page.set_bundles(session.bundles_now)

    @Slot(object)
    def _records_changed(self, records: tuple[CaseRecord, ...]) -> None:
        self._records = records
        self.window.logbook.hide(*(record.id for record in records))
        if self.window.has("cases"):
            self.window.cases.set_records(records)

    @Slot()
    def _lanes_changed(self) -> None:
        """Something runs, or nothing any more; progress in between changes nothing here."""
        if self._busy != self.window.lanes.busy:
            self._busy = self.window.lanes.busy
            self.window.footer.set_working(self._busy)
            self.update_possible()

    # Of the open case

    @Slot(str)
    def open_case(self, key: str) -> None:
        """Open a case and bring it to the front."""
        self.session.open_case(key)
        self.window.go("case")

    @Slot(object)
    def _case_changed(self, facts: CaseFacts | None) -> None:
        window = self.window
        if facts is not None:
            self._import_over()
            window.go("case")
        window.header.set_case(facts)
        if facts is not None or window.has("case_page"):
            window.case_page.set_case(facts)
        window.files.set_case(facts)
        window.show_case(facts is not None)
        if facts is not None:
            window.toasts.clear()  # they were about something else
            window.logbook.hide(facts.id)
            window.logbook.hide_paths((*(s.path for s in facts.slides), *(s.path for s in facts.sequences)))
        self._notes = {"case": facts.notes if facts is not None else ()}
        self._show_notes()
        self.update_possible()

    @Slot(object)
    def _predicted_changed(self, predicted: Predicted | None) -> None:
        window = self.window
        if predicted is not None or window.has("case_page"):
            window.case_page.set_predicted(predicted)
        window.header.set_predicted(predicted, self.session.hidden)
        said = predicted.prediction.warnings if predicted is not None else ()
        self._notes["prediction"] = tuple(Note("warning", "", text) for text in said)
        self._show_notes()
        if predicted is not None and not predicted.preliminary:
            p = predicted.prediction
            drawn = f" · {generator(p.generator, p.steps)}" if p.imputed else ""
            window.footer.last.setText(f"Last run {p.seconds:.2f} s{drawn} · seed {p.seed}")
            window.footer.device.setText(
                f"{p.device.upper()} · {os.cpu_count()} cores" if p.device == "cpu" else p.device
            )
            window.strip.set_device(p.device)
        self.update_possible()

    @Slot(str)
    def _working(self, text: str) -> None:
        self.window.header.set_busy(text == "Predicting")
        if text or self.window.has("case_page"):  # while a worker opens a case, there is time to make its page
            self.window.case_page.risk.set_busy(text if text == "Predicting" else None)
        self.update_possible()

    @Slot(object)
    def compare(self, modality: Modality) -> None:
        """Hide a modality of the open case, impute it, and say so meanwhile."""
        self.window.case_page.compare.set_busy(f"Hiding {modality.title} and imputing it")
        self.session.compare(modality)

    @Slot(object)
    def _compared(self, comparison: Comparison | None) -> None:
        self.window.case_page.compare.set_busy(None)
        self.window.case_page.compare.set_comparison(comparison)

    @Slot(str)
    def _convention_changed(self, convention: str) -> None:
        self.window.change_settings(mri_convention=convention)

    def _show_notes(self) -> None:
        seen: dict[str, Note] = {}
        for note in (*self._notes.get("prediction", ()), *self._notes.get("case", ())):
            if note.level != "info":
                seen.setdefault(note.text, note)
        self.window.checks.set_checks(tuple(seen.values()))
        self.window.footer.set_checks(len(seen))

    # Of bundles, cohorts and trainings

    @Slot(object)
    def _bundles_changed(self, found: tuple[BundleFacts, ...]) -> None:
        if self.window.has("models"):
            self.window.models.set_bundles(found)
        if self.window.has("cohort"):
            self.window.cohort.evaluation.set_bundles(found)
        if self.window.has("train"):
            self.window.train.set_taken(facts.name for facts in found)
        if self.window.has("preferences"):
            self._name_bundles()
        self.window.header.set_bundles(found, self.session.bundle_now)
        self.update_possible()

    @Slot(object)
    def _bundle_changed(self, facts: BundleFacts | None) -> None:
        self.window.header.set_bundles(self.session.bundles_now, facts)
        self.window.welcome.set_bundle(facts)
        self.choosers.tell()
        self.name_default()
        if self.window.has("case_page"):
            self.window.case_page.mri.set_case(self.session.case_now)  # the crop that was drawn is the other model's
        self.update_possible()

    def name_default(self) -> None:
        """Say on the page of the models with which one new cases are predicted."""
        used = self.session.bundle_now
        if self.window.has("models"):
            self.window.models.set_default(self.window.settings.default_bundle or (used.name if used else ""))

    def _name_bundles(self) -> None:
        usable = [facts.name for facts in self.session.bundles_now if facts.manifest is not None]
        self.window.preferences.set_bundles(usable)

    @Slot(str)
    def _prefer_bundle(self, name: str) -> None:
        self.window.change_settings(default_bundle=name)
        self.session.use_bundle(name)  # where another one was chosen for the open case alone

    @Slot(str)
    def _show_model(self, name: str) -> None:
        self.window.go("models")
        self.window.models.choose(name)

    @Slot(object)
    def _cohort_asked(self, path: object) -> None:
        if isinstance(path, Path):
            self.open_cohort(path)
        else:
            self.window.ask_cohort()

    @Slot(object)
    def open_cohort(self, path: object) -> None:
        """Read a cohort file and show it."""
        self.window.cohort.set_busy("Reading the cohort")
        training = self.window.frame.pages.currentWidget() is self.window.pages["train"]
        self.window.go("train" if training else "cohort")
        self.session.open_cohort(files.as_path(path))

    @Slot()
    def demo_cohort(self) -> None:
        """Simulate a cohort and show it."""
        self.window.cohort.set_busy("Simulating a cohort")
        self.session.demo_cohort()

    @Slot(object)
    def _cohort_changed(self, facts: CohortFacts | None) -> None:
        self.window.cohort.set_busy(None)
        self.window.cohort.set_cohort(facts)
        if self.window.has("train"):
            self.window.train.set_cohort(facts)
        if facts is not None:
            changed = with_recent_cohort(self.window.settings, str(facts.file))
            self.window.change_settings(recent_cohorts=changed.recent_cohorts)

    @Slot(object)
    def _keep_runs(self, kept: tuple[runs.Run, ...]) -> None:
        background.shared().run(_KeepRuns(kept), failed=self.not_saved)

    @Slot(object)
    def _train_on(self, path: object) -> None:
        self.window.go("train")
        self.window.train.show_open_cohort()

    @Slot(str, object)
    def _training(self, kind: str, value: object) -> None:
        page = self.window.train
        takers: dict[str, Callable[..., None]] = {
            "started": page.started,
            "step": page.stepped,
            "done": page.finished,
            "failed": page.failed,
        }
        if kind == "stopped":
            page.stopped()
        else:
            takers[kind](value)

    # Files in and out

    @Slot(object)
    def _recognised(self, found: Recognised) -> None:
        """What was given goes where the worker that has read it says."""
        if found.kind == "cohort":
            self.open_cohort(found.path)
        elif found.kind == "packed" and found.path is not None:
            self.session.take_in(found.path)
        elif found.kind == "bundle" and found.path is not None:
            self.window.go("models")
            self.session.install_bundle(found.path)
        elif found.kind != "import":
            self._show_import(found)

    def _show_import(self, found: Recognised) -> None:
        if self.sheet is not None:
            self.sheet.done()
        of_tables = (patient for finding in found.findings for patient in finding.patients[:NAMED])
        self.window.logbook.hide(found.patient, *of_tables)
        self.window.logbook.hide_paths(finding.path for finding in found.findings)
        self.sheet = self.window.import_sheet(found, self.window.frame)
        self.sheet.accepted.connect(self._adopt)
        self.sheet.cancelled.connect(self._import_over)
        self.sheet.cohort_requested.connect(self.window.importing.take_given)

    @Slot(object, str, object)
    def _adopt(self, findings: tuple[Finding, ...], patient: str, mpp: float | None) -> None:
        self.window.logbook.hide(patient)
        self.session.adopt(findings, patient, mpp)

    @Slot()
    def _import_over(self) -> None:
        if self.sheet is not None:
            self.sheet.done()
            self.sheet = None

    @Slot(object)
    def _saved(self, path: object) -> None:
        self.window.toasts.say("info", f"Saved {files.as_path(path).name}.")

    @Slot(object)
    def not_saved(self, trouble: Trouble) -> None:
        """Say that a file could not be written."""
        self.window.toasts.say("error", trouble.text)

    # What failed

    @Slot(str, object)
    def show_trouble(self, where: str, trouble: Trouble) -> None:
        """Say what failed, in the view that it belongs to and else over the window."""
        window = self.window
        window.logbook.add("error", where, trouble.text, trouble.details)
        views = self._views()
        if where == "report":
            window.report.set_trouble(trouble)
        elif where == "import" and self.sheet is not None:
            self.sheet.failed(trouble.text)
        elif where in views:
            if where == "cohort":
                window.cohort.set_busy(None)
            views[where](trouble.text)
        else:
            level: Level = "warning" if trouble.kind == "Notice" else "error"
            window.toasts.say(level, trouble.text[:1].upper() + trouble.text[1:])
        if where == "workspace" and trouble.kind != "Notice":
            window.cases.set_unread()
        if where in ("compare", "trials"):
            window.case_page.compare.set_busy(None)
        if where == "predict":
            window.header.set_busy(False)
        self.update_possible()

    def _views(self) -> dict[str, Callable[[str], None]]:
        """What tells of a failure in a view of its own, as far as that view was made."""
        window, found = self.window, dict[str, Callable[[str], None]]()
        if window.has("case_page"):
            page = window.case_page
            found |= {"volume": page.mri.show_trouble, "omics": page.omics.show_trouble}
            found |= {"compare": page.compare.show_trouble, "trials": page.compare.show_trouble}
            found |= {"predict": page.risk.show_trouble}
        if window.has("cohort"):
            found |= {"cohort": window.cohort.show_trouble, "evaluation": window.cohort.show_problem}
        if window.has("relink_dialog"):
            found["relink"] = window.relink_dialog.failed
        if window.has("preferences"):
            found["disk"] = window.preferences.storage.failed
        if window.has("models"):
            found["bundle"] = found["verify"] = window.models.show_trouble
        return found

    @Slot(str)
    def _cancelled(self, kind: str) -> None:
        """Whoever waits for a job that the user has cancelled waits no longer."""
        window, views = self.window, self._views()
        if kind in ("compare", "trials"):
            window.case_page.compare.set_busy(None)
        elif kind == "predict" and kind in views:
            views[kind](STOPPED if self.session.predicted_now is None else STOPPED_ANEW)
        elif kind == "cohort":
            window.cohort.set_busy(None)
        elif kind == "mask":
            window.cohort.risk.give_up()
        elif kind == "import" and self.sheet is not None:
            self.sheet.failed(CANCELLED)
        elif kind == "report":
            window.report.set_trouble(Trouble("Cancelled", CANCELLED))
        elif kind in ("volume", "omics", "verify"):
            views[kind](CANCELLED)

    def update_possible(self) -> None:
        """Enable what can be done now."""
        session = self.session
        predicted, case = session.predicted_now, session.case_now
        self.window.header.set_can_predict(session.can_predict)
        self.window.commands.set_possible(
            {
                "case": case is not None,
                **self.safekeeping.possible(),
                "model": not session.can_predict,
                "predicted": predicted is not None and not predicted.preliminary,
                "running": self.window.lanes.busy,
            }
        )


class _KeepRuns:
    """Stores the list of trainings, for the background thread."""

    def __init__(self, kept: tuple[runs.Run, ...]) -> None:
        self._kept = kept

    def __call__(self) -> None:
        runs.save(self._kept)
