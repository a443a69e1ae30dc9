from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from survgui.ui.models.page import EMPTY, ModelsPage
from survgui.ui.widgets import files
from survgui.ui.widgets.banner import Banner
from survgui.ui.widgets.labels import Label
from tests.ui.models.bundles import broken, shipped

OWN = replace(shipped("demo-simulated"), shipped=False)


@pytest.fixture
def page(qtbot):
    made = ModelsPage()
    qtbot.addWidget(made)
    made.resize(1330, 790)
    made.show()
    return made


@pytest.fixture
def filled(page):
    page.set_default("tcga-glioma")
    page.set_bundles((OWN, shipped(), broken()))
    return page


def said(page):
    return [label.text() for label in page.findChildren(Label) if label.isVisible()]


def test_without_a_model_there_is_one_sentence_and_one_action(page, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(files, "ask_folder", lambda *args: asked.append(args))
    assert EMPTY in said(page)
    qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    assert len(asked) == 1


def test_the_default_is_shown_first(filled):
    assert [card.isChecked() for card in filled.list.cards] == [False, True, False]
    assert [card.default for card in filled.list.cards] == [False, True, False]
    assert "3 models installed · 1 damaged" in said(filled)


def test_another_is_made_the_default(filled, qtbot):
    qtbot.mouseClick(filled.list.cards[0], Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(filled.default_chosen) as chosen:
        qtbot.mouseClick(filled.detail.use, Qt.MouseButton.LeftButton)
    assert chosen.args == ["demo-simulated"]
    filled.set_default("demo-simulated")
    assert filled.list.cards[0].default
    assert filled.list.cards[0].isChecked()  # what is shown stays


def test_verifying_until_the_answer_comes(filled, qtbot):
    facts = shipped()
    with qtbot.waitSignal(filled.verify_requested) as asked:
        qtbot.mouseClick(filled.detail.verify, Qt.MouseButton.LeftButton)
    assert asked.args == [facts.folder]
    filled.set_bundles((OWN, facts, broken()))  # listed again meanwhile
    assert "checking…" in said(filled)
    filled.set_bundles((OWN, replace(facts, sha256="ab" * 32), broken()))  # as the session tells it
    assert "files checked" in said(filled)
    assert filled.detail.verify.isEnabled()


def test_what_failed_is_a_banner_and_ends_the_waiting(filled, qtbot):
    filled.detail.verify.click()
    filled.show_trouble("The worker process ended. Run it again.")
    (banner,) = [b for b in filled.findChildren(Banner) if not b.isHidden()]
    assert banner.text.text() == "The worker process ended. Run it again."
    assert filled.detail.verify.isEnabled()


def test_removing_asks_first(filled, qtbot):
    filled.choose("demo-simulated")
    qtbot.mouseClick(filled.detail.remove, Qt.MouseButton.LeftButton)
    assert "Remove demo-simulated?" in said(filled)
    with qtbot.assertNotEmitted(filled.remove_requested):
        qtbot.mouseClick(filled.question.button("cancel"), Qt.MouseButton.LeftButton)
    filled.detail.remove.click()
    with qtbot.assertNotEmitted(filled.remove_requested):
        qtbot.keyClick(filled.question, Qt.Key.Key_Escape)
    filled.detail.remove.click()
    with qtbot.waitSignal(filled.remove_requested) as asked:
        qtbot.mouseClick(filled.question.button("remove"), Qt.MouseButton.LeftButton)
    assert asked.args == [OWN.folder]


def test_a_bundle_that_is_gone_gives_way_to_the_default(filled):
    filled.choose("demo-simulated")
    filled.set_bundles((shipped(), broken()))
    assert [card.isChecked() for card in filled.list.cards] == [True, False]
    filled.set_bundles(())
    assert EMPTY in said(filled)


@pytest.mark.parametrize("way", ["from_folder", "from_archive"])
def test_installing_from_a_folder_or_a_zip(page, qtbot, monkeypatch, way):
    for name in ("ask_folder", "ask_open"):
        monkeypatch.setattr(files, name, lambda *args: args[-1](Path("a/bundle")))
    with qtbot.waitSignal(page.install_requested) as asked:
        getattr(page, way).trigger()
    assert asked.args == [Path("a/bundle")]
