from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from survgui.cases.cohort import Note
from survgui.ui.cohort.page import EMPTY, CohortPage, headline
from survgui.ui.widgets.banner import Banner
from survgui.ui.widgets.labels import Label
from tests.ui.cohort.facts import facts

THIN = "\u202f"


@pytest.fixture
def page(qtbot):
    made = CohortPage()
    qtbot.addWidget(made)
    made.resize(1330, 790)
    made.show()
    return made


def said(page):
    return [label.text() for label in page.findChildren(Label) if label.isVisible()]


def test_headline_has_patients_deaths_follow_up_and_folds():
    assert headline(facts()) == (
        f"Small cohort · 6 patients · 2 deaths (1 = death) · 1 outcome not known · "
        f"median follow-up 24{THIN}months (reverse Kaplan-Meier) · 5 folds fixed"
    )
    assert "no folds fixed" in headline(facts(folds=0))
    assert "follow-up" not in headline(facts(median_follow_up=None))


def test_without_a_cohort_there_is_one_sentence_with_its_actions(page, qtbot):
    assert EMPTY in said(page)
    with qtbot.waitSignal(page.import_requested):
        qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.open_requested) as asked:
        qtbot.mouseClick(page.existing, Qt.MouseButton.LeftButton)
    assert asked.args == [None]
    with qtbot.waitSignal(page.demo_requested):
        qtbot.mouseClick(page.demo, Qt.MouseButton.LeftButton)
    assert not page.train.isVisible()


def test_a_cohort_is_shown_and_can_be_trained_on(page, qtbot):
    page.set_cohort(facts())
    assert headline(facts()) in said(page)
    with qtbot.waitSignal(page.train_requested) as asked:
        qtbot.mouseClick(page.train, Qt.MouseButton.LeftButton)
    assert asked.args == [Path("cohorts/small.toml")]


def test_errors_forbid_training_and_are_listed(page, qtbot):
    page.set_cohort(facts(notes=(Note("error", "OUT-02", "nobody died; correct the column"),)))
    assert not page.train.isEnabled()
    qtbot.waitUntil(lambda: "nobody died; correct the column" in said(page))


def test_figures_can_be_exported_with_their_numbers(page):
    page.set_cohort(facts())
    table = page._curve.rendering("csv")().decode().splitlines()
    assert table[1] == "curve,months,survival,low,high"
    assert "all,3.0,0.8,0.48,0.96" in table
    assert "having exactly,clinical+rna,4" in page._availability.rendering("csv")().decode()
    assert page._curve.rendering("svg")().startswith(b"<")


def test_a_cohort_without_outcome_has_no_curve(page):
    page.set_cohort(facts(curve=None))
    with pytest.raises(ValueError, match="no figure"):
        page._curve.rendering("png")()


def test_while_another_is_read_nothing_can_be_opened_and_the_old_one_stays(page):
    page.set_cohort(facts())
    page.set_busy("Reading glioma.toml")
    assert "Reading glioma.toml" in said(page)
    assert not page.open.isEnabled()
    page.set_busy(None)
    assert headline(facts()) in said(page)
    assert page.open.isEnabled()


def test_a_failure_is_a_banner_over_what_was_shown(page, qtbot):
    page.set_cohort(facts())
    page.show_trouble("glioma.toml: column time is missing; correct it [COH-03]")
    page.show_trouble("glioma.toml: still missing")
    (banner,) = [b for b in page.findChildren(Banner) if not b.isHidden()]
    qtbot.waitUntil(banner.isVisible)
    assert banner.text.text() == "glioma.toml: still missing"
    assert page.train.isVisible()
    page.set_cohort(facts())
    qtbot.waitUntil(lambda: not [b for b in page.findChildren(Banner) if b.isVisible()])


def test_mask_risk_is_asked_for_and_shown(page, qtbot):
    page.set_cohort(facts())
    with qtbot.waitSignal(page.mask_risk_requested):
        page.risk.button.click()
    page.set_mask_risk(0.67)
    assert any("0.67" in text and "carries risk" in text for text in said(page))
    page.set_cohort(facts(mask_c_index=0.52))
    assert any("0.52" in text for text in said(page))


def test_recent_cohorts_open_by_a_menu(page, qtbot):
    page.set_recent([])
    assert not page.recent.isVisible()
    page.set_recent([Path("a/one.toml"), Path("b/two.toml")])
    actions = page.recent.menu().actions()
    assert [a.text() for a in actions] == ["a/one.toml", "b/two.toml"]
    with qtbot.waitSignal(page.open_requested) as asked:
        actions[1].trigger()
    assert asked.args == [Path("b/two.toml")]


def test_ctrl_f_goes_to_the_filter(page, qtbot):
    page.set_cohort(facts())
    page.activateWindow()
    page.patients.table.setFocus()
    qtbot.keyClick(page.patients.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(page.patients.filter.hasFocus)


def test_the_survival_of_everybody_can_be_explored(page):
    page.set_cohort(facts())
    plot = page._curve.explorer.plots()
    assert plot.subject == "Small cohort"
    assert plot.spoken(12.0) == f"12 months; all 80.0{THIN}%, 95{THIN}% interval 48.0–96.0{THIN}%, 3 at risk"
    page.set_cohort(facts(curve=None))
    assert page._curve.explorer.plots is None


def test_the_last_evaluation_is_asked_for_when_it_is_first_looked_at(page, qtbot):
    assert not page.tabs.isVisible()
    page.set_cohort(facts())
    with qtbot.waitSignal(page.evaluation_requested) as asked:
        qtbot.mouseClick(page.tabs.button("evaluation"), Qt.MouseButton.LeftButton)
    assert asked.args == [None] and page.evaluation.isVisible() and not page.patients.isVisible()
    with qtbot.assertNotEmitted(page.evaluation_requested):
        qtbot.mouseClick(page.tabs.button("patients"), Qt.MouseButton.LeftButton)
        qtbot.mouseClick(page.tabs.button("evaluation"), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.evaluation_requested):
        page.set_cohort(facts(name="Another"))  # its evaluation is looked at, as that of the one before was


def test_a_file_that_is_no_evaluation_is_told_and_the_cohort_stays(page):
    page.set_cohort(facts())
    page.show_problem("results.json: it holds no evaluation")
    (banner,) = page.findChildren(Banner)
    assert banner.text.text() == "results.json: it holds no evaluation" and page.facts is not None
