"""Pictures of the real window, off screen: python packaging/screenshots.py DIR [--scene NAME ...]

Opens the demo case in the window, walks through every view as a user would, and writes numbered PNGs, light and
dark at 1400 x 900; the case also at 1920 x 1080, and at twice the pixels. Prints one absolute path a line. Works in
a workspace of its own, so that the user's is not touched.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

SIZE, LARGE = (1400, 900), (1920, 1080)
PATIENCE = 180.0
"""seconds that a scene may take to be ready"""
SETTLED = 0.35
"""seconds that nothing may change before a picture is taken"""

Ready = Callable[[], bool]


def main(arguments: list[str]) -> int:
    """Take the pictures; 0 if all of them are there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--twice", action="store_true", help="only the case, at two pixels to a point")
    chosen = parser.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    folder = chosen.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not chosen.twice:
        for old in folder.glob("[0-9][0-9]-*.png"):  # of another version, which may have had other scenes
            old.unlink()
    if chosen.twice:
        return photograph(folder, twice=True)
    with tempfile.TemporaryDirectory(prefix="survgui-") as home:
        os.environ["SURVGUI_HOME"] = home
        code = photograph(folder, twice=False)
        again = [sys.executable, __file__, str(folder), "--twice"]
        return code or subprocess.run(again, env={**os.environ, "QT_SCALE_FACTOR": "2"}).returncode


def photograph(folder: Path, *, twice: bool) -> int:
    """Walk through the window and write the pictures."""
    from survgui import settings
    from survgui.ui import app, style
    from survgui.ui.logbook import Logbook
    from survgui.ui.window import Window

    application = app.application()
    style.apply(application, "light")
    window = Window(settings.Settings(theme="light"), Logbook())
    window.resize(*SIZE)
    window.show()
    album = Album(folder, window, "2x" if twice else "")
    director = Director(story_twice(window, album) if twice else story(window, album))
    director.start()
    application.exec()
    for path in album.taken:
        print(path)
    if director.fault:
        sys.stderr.write(f"survgui: {director.fault}\n")
    return int(bool(director.fault) or not all(path.is_file() for path in album.taken))


class Album:
    """Numbered pictures of a window, each in both themes."""

    def __init__(self, folder: Path, window, suffix: str) -> None:
        self._folder, self._window, self._suffix = folder, window, suffix
        self._number = len({path.name[:2] for path in folder.glob("[0-9][0-9]-*.png")}) if suffix else 0
        self.taken: list[Path] = []

    def take(self, name: str) -> None:
        """One scene, light and dark."""
        self._number += 1
        for theme in ("dark", "light"):
            self._window.set_theme(theme)
            parts = [f"{self._number:02d}", name, *([self._suffix] if self._suffix else []), theme]
            path = self._folder / ("-".join(parts) + ".png")
            shown = self._window.report if self._window.report.isVisible() else self._window
            if not shown.grab().save(str(path)):
                raise OSError(f"{path} could not be written")
            self.taken.append(path)


