"""The window: what each action does, what is kept of it, and how it closes. The lanes are pretended."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from survgui import paths, settings
from survgui.cases.display import Recognised
from survgui.settings import Settings
from survgui.ui import background, style
from survgui.ui.actions import ACTS, NEEDS, WORKSPACES
from survgui.ui.case.page import TABS
from survgui.ui.palette import Palette
from survgui.ui.safekeeping import Safekeeping
from survgui.ui.shortcuts import ShortcutSheet
from survgui.ui.window import Window
from tests.ui import pretended
from tests.ui.cohort import facts as cohorts
from tests.ui.cohort.wizard import samples as wizard_samples

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def window(qtbot, monkeypatch):
    return pretended.opened_window(qtbot, monkeypatch)


def saved():
    """What is in the settings' file once the background has written it."""
    background.shared().close()
    return json.loads((paths.user_config() / "settings.json").read_text("utf-8"))


def dialog(kind):
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible())


def drop(window, *dropped):
    """Files from the desktop, as the system hands them over."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in dropped])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enters = QDragEnterEvent(QPoint(400, 300), Qt.DropAction.CopyAction, data, left, none)
    QApplication.sendEvent(window, enters)
    assert enters.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(400, 300), Qt.DropAction.CopyAction, data, left, none))


def test_every_action_has_a_slot_and_a_need_that_is_known():
    places = {"": Window, "safekeeping": Safekeeping}
    slots = {act.id: act.slot.rpartition(".") for act in ACTS}
    assert [name for name, (place, _, slot) in slots.items() if not callable(getattr(places[place], slot, None))] == []
    assert [act.id for act in ACTS if act.needs not in NEEDS] == []


def test_it_begins_on_the_welcome_page_with_nothing_running(window):
    assert window.welcome.isVisible() and not window.case_page.isVisible()
    assert window.windowTitle() == "survgui"
    assert window.lanes.jobs == [] and window.footer.state.isVisible()
    assert window.frame.title.title.text() == "survgui"


class Shown(QObject):
    """Remembers every window that comes up, however shortly."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def eventFilter(self, watched, event):
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(type(watched).__name__)
        return False


def test_nothing_flashes_up_while_pages_are_made(window, qapp):
    """A part that is shown before it has its place is a window for a moment, and takes the keyboard away."""
    shown = Shown()
    qapp.installEventFilter(shown)
    for name in ("case_page", "cases", "cohort", "train", "models", "report", "preferences"):
        assert getattr(window, name) is not None
    pretended.with_bundles(window)
    pretended.with_case(window)
    pretended.with_estimate(window, states=pretended.samples.FOUR_MEASURED)
    for key, _ in TABS:
        window.show_tab(key)
    window.session.comparison.emit(pretended.samples.comparison())
    window.session.cohort.emit(cohorts.facts())
    for key in window.pages:
        window.go(key)
    window.toasts.say("error", "It broke.", (("again", "Again"),))
    qapp.removeEventFilter(shown)
    assert shown.seen == []


def around(widget):
    """Every widget of the ring that Tab goes round in."""
    ring, following = [widget], widget.nextInFocusChain()
    while following is not None and following is not widget:
        ring.append(following)
        following = following.nextInFocusChain()
    return ring


def test_tab_goes_round_through_every_page(window):
    """Qt 6.11 cuts a widget out of the ring where it is the focus proxy of one that it was put into before."""
    for name in ("case_page", "cases", "cohort", "train", "models"):
        assert getattr(window, name) is not None
    pretended.with_bundles(window)
    pretended.with_case(window)
    pretended.with_estimate(window, states=pretended.samples.FOUR_MEASURED)
    ring = set(map(id, around(window)))
    lost = [type(w).__name__ for w in window.findChildren(QWidget) if id(w) not in ring and w.window() is window]
    assert lost == []


def test_starting_reads_the_cases_and_the_models(window, qtbot):
    with qtbot.waitSignal(window.session.records):
        window.start()
    assert window.lanes.warmed and window.lanes.names() == ["bundles.listing", "batches.listing"]


