from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from survgui.ui.models.listing import BundleList, figure_words, hash_word, megabytes
from tests.ui.models.bundles import broken, shipped


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (shipped(), "not checked yet"),
        (shipped(sha256="ab" * 32), "files checked"),
        (shipped(error="weights.safetensors is damaged"), "damaged"),
        (broken(), "cannot be read"),
    ],
    ids=["listed", "verified", "damaged", "unreadable"],
)
def test_whether_its_files_are_whole(facts, said):
    assert hash_word(facts)[0] == said


def test_figures_are_those_on_what_patients_have():
    manifest = shipped().manifest
    row = next(r for r in manifest.metrics if r["method"] == "must" and list(r["pattern"]) == ["natural"])
    assert figure_words(shipped()) == f"C-index {row['c_index']:.3f} ± {row['c_index_sd']:.3f}"
    assert figure_words(shipped(manifest=replace(manifest, metrics=()))) == "no figures"
    assert figure_words(broken()) == ""


def test_sizes():
    assert megabytes(3_300_000) == "3.3\u202fMB"
    assert megabytes(0) == ""


@pytest.fixture
def listed(qtbot):
    made = BundleList()
    qtbot.addWidget(made)
    made.resize(330, 600)
    bundles = (shipped(), shipped("demo-simulated"), broken())
    made.set_bundles(bundles, "tcga-glioma", bundles[0].folder)
    made.show()
    return made


def test_a_click_chooses_a_bundle(listed, qtbot):
    with qtbot.waitSignal(listed.chosen) as chosen:
        qtbot.mouseClick(listed.cards[1], Qt.MouseButton.LeftButton)
    assert chosen.args == [shipped("demo-simulated").folder]
    assert [card.isChecked() for card in listed.cards] == [False, True, False]


def test_arrow_keys_go_through_the_bundles(listed, qtbot):
    listed.cards[0].setFocus()
    qtbot.keyClick(listed.cards[0], Qt.Key.Key_Down)
    assert listed.cards[1].isChecked()
    qtbot.keyClick(listed.cards[1], Qt.Key.Key_Down)
    qtbot.keyClick(listed.cards[2], Qt.Key.Key_Down)  # the last: stays
    assert listed.cards[2].isChecked()
    qtbot.keyClick(listed.cards[2], Qt.Key.Key_Up)
    assert listed.cards[1].isChecked()


def test_cards_are_read_aloud_and_painted(listed):
    assert listed.cards[0].accessibleName().endswith("not checked yet, used by default")
    images = [card.grab().toImage() for card in listed.cards]
    assert len({image.pixelColor(image.width() - 20, 8).name() for image in images}) == 2  # the chosen one is tinted
    assert listed.cards[2].height() < listed.cards[1].height()
