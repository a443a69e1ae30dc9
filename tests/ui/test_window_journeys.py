"""What users do, from the first click to what comes of it: real workers, real files, the real engine.

The journeys share one home, so that the demo's slide is encoded once, and most of them one window. Each can be run
alone.
"""

from __future__ import annotations

import json
import multiprocessing
import shutil
import subprocess

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from survgui import paths, settings
from survgui.cases.case import Modality, State
from survgui.cases.report import RESEARCH_USE
from survgui.engine.simulation import demo_case, slides
from survgui.readers.slide import open_slide
from survgui.ui import background, style
from survgui.ui.case.page import TABS
from survgui.ui.jobs import State as JobState
from survgui.ui.palette import Palette
from survgui.ui.shortcuts import ShortcutSheet
from survgui.ui.widgets import files
from survgui.workspace import Workspace
from tests.ui.conftest import nothing_is_left
from tests.ui.desk import ALT, CTRL, SHIFT, Desk

M, S, Key = Modality, State, Qt.Key
ID = "DEMO-01"


@pytest.fixture(scope="module")
def own_home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def home(own_home, monkeypatch):
    """One home for all journeys."""
    monkeypatch.setenv("SURVGUI_HOME", str(own_home))
    return own_home


@pytest.fixture(autouse=True)
def nothing_left(request):
    """What comes with a journey goes with it; the window that several share is looked at when it is closed."""
    if "desk" in request.fixturenames:
        yield
    else:
        with nothing_is_left():
            yield