def test_starting_with_the_demo_asks_for_it(window, qtbot):
    with qtbot.waitSignal(window.session.records):
        window.start_with_demo()
    assert window.lanes.names() == ["bundles.listing", "batches.listing", "cases.demo"]


@pytest.mark.parametrize("place", range(5))
def test_a_workspace_comes_by_its_button_and_by_its_key(window, qtbot, place):
    key = WORKSPACES[place][0]
    qtbot.mouseClick(window.rail.buttons[key], Qt.MouseButton.LeftButton)
    assert window.pages[key].isVisible()
    window.go("models" if key != "models" else "cases")
    assert not window.pages[key].isVisible()
    qtbot.keyClick(window, Qt.Key(Qt.Key.Key_1 + place), CTRL)
    assert window.pages[key].isVisible() and window.rail.buttons[key].isChecked()


def test_every_workspace_has_one_header(window):
    pretended.with_case(window)
    for key in window.pages:
        window.go(key)
        own = key in ("cohort", "train", "models")
        assert window.frame.headers.isVisible() is not own
        assert window.header.isVisible() is (key == "case")


@pytest.mark.parametrize("place", range(5))
def test_a_tab_comes_by_its_key_where_a_case_is_open(window, qtbot, place):
    key = TABS[place][0]
    window.case_page.show_tab("slide" if key != "slide" else "mri")
    window.go("cases")
    qtbot.keyClick(window, Qt.Key(Qt.Key.Key_1 + place), ALT)
    assert window.cases.isVisible(), "there is no case"
    pretended.with_case(window)
    window.go("cases")
    qtbot.keyClick(window, Qt.Key(Qt.Key.Key_1 + place), ALT)
    assert window.case_page.isVisible() and window.case_page.tab == key


def test_what_cannot_be_done_is_off_and_says_why(window):
    actions = window.commands.actions
    assert not actions["predict"].isEnabled() and not actions["report"].isEnabled()
    pretended.with_bundles(window)
    pretended.with_case(window)
    assert actions["predict"].isEnabled() and actions["close-case"].isEnabled()
    assert not actions["report"].isEnabled() and actions["report"].data() == NEEDS["predicted"]
    pretended.with_estimate(window, preliminary=True)
    assert not actions["report"].isEnabled(), "the draws are still to come"
    pretended.with_estimate(window)
    assert actions["report"].isEnabled()


def test_what_runs_can_be_cancelled_from_the_menu_for_as_long_as_it_runs(window):
    stop = window.commands.actions["stop"]
    pretended.with_bundles(window)
    window.lanes.give("predictions.warm", {})
    pretended.with_case(window)
    assert not stop.isEnabled()
    window.session.predict()
    window.lanes.begin("predictions.predict")
    assert stop.isEnabled()
    stop.trigger()
    window.lanes.last("predictions.predict").take("cancelled", None)
    assert not stop.isEnabled() and not window.lanes.busy


def test_stopping_the_prediction_leaves_a_training_alone(window, qtbot):
    pretended.with_bundles(window)
    pretended.with_case(window)
    training = window.session.lanes.submit(pretended.request("training.train"))
    training.take("begun", None)
    window.session.predict()
    qtbot.mouseClick(window.header.predict_button, Qt.MouseButton.LeftButton)
    assert not training.state.over and training.state.value == "running"
    assert window.lanes.last("predictions.predict").state.value == "cancelled"
    assert window.header.predict_button.text().startswith("Predict")


@pytest.mark.parametrize("way", ["strip", "list", "menu", "escape"])
def test_a_training_is_not_cancelled_without_a_question(window, qtbot, way):
    job = window.lanes.submit(pretended.request("training.train"))
    job.take("begun", None)
    window.show_jobs()
    window.jobs.list.setCurrentIndex(window.jobs.model.index(0))

    def ask():
        if way == "escape":
            escape(window, qtbot)
        elif way == "menu":
            window.commands.actions["stop"].trigger()
        else:
            button = window.jobs.cancel_button if way == "list" else window.strip._cancel
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    for answer in ("cancel", "stop"):
        ask()
        assert window.question.isVisible() and "kept" in window.question.text.text()
        assert job.state.value == "running"
        qtbot.mouseClick(window.question.button(answer), Qt.MouseButton.LeftButton)
    assert job.state.value == "cancelling" and not window.question.isVisible()