class Director:
    """Plays a story: goes on whenever what the last scene waits for is so, and has been for a moment."""

    def __init__(self, story: Iterator[tuple[str, Ready]]) -> None:
        from PySide6.QtCore import QTimer

        self._story = story
        self._name, self._ready, self._since, self._asked = "start", bool, 0.0, 0.0
        self.fault = ""
        self._timer = QTimer()
        self._timer.setInterval(40)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Begin."""
        self._next()
        self._timer.start()

    def _look(self) -> None:
        now = time.monotonic()
        try:
            ready = self._ready()
        except Exception as error:  # as in `_next`; it would come again at every look
            self._end(f"the scene {self._name!r} failed: {type(error).__name__}: {error}")
            return
        if not ready:
            self._since = now
            if now - self._asked > PATIENCE:
                self._end(f"the scene {self._name!r} was not ready after {PATIENCE:.0f} s")
        elif now - self._since > SETTLED:
            self._next()

    def _next(self) -> None:
        try:
            self._name, self._ready = next(self._story)
            self._since = self._asked = time.monotonic()
        except StopIteration:
            self._end("")
        except Exception as error:  # a picture that cannot be taken is the result of this program
            self._end(f"the scene after {self._name!r} failed: {type(error).__name__}: {error}")

    def _end(self, fault: str) -> None:
        from PySide6.QtWidgets import QApplication

        self.fault = fault
        self._timer.stop()
        QApplication.instance().quit()


def story(window, album: Album) -> Iterator[tuple[str, Ready]]:
    """The scenes, in the order in which a user would come to them."""
    session = window.session
    yield "painted", window.isVisible
    window.start()
    yield "models listed and ready", lambda: session.bundle_now is not None and not window.lanes.busy
    album.take("welcome")
    yield from case(window, album)
    yield from rest(window, album)
    yield from failures(window, album)
    window.close()
    yield "closed", lambda: not window.isVisible()


def story_twice(window, album: Album) -> Iterator[tuple[str, Ready]]:
    """The case alone, where a point has two pixels each way."""
    window.start_with_demo()
    yield "predicted", lambda: predicted(window)
    window.case_page.slide.view.go_to_stop(3)
    yield "sharp", lambda: settled(window)
    album.take("case")
    window.close()
    yield "closed", lambda: not window.isVisible()


def case(window, album: Album) -> Iterator[tuple[str, Ready]]:
    """The demo case, tab by tab, complete and without RNA."""
    from survgui.cases.case import Modality

    page, session = window.case_page, window.session
    session.demo()
    yield "encoding", lambda: window.lanes.busy and window.strip.isVisible() and session.case_now is not None
    album.take("running-job")
    yield "predicted", lambda: predicted(window)
    page.slide.view.go_to_stop(3)
    yield "sharp", lambda: settled(window)
    album.take("case-slide")
    window.resize(*LARGE)
    yield "sharp at 1920", lambda: settled(window)
    album.take("case-slide-1920")
    window.resize(*SIZE)
    for tab in ("mri", "omics", "components"):
        window.show_tab(tab)
        yield tab, lambda: settled(window)
        album.take(f"case-{tab}")
    window.show_tab("compare")
    page.compare.compare_requested.emit(Modality.RNA)
    yield "compared", lambda: settled(window)
    album.take("case-imputed-vs-real")
    window.show_tab("slide")
    page.slide.view.fit()
    yield "complete", lambda: settled(window)
    album.take("prediction-complete")
    session.hide(Modality.RNA, True)
    yield "without RNA", lambda: settled(window) and bool(session.predicted_now.prediction.imputed)
    album.take("prediction-rna-missing")
    window.show_report()
    yield "report", lambda: settled(window) and window.report.preview.ready
    album.take("report-preview")
    window.report.close()


def rest(window, album: Album) -> Iterator[tuple[str, Ready]]:
    """Case list, cohort, training, models."""
    session = window.session
    session.use_bundle("demo-simulated")
    for files in some_patients():
        session.recognise(files)
        yield "recognised", lambda: settled(window) and window.wiring.sheet is not None
        before = session.case_now.key
        window.wiring.sheet.create_button.click()
        yield "another case", lambda before=before: settled(window) and session.case_now.key != before
        session.predict()
        yield "predicted", lambda: predicted(window)
    window.go("cases")
    yield "cases", lambda: settled(window)
    window.cases.table.choose(0)
    album.take("cases")
    path = simulated_cohort()
    window.wiring.open_cohort(path)
    yield "cohort", lambda: settled(window) and window.session.cohort_now is not None
    album.take("cohort")
    yield from imported(window, album, path.parent)
    window.cohort.tabs.button("evaluation").click()
    window.cohort.evaluation.open_requested.emit(evaluated(path))
    yield "evaluation", lambda: settled(window) and window.cohort.evaluation.shown is not None
    view = window.cohort.evaluation.view
    view.verticalScrollBar().setValue(view.heat.mapTo(view.widget(), view.heat.rect().topLeft()).y() - 60)
    album.take("cohort-evaluation")
    window.go("train")
    window.train.form.choose_preset("demo")
    window.train.start.click()
    folds: dict[int, float] = {}
    session.training.connect(lambda kind, value: folds.update(fold_of(value)) if kind == "step" else None)
    yield "two folds", lambda: len(folds) >= 2
    album.take("train-running")
    window.session.stop_training()
    yield "stopped", lambda: not window.lanes.busy
    window.go("models")
    window.session.verify_bundle(window.session.bundle_now.folder)
    yield "models", lambda: settled(window)
    album.take("models")
    window.models.detail.tabs.button("generators").click()
    album.take("models-generators")


def imported(window, album: Album, folder: Path) -> Iterator[tuple[str, Ready]]:
    """Tables of many patients on their way to a cohort, step by step."""
    window.import_cohort()
    page = window.cohort_import
    album.take("import-drop")
    page.give(sorted(folder.glob("*.csv*")))
    for step in ("files", "outcome", "check", "folds", "report"):
        drawn = lambda step=step: step != "report" or bool(page.finish.pages.images)  # noqa: E731
        yield step, lambda drawn=drawn: not page.imports.at_work() and page.draft.proposal is not None and drawn()
        album.take(f"import-{step}")
        page.next.click()
    page.cancel.click()


def failures(window, album: Album) -> Iterator[tuple[str, Ready]]:
    """Something that goes wrong, and how it is said."""
    broken = Path(os.environ["SURVGUI_HOME"]) / "broken.svs"
    broken.write_bytes(b"II*\0" + bytes(2000))
    good = next((Path(os.environ["SURVGUI_HOME"]) / "data" / "workspace").rglob("rna*"))
    window.session.recognise([broken, good])
    yield "recognised", lambda: window.wiring.sheet is not None and window.wiring.sheet.isVisible()
    album.take("error-broken-slide")
    window.wiring.sheet.cancelled.emit()


def predicted(window) -> bool:
    """Whether the final estimate of the open case is shown."""
    now = window.session.predicted_now
    return now is not None and not now.preliminary and settled(window)


def settled(window) -> bool:
    """Whether nothing runs, and the slide is as sharp as it gets."""
    return not window.lanes.busy and not window.case_page.slide.loader.waiting


def fold_of(step) -> dict[int, float]:
    """The C-index of a fold, from the step of a training that ends it."""
    return {step.done: step.values["fold c-index"]} if "fold c-index" in step.values else {}


def simulated_cohort() -> Path:
    """A cohort of feature tables with some tests missing."""
    return simulated("cohort", "--patients", "240", "--seed", "5", "--missing", "mar") / "cohort.toml"


def evaluated(cohort: Path) -> Path:
    """The Cox rows on every availability pattern of a cohort."""
    file = cohort.parent / "evaluation.json"
    methods = "cox-specialist,cox-all,cox-rna-clinical,cox-clinical,mask-only"
    command = ["evaluate", str(cohort), "--methods", methods, "--patterns", "natural,complete,all", "--json", str(file)]
    subprocess.run([sys.executable, "-m", "survgui", *command], check=True, stderr=subprocess.DEVNULL)
    return file


def some_patients() -> list[list[Path]]:
    """Files of a few patients, each with something missing."""
    folder = simulated("patients", "--patients", "5", "--seed", "3", "--level", "raw", "--missing", "mcar")
    found = []
    for number in range(1, 6):
        name = f"S3-000{number}"
        own = [*folder.glob(f"slides/{name}*"), *sorted(folder.glob(f"mri/{name}/*"))]
        found.append([*own, folder / "clinical.csv", folder / "rna.csv.gz"] if own else [])
    return [files for files in found if files]


def simulated(name: str, *arguments: str) -> Path:
    """A folder of simulated patients."""
    folder = Path(os.environ["SURVGUI_HOME"]) / name
    command = [sys.executable, "-m", "survgui", "simulate", str(folder), *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