@pytest.fixture(scope="module")
def shared(qapp, own_home, request):
    """The window of journeys that leave it as it was."""
    with nothing_is_left(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("SURVGUI_HOME", str(own_home))
        made = Desk(QtBot(request))
        yield made
        made.close()
        del made


@pytest.fixture
def desk(shared, qtbot):
    shared.hand_to(qtbot)
    return shared


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    """One patient's files, as they lie in somebody's folder."""
    return demo_case(tmp_path_factory.mktemp("patient"))


@pytest.fixture(scope="module")
def large(patient, tmp_path_factory):
    """The same patient with a slide of nine times the tissue."""
    with open_slide(patient / "slide.svs") as slide:
        wide, high = slide.levels[0]
        pixels = np.asarray(slide.read(0, 0, 0, wide, high))[..., :3]
    folder = tmp_path_factory.mktemp("large")
    slides.write_slide(folder / "large.svs", np.ascontiguousarray(np.tile(pixels, (3, 3, 1))))
    shutil.copy(patient / "clinical.csv", folder)
    shutil.copy(patient / "rna.csv", folder)
    return folder


def states(desk):
    return {modality: chip.state for modality, chip in desk.window.header.chips.items()}


def take(desk, *given):
    """Drop files, accept what they are taken for, and have the case open."""
    desk.drop(*given)
    desk.wait(lambda: desk.window.wiring.sheet is not None)
    before = desk.session.case_now
    desk.click(desk.window.wiring.sheet.create_button)
    desk.wait(lambda: desk.session.case_now is not before and desk.session.case_now is not None)
    desk.use("demo-simulated")


def test_from_the_demo_to_the_saved_report(open_desk, monkeypatch, tmp_path):
    desk = open_desk()
    window, page = desk.window, desk.page
    desk.click(window.welcome.demo)
    desk.wait(lambda: desk.predicted is not None)
    assert window.header.name.text() == ID and page.isVisible()
    assert set(states(desk).values()) == {S.MEASURED} and len(states(desk)) == 4
    assert "everything measured" in words(page.risk.estimate)

    measured = desk.predicted
    desk.press(Key.Key_F5)
    desk.wait(lambda: desk.predicted is not None and desk.predicted is not measured)
    assert desk.predicted.prediction.risk == measured.prediction.risk

    for key, _ in TABS:
        desk.click(page.tabs.button(key))
        assert page.tab == key
    desk.click(page.tabs.button("omics"))
    desk.wait(lambda: page.omics.table.isVisible() and page.omics.table.model().rowCount() > 100)
    desk.click(page.tabs.button("mri"))
    desk.wait(lambda: page.mri.scene.volume is not None)

    desk.click(window.header.chips[M.RNA])
    desk.choose("Predict as if it were missing")
    desk.wait(lambda: desk.predicted is not None and states(desk)[M.RNA] is S.IMPUTED)
    p = desk.predicted.prediction
    assert len(p.draws) == window.settings.draws and p.risk != measured.prediction.risk
    assert f"fan: {len(p.draws)} × Gaussian" in words(page.risk.estimate)
    assert "imputed" in page.risk.contributions.figure.accessibleDescription()
    assert "\nrna," in page.risk.information.figure.rendering("csv")().decode("utf-8")

    desk.press(Key.Key_R, CTRL)
    report = window.report
    assert report.isVisible()
    desk.wait(lambda: report.preview.ready and len(report.preview.pages) > 1)
    for kind in ("html", "json"):
        desk.click(report.formats[kind], QPoint(8, report.formats[kind].height() // 2))
    monkeypatch.setattr(files, "ask_folder", lambda parent, title, slot: slot(tmp_path))
    desk.click(report.save_button)
    desk.wait(lambda: len(list(tmp_path.iterdir())) == 3 and report.save_button.isEnabled())
    desk.click(report.close_button)
    pdf, page_, data = (next(tmp_path.glob(f"*.{kind}")) for kind in ("pdf", "html", "json"))
    assert ID not in page_.read_text("utf-8") and ID not in data.read_text("utf-8") and ID not in pdf.name
    assert RESEARCH_USE in page_.read_text("utf-8")
    assert json.loads(data.read_text("utf-8"))
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, check=True).stdout.decode("utf-8")
        assert RESEARCH_USE in " ".join(text.split()) and ID not in text


def words(widget: QWidget) -> str:
    """Everything that is written on a widget, also in shortened lines."""
    labels = [w for w in widget.findChildren(QWidget) if hasattr(w, "text") and callable(w.text)]
    return " | ".join(str(w.text()) for w in labels)


def test_own_files_without_rna_have_it_imputed(desk, patient):
    desk.drop(patient / "slide.svs", patient / "clinical.csv", *sorted((patient / "mri").iterdir()))
    desk.wait(lambda: desk.window.wiring.sheet is not None)
    sheet = desk.window.wiring.sheet
    taken = {f.path.name: c.words for f, c in zip(sheet.entries.findings, sheet.entries.chosen, strict=True)}
    assert taken == {
        "slide.svs": "Slide",
        "clinical.csv": "Clinical",
        "flair.nii.gz": "MRI FLAIR",
        "seg.nii.gz": "MRI segmentation",
        "t1.nii.gz": "MRI T1",
        "t1c.nii.gz": "MRI T1c",
        "t2.nii.gz": "MRI T2",
    }
    assert sheet.patient.text() == ID
    row = [f.path.name for f in sheet.entries.findings].index("t2.nii.gz")
    for words_ in ("Not used", "MRI T2"):
        desk.click(sheet.list.viewport(), sheet.list.pill(row).center())
        desk.choose(words_)
        assert sheet.entries.chosen[row].words == words_
    desk.click(sheet.create_button)
    desk.wait(lambda: desk.window.wiring.sheet is None and desk.page.isVisible())
    desk.use("demo-simulated")
    assert states(desk) == {M.CLINICAL: S.MEASURED, M.PATHOLOGY: S.MEASURED, M.RNA: S.ABSENT, M.MRI: S.MEASURED}
    desk.click(desk.window.header.predict_button)
    desk.wait(lambda: desk.predicted is not None)
    assert states(desk)[M.RNA] is S.IMPUTED
    assert {m for m, state in states(desk).items() if state is S.MEASURED} == {M.CLINICAL, M.PATHOLOGY, M.MRI}
    drawn_otherwise(desk)


def drawn_otherwise(desk):
    """Another generator draws what is missing; then all of them are laid beside each other; then the first again."""
    panel, pane = desk.page.risk, desk.page.compare
    own = panel.drawing.drawing.generator
    desk.click(panel.drawing)
    desk.choose("Mean only: no spread")
    desk.wait(lambda: desk.predicted is not None and desk.predicted.prediction.generator == "mean")
    assert panel.estimate.spread.text() == "imputed by the mean: no spread"
    assert panel.information.note.text().startswith("Nothing to judge by")
    assert "Mean only: no spread" in desk.window.footer.last.text()
    desk.window.show_tab("compare")
    desk.click(pane.all)
    desk.wait(pane.trials.isVisible)
    assert pane.trials.table.model().rowCount() == len(desk.session.bundle_now.manifest.generators)
    desk.click(panel.drawing)
    published = next(a.text() for a in panel.drawing.choices.actions() if a.text().endswith("as published"))
    desk.choose(published)
    desk.wait(lambda: desk.predicted is not None and desk.predicted.prediction.generator == own)
    desk.window.show_tab("slide")


def test_encoding_is_cancelled_within_a_second_and_the_window_goes_on(desk, large):
    take(desk, *large.iterdir())
    desk.click(desk.window.header.predict_button)
    job = desk.last("predictions.predict")
    desk.wait(lambda: job.step is not None and job.step.total > 100 and job.step.done > 0)
    desk.click(desk.button("Cancel this job", desk.window.strip))
    assert job.state is JobState.CANCELLING
    desk.wait(lambda: job.state is JobState.CANCELLED, 1.5)
    assert desk.window.header.predict_button.text().startswith("Predict")
    desk.click(desk.page.tabs.button("omics"))
    assert desk.page.omics.isVisible()
    desk.click(desk.window.header.chips[M.PATHOLOGY])
    desk.choose("Predict as if it were missing")
    desk.wait(lambda: desk.predicted is not None)
    assert states(desk)[M.PATHOLOGY] is S.IMPUTED


def test_a_worker_that_is_killed_costs_its_job_only(desk, large):
    take(desk, *large.iterdir())
    desk.click(desk.window.header.predict_button)
    job = desk.last("predictions.predict")
    desk.wait(lambda: job.step is not None and job.step.total > 100)
    desk.window.lanes.kill_worker("compute")
    desk.wait(lambda: job.state.over)
    assert job.state is JobState.FAILED and "worker process ended" in job.trouble.text
    assert job.trouble.text in words(desk.page.risk)
    desk.wait(lambda: desk.window.footer.log.text() != "Log")
    desk.click(desk.window.header.chips[M.PATHOLOGY])
    desk.choose("Predict as if it were missing")
    desk.wait(lambda: desk.predicted is not None)
    desk.click(desk.window.footer.log)
    desk.wait(lambda: "worker process ended" in desk.window.log.text())
    desk.click(desk.window.footer.log)


def test_closing_while_something_runs_asks_and_leaves_nothing(open_desk, large):
    others = set(multiprocessing.active_children())
    desk = open_desk()
    take(desk, *large.iterdir())
    desk.click(desk.window.header.predict_button)
    job = desk.last("predictions.predict")
    desk.wait(lambda: job.step is not None)
    desk.press(Key.Key_Q, CTRL)
    assert desk.window.question.isVisible() and desk.window.isVisible()
    desk.click(desk.window.question.button("cancel"))
    assert not job.state.over and desk.window.isVisible()
    assert len(set(multiprocessing.active_children()) - others) == 2
    desk.press(Key.Key_Q, CTRL)
    desk.click(desk.window.question.button("quit"))
    assert not desk.window.isVisible() and job.state is JobState.CANCELLED
    assert set(multiprocessing.active_children()) == others


def test_a_broken_slide_is_said_and_the_rest_becomes_a_case(desk, patient, tmp_path):
    broken = tmp_path / "broken.svs"
    broken.write_bytes((patient / "slide.svs").read_bytes()[:3000])
    desk.drop(broken, patient / "clinical.csv", patient / "rna.csv")
    desk.wait(lambda: desk.window.wiring.sheet is not None)
    sheet = desk.window.wiring.sheet
    remarks = {f.path.name: sheet.entries.remark(row) for row, f in enumerate(sheet.entries.findings)}
    assert remarks["broken.svs"].level == "error" and len(remarks["broken.svs"].text.split()) > 3
    assert remarks["clinical.csv"].level == remarks["rna.csv"].level == "info"
    before = desk.session.case_now
    desk.click(sheet.create_button)
    desk.wait(lambda: desk.session.case_now is not before and desk.window.wiring.sheet is None)
    desk.use("demo-simulated")
    assert states(desk)[M.CLINICAL] is states(desk)[M.RNA] is S.MEASURED
    desk.click(desk.window.header.predict_button)
    desk.wait(lambda: desk.predicted is not None)
    assert states(desk)[M.PATHOLOGY] is S.IMPUTED


def add(patient, *names):
    """Cases of RNA alone, by other names, in the workspace."""
    text = f'id = "{{}}"\n[modality.rna]\ntable = "{patient / "rna.csv"}"\ncase = "case_id"\n'
    with Workspace.default() as workspace:
        return [workspace.add(name, "", text.format(name), {M.RNA: ""}).key for name in names]


def shown(desk):
    """The ids in the list of cases, from the top."""
    table, listing = desk.window.cases.table, desk.window.cases.listing
    return [listing.records[table.model_.source(row)].id for row in range(table.model_.rowCount())]


def test_cases_are_found_sorted_deleted_and_settings_stay(open_desk, patient, qapp, home):
    mode = style.current().mode
    add(patient, "alpha", "beta", "gamma")
    desk = open_desk()
    cases = desk.window.cases
    desk.press(Key.Key_1, CTRL)
    desk.wait(lambda: {"alpha", "beta", "gamma"} <= set(shown(desk)))
    header = cases.table.horizontalHeader()
    for upwards in (True, False):
        desk.click(header.viewport(), QPoint(header.sectionViewportPosition(0) + 20, header.height() // 2))
        now = [name for name in shown(desk) if name in ("alpha", "beta", "gamma")]
        assert now == sorted(now, reverse=not upwards)
    desk.press(Key.Key_F, CTRL, on=cases)
    desk._bot.keyClicks(cases.filters.search, "beta")
    desk.wait(lambda: shown(desk) == ["beta"])
    desk.row(cases.table, 0)
    desk.click(cases.delete)
    desk.click(cases.question.button("cancel"))
    assert shown(desk) == ["beta"]
    desk.click(cases.delete)
    desk.click(cases.question.button("delete"))
    desk.wait(lambda: shown(desk) == [])
    desk.click(desk.button("Clear filters", cases))
    assert "beta" not in shown(desk) and "alpha" in shown(desk)

    desk.click(desk.window.rail.menu_button)
    desk.choose("View", "Dark")
    assert style.current().mode == "dark" and qapp.palette().window().color().lightness() < 100
    desk.click(desk.window.footer.checks)
    desk.window.resize(1120, 760)
    size = desk.window.size()
    assert desk.window.close()
    background.shared().close()

    again = open_desk()
    assert again.window.settings.theme == "dark" and style.current().mode == "dark"
    assert again.window.size() == size and again.window.frame.docks["checks"].isVisible()
    again.press(Key.Key_1, CTRL)
    again.wait(lambda: "alpha" in shown(again))
    assert "beta" not in shown(again)
    again.window.reset_layout()
    again.click(again.window.rail.menu_button)
    again.choose("View", "Light")
    assert style.current().mode == "light"
    background.shared().close()
    settings.save(settings.Settings())
    style.apply(qapp, mode)


def test_a_training_on_the_demo_cohort_is_stopped_and_can_go_on(desk):
    window = desk.window
    desk.click(window.rail.buttons["cohort"])
    desk.click(window.cohort.demo)
    desk.wait(lambda: window.cohort.facts is not None)
    desk.click(window.cohort.train)
    page = window.train
    assert page.isVisible()
    page.form.preset.setFocus()
    desk.press(Key.Key_D, on=page.form.preset)
    assert page.form.preset.currentText().startswith("demo")
    desk.click(page.start)
    job = desk.last("training.train")
    desk.wait(lambda: job.step is not None and bool(job.step.values))
    assert page.running and page.stop.isVisible()
    desk.click(page.stop)
    desk.wait(lambda: not page.running)
    assert job.state is JobState.CANCELLED
    assert page.start.text() == "Resume" and page.start.isEnabled()
    desk.click(page.start)
    again = desk.last("training.train")
    assert again is not job and again.request.arguments["resume"] is True
    desk.wait(lambda: again.step is not None and bool(again.step.values))
    desk.click(page.stop)
    desk.wait(lambda: not page.running)


def test_models_are_listed_and_verified(desk):
    window = desk.window
    desk.click(window.rail.buttons["models"])
    desk.wait(lambda: len(window.models.list.cards) > 0)
    card = next(card for card in window.models.list.cards if card.facts.name == "demo-simulated")
    desk.click(card)
    before = window.header.models.currentData()
    assert not card.facts.sha256
    desk.click(window.models.detail.verify)
    desk.wait(lambda: any(len(card.facts.sha256) == 64 for card in window.models.list.cards))
    assert not any(card.facts.error for card in window.models.list.cards)
    assert window.header.models.currentData() == before, "verifying changes nothing else"


def focused(desk, most=200):
    """Every widget that Tab reaches, in its order."""
    desk.window.setFocus()
    reached = []
    for _ in range(most):
        desk.press(Key.Key_Tab)
        now = desk.window.focusWidget()
        if now in reached:
            return reached
        reached.append(now)
    return reached


def test_the_case_is_worked_with_the_keyboard_alone(desk):
    desk.demo()
    window, header, page = desk.window, desk.window.header, desk.page
    reached = focused(desk)
    wanted = [*header.chips.values(), header.models, header.predict_button, header.report_button]
    wanted += [page.tabs.button(page.tab), window.rail.buttons["case"], window.rail.menu_button]
    missing = [widget.accessibleName() for widget in wanted if widget not in reached]
    assert not missing
    places = [reached.index(widget) for widget in wanted[:4]]
    assert places == sorted(places)

    desk.click(page.tabs.button("slide"))
    page.tabs.button("slide").setFocus(Qt.FocusReason.TabFocusReason)
    for key, _ in TABS[1:]:
        desk.press(Key.Key_Right)
        assert page.tab == key
    chip = header.chips[M.MRI]
    chip.setFocus(Qt.FocusReason.TabFocusReason)
    desk.press(Key.Key_Space, on=chip)
    menu = QApplication.activePopupWidget()
    desk.press(Key.Key_Down, on=menu)
    desk.press(Key.Key_Return, on=menu)
    assert page.tab == "mri"

    for place, key in enumerate(("cases", "case", "cohort", "train", "models")):
        desk.press(Qt.Key(Key.Key_1 + place), CTRL)
        assert window.pages[key].isVisible()
    desk.press(Key.Key_P, CTRL | SHIFT)
    (palette,) = (w for w in QApplication.topLevelWidgets() if isinstance(w, Palette) and w.isVisible())
    desk._bot.keyClicks(palette.field, "omics")
    desk.press(Key.Key_Return, on=palette.field)
    assert page.isVisible() and page.tab == "omics"
    desk.press(Key.Key_3, ALT)
    desk.press(Key.Key_F1)
    (sheet,) = (w for w in QApplication.topLevelWidgets() if isinstance(w, ShortcutSheet) and w.isVisible())
    desk.press(Key.Key_Escape, on=sheet)
    desk.wait(lambda: not any(isinstance(w, ShortcutSheet) and w.isVisible() for w in QApplication.topLevelWidgets()))


def name_of(widget: QWidget) -> str:
    """What a screen reader says of it."""
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name).strip()


def nameless(within: QWidget) -> list[str]:
    """Widgets that Tab reaches and a screen reader has no name for."""
    found = [w for w in within.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible()]
    own = [w for w in found if not isinstance(w.parentWidget(), QAbstractSpinBox | QComboBox | QLineEdit)]
    return [f"{type(w).__name__} in {type(w.parentWidget()).__name__}" for w in own if not name_of(w)]


def test_everything_that_can_be_reached_has_a_name(desk):
    desk.demo()
    window, without = desk.window, {}
    for key, _ in TABS:
        desk.click(desk.page.tabs.button(key))
        without[f"case, {key}"] = nameless(window)
    for key in window.pages:
        window.go(key)
        without[key] = nameless(window)
    for name in window.frame.docks:
        window.frame.show_dock(name)
    without["docks"] = nameless(window)
    window.reset_layout()
    for name in ("show_preferences", "show_report", "show_palette", "show_shortcuts", "show_about"):
        getattr(window, name)()
        (dialog,) = (w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible())
        without[name] = nameless(dialog)
        dialog.reject()
    assert "\n".join(f"{where}: {found}" for where, found in without.items() if found) == ""


def test_a_patients_id_is_kept_on_the_screen_and_with_the_case(open_desk, patient, tmp_path, home):
    name = "ZEBRA-4711"
    folder = tmp_path / name
    shutil.copytree(patient, folder)
    for table in ("clinical.csv", "rna.csv"):
        text = (folder / table).read_text("utf-8")
        (folder / table).write_text(text.replace(ID, name), "utf-8")
    (folder / "slide.svs").rename(folder / f"{name}_slide.svs")
    (folder / "case.toml").unlink()
    desk = open_desk()
    take(desk, folder / "clinical.csv", folder / "rna.csv", folder / f"{name}_slide.svs")
    assert desk.window.header.name.text() == name
    (folder / f"{name}_slide.svs").write_bytes(b"no longer a slide")
    desk.click(desk.window.header.predict_button)
    job = desk.last("predictions.predict")
    desk.wait(lambda: job.state.over)
    for table in ("rna.csv", "clinical.csv"):
        (folder / table).unlink()
    desk.press(Key.Key_F5)
    again = desk.last("predictions.predict")
    desk.wait(lambda: again.state.over)
    assert again is not job and again.state is JobState.FAILED
    desk.wait(lambda: desk.window.footer.log.text() == "Log 1")
    titles = [w.windowTitle() for w in QApplication.topLevelWidgets()] + [
        job.request.title for job in desk.window.lanes.jobs
    ]
    assert not [title for title in titles if name in title]
    desk.window.change_settings(draws=21)
    desk.close()
    background.shared().close()
    named = [path for path in home.rglob("*") if name.lower() in str(path.relative_to(home)).lower()]
    assert named == []
    kept = [p for where in (paths.user_config(), paths.user_log()) for p in where.rglob("*") if p.is_file()]
    assert {p.suffix for p in kept} >= {".json", ".ini", ".log"}
    assert [p.name for p in kept if name.lower().encode() in p.read_bytes().lower()] == []