def escape(window, qtbot):
    """Twice, where the focus is."""
    for _ in range(2):
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape)


def test_any_other_job_ends_at_once_by_a_button_and_after_a_question_by_a_key(window, qtbot):
    first, second = (window.lanes.submit(pretended.request("predictions.compare")) for _ in range(2))
    for job in (first, second):
        job.take("begun", None)
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    window._escaped.stop()  # too late for the second to belong to the first
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert not window.question.isVisible()
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert window.question.isVisible() and first.state.value == second.state.value == "running"
    qtbot.keyClick(window.question.button("cancel"), Qt.Key.Key_Escape)
    assert not window.question.isVisible() and first.state.value == second.state.value == "running"
    shown = window.strip.job
    qtbot.mouseClick(window.strip._cancel, Qt.MouseButton.LeftButton)
    assert shown.state.value == "cancelling" and not window.question.isVisible()


def test_escape_where_nothing_runs_asks_nothing(window, qtbot):
    escape(window, qtbot)
    assert not window.question.isVisible()


def test_f5_predicts_wherever_one_is(window, qtbot):
    pretended.with_bundles(window)
    pretended.with_case(window)
    window.go("models")
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert window.lanes.names()[-1] == "predictions.predict" and window.case_page.isVisible()
    assert window.header.predict_button.text() == "Stop"


def test_the_report_opens_under_a_pseudonym(window, qtbot):
    pretended.with_bundles(window)
    case = pretended.with_case(window)
    pretended.with_estimate(window)
    qtbot.keyClick(window, Qt.Key.Key_R, CTRL)
    assert window.report.isVisible() and window.lanes.names()[-1] == "predictions.report"
    assert case.id not in window.report.about.text() and window.report.about.text() == "Case 0A1B"
    window.report.reject()


def test_closing_the_case_brings_the_welcome_page(window, qtbot):
    pretended.with_case(window)
    assert window.case_page.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_W, CTRL)
    assert window.welcome.isVisible() and not window.header.isVisible()


def test_a_case_closed_while_it_is_predicted_leaves_the_next_one_ready(window, qtbot):
    pretended.with_bundles(window)
    pretended.with_case(window)
    window.session.predict()
    window.lanes.begin("predictions.predict")
    qtbot.keyClick(window, Qt.Key.Key_W, CTRL)
    pretended.with_case(window, key="ffff0000")
    assert window.header.predict_button.text().startswith("Predict")
    assert not window.case_page.risk.busy.isVisible()


def test_predicting_again_before_the_first_began_still_says_so(window):
    pretended.with_bundles(window)
    pretended.with_case(window)
    window.session.predict()
    window.session.predict()
    assert window.header.predict_button.text() == "Stop"


def test_what_was_predicted_with_another_model_is_not_shown(window):
    pretended.with_bundles(window, "one", "two")
    pretended.with_case(window)
    window.session.predict()
    window.session.use_bundle("two")
    window.lanes.give("predictions.predict", pretended.samples.predicted())
    assert window.session.predicted_now is None and window.case_page.risk.empty.isVisible()
    assert window.header.predict_button.text().startswith("Predict")


# What is chosen for good


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_the_theme_is_switched_and_kept(window, qapp, mode):
    before = style.current().mode
    window.set_theme("light" if mode == "dark" else "dark")
    window.commands.actions[mode].trigger()
    assert style.current().mode == mode and window.commands.actions[mode].isChecked()
    assert qapp.palette().window().color().lightness() < 128 or mode == "light"
    assert saved()["theme"] == mode
    style.apply(qapp, before)


def test_settings_reach_the_views_and_the_session(window):
    window.change_settings(draws=9, mri_convention="neurological")
    assert window.session.settings.draws == 9 == window.settings.draws
    assert saved()["mri_convention"] == "neurological"
    assert settings.load().draws == 9


