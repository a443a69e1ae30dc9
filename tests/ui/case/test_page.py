"""The case's page: tabs at the left, the estimate at the right."""

import pytest
from PySide6.QtCore import Qt

from survgui.ui.case.page import TABS, CasePage
from survgui.ui.case.risk import NARROWEST
from tests.ui import samples


@pytest.fixture
def page(qtbot):
    made = CasePage()
    qtbot.addWidget(made)
    made.resize(1300, 780)
    made.show()
    yield made
    made.slide.close_slides()


def pane_of(page, key):
    panes = (page.slide, page.mri, page.omics, page.components, page.compare)
    return dict(zip((key for key, _ in TABS), panes, strict=True))[key]


@pytest.mark.parametrize(("key", "word"), TABS)
def test_a_click_on_a_tab_brings_its_view(page, qtbot, key, word):
    page.show_tab("mri" if key == "slide" else "slide")
    button = page.tabs.button(key)
    assert button.text() == word
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert page.tab == key
    assert [other for other, _ in TABS if pane_of(page, other).isVisible()] == [key]


def test_an_unknown_tab_changes_nothing(page):
    page.show_tab("omics")
    page.show_tab("nothing")
    assert page.tab == "omics" and page.omics.isVisible()


def test_the_slides_corner_is_seen_with_the_slide_only(page):
    corner = page.slide.corner()
    page.show_tab("slide")
    assert corner.isVisible()
    page.show_tab("components")
    assert not corner.isVisible()


def test_the_estimate_is_beside_every_tab(page):
    page.set_case(samples.case_facts())
    page.set_predicted(samples.predicted())
    for key, _ in TABS:
        page.show_tab(key)
        assert page.risk.estimate.number.isVisible()


def test_every_view_gets_the_case_and_its_estimate(page):
    page.set_case(samples.case_facts())
    page.set_predicted(samples.predicted(samples.FOUR_MEASURED))
    assert page.compare.reason == "" and len(page.compare.measured) == 4
    page.set_predicted(None)
    assert page.compare.measured == () and page.risk.empty.isVisible()


def test_the_layout_goes_back_to_where_it_was(page):
    before = page.risk.width()
    page.split.setSizes([10_000, NARROWEST])
    page.split.setSizes([page.split.width() - 500, 500])
    assert page.risk.width() == pytest.approx(500, abs=12) != before
    page.reset_split()
    assert page.risk.width() == max(NARROWEST, page.risk.sizeHint().width())
