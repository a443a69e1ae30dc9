"""The window: its parts, what each action does, and how it opens and closes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QDialog, QStackedWidget, QWidget

from survgui import paths, settings
from survgui.settings import Settings
from survgui.ui import background, style
from survgui.ui.actions import WORKSPACES
from survgui.ui.cohort.wizard.opening import CohortImport
from survgui.ui.commands import Commands
from survgui.ui.docks.checks import ChecksPanel
from survgui.ui.docks.files import FilesPanel
from survgui.ui.docks.jobs import JobsPanel, JobsStrip
from survgui.ui.docks.log import LogPanel
from survgui.ui.footer import Footer
from survgui.ui.frame import Frame
from survgui.ui.jobs import Job, Lanes
from survgui.ui.logbook import Logbook
from survgui.ui.overlay import Question, Toasts
from survgui.ui.pages import Pages, Preload
from survgui.ui.rail import Rail
from survgui.ui.session import Session
from survgui.ui.welcome.page import WelcomePage
from survgui.ui.widgets import files
from survgui.ui.wiring import Wiring

SIZE = (1400, 900)
SMALLEST = (1120, 700)
TITLES = {
    "cases": ("Cases", "everything that was opened on this machine"),
    "case": ("survgui", "prognosis from whatever a patient has"),
}
"""Of the workspaces that have no header of their own."""

ROOM_OF = {"case_page": "case", "cohort_import": "cohort"}
"""The workspace of a page that is not called as its workspace."""

TRAINING = "training.train"
TWICE = 800
"""ms within which a second Escape cancels a job"""
PREPARED, TURN = ("case_page", "cohort", "cohort_import"), 100
"""Pages that are made before they are asked for, and ms between them."""
LIGHT = {
    *("bundles.listing", "predictions.warm", "cases.open", "pictures.volume", "pictures.omics", "predictions.report"),
    *("upkeep.look", "upkeep.missing", "upkeep.find", "upkeep.usage"),
    *("batches.listing", "batches.put_away", "batches.forget"),
}
"""Jobs that nobody asked for by name, or that are done again in a moment: they do not keep the window from closing."""


class Window(Pages):
    """The one window of the application.

    Args:
        chosen: The stored settings.
        logbook: What happened in this session.
    """

    def __init__(self, chosen: Settings, logbook: Logbook) -> None:
        super().__init__()
        style.current().hold(self)
        self.setWindowTitle("survgui")  # never a patient's id
        self.setMinimumSize(*SMALLEST)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.settings, self.logbook = chosen, logbook
        self.lanes = Lanes(self)
        self.session = Session(self.lanes, chosen, self)
        self.importing = CohortImport(self)
        self.commands = Commands(self)
        self.rail = Rail(self.commands.menu)
        self.strip, self.jobs = JobsStrip(self.lanes), JobsPanel(self.lanes, logbook.scrubber)
        self.checks, self.log, self.files = ChecksPanel(), LogPanel(logbook), FilesPanel()
        self.footer = Footer(self.strip)
        panels = {"checks": self.checks, "jobs": self.jobs, "log": self.log, "files": self.files}
        self.frame = Frame(self.rail, self.footer, panels)
        self.header = self.frame.case_header
        self._make_rooms()
        self.setCentralWidget(self.frame)
        self.toasts, self.question = Toasts(self.frame), Question(self.frame)
        self.export_question = Question(self.frame)
        self._preload = Preload(self)
        self._turn = QTimer(self)  # until the next page is made
        self._turn.setSingleShot(True)
        for signal in (self._preload.ended, self._turn.timeout):
            signal.connect(self._prepare)
        self._asked = ""
        self._doomed: Job | None = None  # that is asked about
        self._escaped = QTimer(self)  # runs for as long as a second Escape belongs to the first
        self._escaped.setSingleShot(True)
        self._escaped.setInterval(TWICE)
        self._closing = False
        self._connect()
        self.wiring = Wiring(self)
        self.resize(*SIZE)
        self._restore()
        self._apply(chosen)
        self.go("case")
        self.footer.set_working(False)
        self.setFocus()  # no button has the ring before Tab is pressed

    def _make_rooms(self) -> None:
        """A place for each workspace; its page comes with its first use."""
        self.welcome = WelcomePage()
        self._rooms = {key: QStackedWidget() for key, _, _ in WORKSPACES}
        self._rooms["case"].addWidget(self.welcome)
        self.pages: dict[str, QWidget] = dict(self._rooms)
        for room in self._rooms.values():
            self.frame.pages.addWidget(room)

    def take_in(self, name: str, page: QWidget) -> None:
        """Put a new page into its room and connect it."""
        if not isinstance(page, QDialog):
            self._rooms[ROOM_OF.get(name, name)].addWidget(page)
        if name == "case_page":
            self.commands.settle(self.case_page, self.header)
            split = _stored().value("split")
            if isinstance(split, QByteArray):
                self.case_page.split.restoreState(split)
        elif name == "preferences":
            self.preferences.changed.connect(self._apply)
            self.wiring.safekeeping.connect_preferences()
        self._tell_settings(name)
        self.wiring.connect_page(name)

    def _connect(self) -> None:
        self.commands.asked.connect(self.do)
        self.rail.chosen.connect(self.go)
        self.footer.checks_asked.connect(self.show_checks)
        self.footer.log_asked.connect(self.show_log)
        self.footer.jobs_asked.connect(self.show_jobs)
        self.strip.cancel_asked.connect(self.cancel)
        self.jobs.cancel_asked.connect(self.cancel)
        self.logbook.unseen_changed.connect(self.footer.set_unseen)
        self.question.answered.connect(self._answered)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape twice, where no view has another use for it, asks whether to cancel the job."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self._escaped.isActive():
            self._escaped.stop()
            if self._at_work is not None:
                self.cancel(self._at_work, sure=True)
        elif not event.isAutoRepeat():
            self._escaped.start()

    # Starting and ending

    @Slot()
    def start(self) -> None:
        """Read what there is and start the workers; called after the first paint."""
        self.session.start()
        self._preload.start()

    @Slot()
    def _prepare(self) -> None:
        """Make the pages that take longest while nobody waits for them, each in a turn of its own."""
        name = next((name for name in PREPARED if not self.has(name)), None)
        if name is not None and self.isVisible():
            self.make(name)
            self._turn.start(TURN)

    @Slot()
    def start_with_demo(self) -> None:
        """The same, with the demo case open."""
        self.start()
        self.session.demo()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End the lanes in order; while a job runs that somebody waits for, or something is not written, ask first."""
        if not self._closing and (lost := self._lost()):
            event.ignore()
            self._asked = "close"
            self.question.ask(*lost)
            return
        self._keep()
        self.hide()  # workers may take a second to end, and nobody has to watch that
        self._preload.stop()
        self._turn.stop()
        self.session.release()
        if self.has("case_page"):
            self.case_page.slide.close_slides()
        self.lanes.close()
        event.accept()

    def _lost(self) -> tuple[str, str, tuple[tuple[str, str, str], ...]] | None:
        """What to ask before the window is closed; None where nothing would be lost."""
        if any(not job.state.over and job.request.name not in LIGHT for job in self.lanes.jobs):
            return (
                "Stop what is running and quit?",
                "A job is still at work. What was stored stays; a training or a batch can be gone on with later.",
                (("cancel", "Go on working", "plain"), ("quit", "Stop and quit", "danger")),
            )
        if self.has("cohort_import") and self.cohort_import.unwritten:
            return (
                "Quit without writing the cohort?",
                "What you have changed in the import is lost. Your files stay as they are.",
                (("cancel", "Go on working", "plain"), ("quit", "Quit", "danger")),
            )
        return None

    @Slot(str)
    def _answered(self, key: str) -> None:
        if self._asked == "close" and key == "quit":
            self._closing = True
            self.close()
        elif self._asked == "cancel" and key == "stop" and self._doomed is not None:
            self._doomed.cancel()
        self._doomed = None

    def _restore(self) -> None:
        stored = _stored()
        for key, restore in (("geometry", self.restoreGeometry), ("docks", self.frame.restore)):
            value = stored.value(key)
            if isinstance(value, QByteArray):
                restore(value)

    def _keep(self) -> None:
        stored = _stored()
        stored.setValue("geometry", self.saveGeometry())
        stored.setValue("docks", self.frame.inner.saveState())
        if self.has("case_page"):
            stored.setValue("split", self.case_page.split.saveState())

    # Settings

    def change_settings(self, **changes: object) -> None:
        """Choose something for good."""
        self._apply(replace(self.settings, **changes))  # type: ignore[arg-type]  # names are those of Settings

    @Slot(object)
    def _apply(self, chosen: Settings) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication) and style.current().mode != chosen.theme:
            style.apply(app, style.mode_of(chosen.theme))
        for mode in ("light", "dark", "system"):
            self.commands.actions[mode].setChecked(chosen.theme == mode)
        before, self.settings, self.session.settings = self.settings, chosen, chosen
        if chosen.default_bundle != before.default_bundle:
            self.session.prefer_bundle(chosen.default_bundle)
            self.wiring.name_default()
        for name in ("case_page", "cohort"):
            if self.has(name):
                self._tell_settings(name)
        if chosen.cache_gigabytes < before.cache_gigabytes:
            background.shared().run(_Saving(chosen), done=self.wiring.safekeeping.trim, failed=self.wiring.not_saved)
        elif chosen != before:
            background.shared().run(_Saving(chosen), failed=self.wiring.not_saved)

    def _tell_settings(self, name: str) -> None:
        """What a page has to know of the settings."""
        chosen = self.settings
        if name == "case_page":
            self.case_page.slide.set_tile_cache(chosen.tile_cache_megabytes)
            self.wiring.choosers.tell()
            neurological = chosen.mri_convention == "neurological"
            self.case_page.mri.set_convention("neurological" if neurological else "radiological")
        elif name == "cohort":
            self.cohort.set_recent([Path(path) for path in chosen.recent_cohorts])

    # What can be done, by the names of `actions`

    @Slot(str)
    def do(self, name: str) -> None:
        """Carry out an action."""
        act = self.commands.act(name)
        place, _, method = act.slot.rpartition(".")
        slot = getattr(getattr(self.wiring, place) if place else self, method)
        if act.argument:
            slot(act.argument)
        else:
            slot()

    @Slot(str)
    def go(self, key: str, page: str = "") -> None:
        """Bring a workspace to the front; its own page is made if it is not there, or the one that is named."""
        if key != "case":
            self.make(page or key)
        self.frame.pages.setCurrentWidget(self.pages[key])
        self.rail.set_chosen(key)
        with_case = key == "case" and self.session.case_now is not None
        if key in TITLES:
            self.frame.title.say(*TITLES[key])
        self.frame.show_header(self.header if with_case else self.frame.title if key in TITLES else None)

    def show_case(self, there: bool) -> None:
        """The case's page, or the welcome page where no case is open."""
        self._rooms["case"].setCurrentWidget(self.case_page if there else self.welcome)
        if self.frame.pages.currentWidget() is self._rooms["case"]:
            self.go("case")
            if there and self.focusWidget() in (None, self):
                self.case_page.setFocus()  # its keys work at once

    @Slot(str)
    def show_tab(self, key: str) -> None:
        """Bring a tab of the case to the front."""
        self.go("case")
        self.case_page.show_tab(key)

    @Slot()
    def predict(self) -> None:
        """F5."""
        self.go("case")
        self.session.predict()

    @Slot()
    def cancel_job(self) -> None:
        """Stop the job that the footer shows, or else the one that comes next."""
        if self._at_work is not None:
            self.cancel(self._at_work)

    @property
    def _at_work(self) -> Job | None:
        """The job that the footer shows, or else the one that comes next."""
        waiting = (job for job in self.lanes.jobs if not job.state.over)
        return self.strip.job or next(waiting, None)

    @Slot(object)
    def cancel(self, job: Job, sure: bool = False) -> None:
        """Cancel a job: a training after a question, for it may have run for hours, any other at once.

        Args:
            sure: Ask whatever job it is, for a key is pressed by mistake sooner than a button.
        """
        training = job.request.name == TRAINING
        if job.state.over or self.question.isVisible():
            return
        if not training and not sure:
            job.cancel()
            return
        self._asked, self._doomed = "cancel", job
        self.question.ask(
            "Stop the training?" if training else f"Cancel “{job.request.title}”?",
            "Folds and epochs that are finished are kept; it can be resumed." if training else "It is not yet done.",
            (("cancel", "Go on", "plain"), ("stop", "Stop the training" if training else "Cancel the job", "danger")),
        )

    @Slot()
    def impute_now(self) -> None:
        """I: hide the modality that is chosen in that tab, impute it, and compare."""
        self.show_tab("compare")
        self.case_page.compare.hide_and_impute()

    @Slot()
    def close_case(self) -> None:
        """Back to the welcome page."""
        self.session.close_case()

    @Slot()
    def open_demo(self) -> None:
        """Open the demo case."""
        self.session.demo()

    @Slot(str)
    def set_theme(self, mode: str) -> None:
        """Light, dark or the system's."""
        self.change_settings(theme=mode)

    @Slot()
    def toggle_full(self) -> None:
        """Full screen and back."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    @Slot()
    def reset_layout(self) -> None:
        """Docks and panels where they were at first."""
        self.frame.reset()
        if self.has("case_page"):
            self.case_page.reset_split()

    @Slot()
    def show_report(self) -> None:
        """The report's pages, and how to save them."""
        case = self.session.case_now
        if case is None or self.session.predicted_now is None:
            return
        names = tuple(path.name for path in (*(s.path for s in case.slides), *(s.path for s in case.sequences)))
        self.report.set_content(None)
        self.report.set_pseudonym(f"Case {case.key[:4].upper()}", names)
        self.report.open()
        self.session.prepare_report()

    @Slot()
    def show_preferences(self) -> None:
        """What is chosen once and for all cases."""
        self.preferences.set_settings(self.settings)
        self.preferences.open()

    @Slot()
    def show_palette(self) -> None:
        """Every command by its name."""
        self.palette_of(self.commands.actions.values()).open()

    @Slot()
    def show_shortcuts(self) -> None:
        """Every key."""
        self.shortcuts_of(self.commands.actions.values()).open()

    @Slot()
    def show_about(self) -> None:
        """What this is, and its licence."""
        self.about_dialog().open()

    @Slot()
    def ask_files(self) -> None:
        """Choose the files of a new case."""
        files.ask_open(self, "New case from files…", "All files (*)", self._take, many=True)

    @Slot()
    def ask_folder(self) -> None:
        """Choose the folder of a new case."""
        files.ask_folder(self, "New case from a folder…", self._take)

    @Slot()
    def ask_cohort(self) -> None:
        """Choose a cohort file."""
        files.ask_open(self, "Open cohort…", "Cohort files (*.toml)", self.wiring.open_cohort)

    @Slot()
    def import_cohort(self) -> None:
        """Make a cohort of the files that there are."""
        self.importing.enter()

    @Slot()
    def ask_bundle(self) -> None:
        """Choose a model bundle."""
        self.go("models")
        self.models.ask_install()

    @Slot()
    def show_checks(self) -> None:
        """Show or hide the checks."""
        self.frame.show_dock("checks")

    @Slot()
    def show_jobs(self) -> None:
        """Show or hide the jobs."""
        self.frame.show_dock("jobs")

    @Slot()
    def show_log(self) -> None:
        """Show or hide the log; its errors count as seen."""
        self.frame.show_dock("log")
        self.logbook.mark_seen()

    @Slot()
    def show_files(self) -> None:
        """Show or hide the files of the case."""
        self.frame.show_dock("files")

    # Files that are dropped

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped anywhere."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Nothing was dropped."""
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take files, folders, cohort files and bundles."""
        dropped = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        if dropped:
            self._take(dropped)

    @Slot(object)
    def _take(self, given: object) -> None:
        """Whatever is given is looked at by a worker, which says whether it is a case, a cohort or a model."""
        chosen = given if isinstance(given, list) else [files.as_path(given)]
        self.logbook.hide_paths(chosen)
        if not self.importing.takes(chosen):
            self.session.recognise(chosen)


class _Saving:
    """Stores settings, for the background thread."""

    def __init__(self, chosen: Settings) -> None:
        self._chosen = chosen

    def __call__(self) -> None:
        settings.save(self._chosen)


def _stored() -> QSettings:
    """Where geometry is kept; everything else is in settings.json."""
    return QSettings(str(paths.user_config() / "window.ini"), QSettings.Format.IniFormat)