def test_settings_that_stay_the_same_are_not_written(window):
    window.change_settings(draws=window.settings.draws)
    background.shared().close()
    assert not (paths.user_config() / "settings.json").exists()


def test_size_docks_and_split_are_as_they_were_left(window, qtbot, monkeypatch):
    window.resize(1120, 745)  # a screen is not exceeded, and the pretended one is small
    window.show_files()
    pretended.with_case(window)
    window.case_page.split.setSizes([window.case_page.split.width() - 480, 480])
    wide = window.case_page.risk.width()
    window.close()
    again = pretended.opened_window(qtbot, monkeypatch)
    pretended.with_case(again)
    assert (again.width(), again.height()) == (1120, 745)
    assert again.frame.docks["files"].isVisible()
    assert again.case_page.risk.width() == pytest.approx(wide, abs=2)


def test_damaged_places_are_not_minded(qtbot, monkeypatch):
    (paths.user_config()).mkdir(parents=True, exist_ok=True)
    (paths.user_config() / "window.ini").write_text("[General]\ngeometry=@ByteArray(\\x1\\xd9)\nsplit=7\n", "utf-8")
    window = pretended.opened_window(qtbot, monkeypatch)
    assert (window.width(), window.height()) == (1400, 900)


# Closing


def test_it_closes_at_once_where_nothing_runs(window):
    assert window.close() and window.lanes.closed and not window.question.isVisible()


def test_it_is_out_of_sight_before_the_workers_have_ended(window, monkeypatch):
    seen = []
    monkeypatch.setattr(window.lanes, "close", lambda: seen.append(window.isVisible()))
    window.close()
    assert seen == [False]


def test_it_asks_before_an_import_is_lost_that_was_changed(window, qtbot):
    window.import_cohort()
    page = window.cohort_import
    page.give([Path("study")])
    window.lanes.give("imports.propose", wizard_samples.proposal())
    page.draft.edit_splits("folds", None)
    for job in window.lanes.jobs:
        job.cancel()  # which pretended workers have not begun
    assert not window.close() and window.isVisible() and "writing the cohort" in window.question.title.text()
    qtbot.mouseClick(window.question.button("cancel"), Qt.MouseButton.LeftButton)
    assert page.draft.proposal.splits is None
    window.close()
    qtbot.mouseClick(window.question.button("quit"), Qt.MouseButton.LeftButton)
    assert not window.isVisible()


def test_while_something_runs_it_asks_first(window, qtbot):
    pretended.with_bundles(window)
    pretended.with_case(window)
    window.session.predict()
    assert not window.close() and window.isVisible() and not window.lanes.closed
    qtbot.mouseClick(window.question.button("cancel"), Qt.MouseButton.LeftButton)
    assert window.isVisible() and window.lanes.busy and not window.question.isVisible()
    window.close()
    qtbot.mouseClick(window.question.button("quit"), Qt.MouseButton.LeftButton)
    assert not window.isVisible() and window.lanes.closed


# Dialogs


def test_the_palette_finds_a_command_and_carries_it_out(window, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_P, CTRL | Qt.KeyboardModifier.ShiftModifier)
    palette = dialog(Palette)
    qtbot.keyClicks(palette.field, "models")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.models.isVisible()


def test_f1_shows_every_key(window, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_F1)
    sheet = dialog(ShortcutSheet)
    assert sheet.isVisible()
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)


def test_preferences_show_what_is_chosen(window, qtbot):
    window.change_settings(draws=33)
    window.do("preferences")
    assert window.preferences.isVisible()
    window.preferences.changed.emit(Settings(draws=34))
    assert window.settings.draws == 34
    window.preferences.reject()


def test_the_model_that_is_chosen_in_the_preferences_predicts_from_then_on(window):
    pretended.with_bundles(window, "one", "two")
    pretended.with_case(window)
    window.go("models")
    window.preferences.changed.emit(replace(window.settings, default_bundle="two"))
    assert window.session.bundle_now.name == "two" and window.header.models.currentData() == "two"
    assert [card.facts.name for card in window.models.list.cards if card.default] == ["two"]
    window.session.predict()
    assert window.lanes.last("predictions.predict").request.arguments["bundle"] == Path("two")


def test_without_a_preferred_model_the_one_meant_for_the_case_predicts_again(window):
    one, two = (pretended.bundle_facts(name, name) for name in ("one", "two"))
    real = replace(two.manifest, development=replace(two.manifest.development, simulated=False))
    window.session.refresh_bundles()
    window.lanes.give("bundles.listing", (one, replace(two, manifest=real)))
    window.change_settings(default_bundle="one")
    pretended.with_case(window)
    assert window.session.bundle_now.name == "one"
    window.preferences.changed.emit(replace(window.settings, default_bundle=""))
    assert window.session.bundle_now.name == "two"


def test_a_letter_in_a_field_is_a_letter(window, qtbot):
    """`I` hides and imputes, but not where somebody writes."""
    pretended.with_bundles(window)
    pretended.with_case(window)
    pretended.with_estimate(window)
    window.go("cases")
    field = window.cases.findChild(QLineEdit)
    field.setFocus()
    qtbot.keyClicks(field, "mi?")
    assert window.cases.isVisible()
    window.go("case")
    window.case_page.setFocus()
    qtbot.keyClick(window.case_page, Qt.Key.Key_I)
    assert window.case_page.tab == "compare"


def test_hiding_and_imputing_has_no_key_outside_the_case(window, qtbot):
    pretended.with_bundles(window)
    pretended.with_case(window)
    pretended.with_estimate(window)
    for key in ("models", "cohort", "train", "cases"):
        window.go(key)
        window.setFocus()
        qtbot.keyClick(window, Qt.Key.Key_I)
        assert window.pages[key].isVisible() and "predictions.compare" not in window.lanes.names()


def test_a_case_that_opens_has_its_keys_at_once(window, qtbot):
    pretended.with_bundles(window)
    pretended.with_case(window)
    pretended.with_estimate(window)
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_I)
    assert window.case_page.tab == "compare"


# What is dropped


def test_files_become_a_question_to_the_files_worker(window):
    drop(window, Path("/somewhere/a.svs"), Path("/somewhere/b.csv"))
    asked = window.lanes.last("dropped.recognise").request
    assert asked.arguments["paths"] == (Path("/somewhere/a.svs"), Path("/somewhere/b.csv"))


def test_a_cohort_file_alone_is_opened_as_one(window):
    drop(window, Path("/somewhere/cohort.toml"))
    assert window.lanes.names() == ["dropped.recognise"], "a worker reads it, and nobody judges by its name"
    window.lanes.give("dropped.recognise", Recognised("", (), kind="cohort", path=Path("/somewhere/cohort.toml")))
    assert window.lanes.last("cohorts.open").request.arguments["path"] == Path("/somewhere/cohort.toml")
    assert window.cohort.isVisible()


def test_a_model_alone_is_installed(window):
    for dropped in (Path("/somewhere/model.zip"), Path("/somewhere/model")):
        drop(window, dropped)
        window.lanes.give("dropped.recognise", Recognised("", (), kind="bundle", path=dropped))
        assert window.lanes.last("bundles.install").request.arguments["path"] == dropped
        assert window.models.isVisible()
        window.go("case")


def test_nothing_that_is_given_is_looked_at_here(window, monkeypatch):
    """A folder on a drive that is asleep would hold up the window."""

    def asleep(*args, **kwargs):
        raise AssertionError("the window's thread must not ask for a given file")

    with monkeypatch.context() as patched:
        for name in ("stat", "lstat", "listdir", "scandir"):
            patched.setattr(f"os.{name}", asleep)
        drop(window, Path("/somewhere/a"))
    assert window.lanes.last("dropped.recognise").request.arguments["paths"] == (Path("/somewhere/a"),)


def test_a_link_from_a_browser_is_no_file(window):
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/a.svs")])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, left, none))
    assert window.lanes.jobs == []
