from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication

from survgui.cases.case import Modality
from survgui.cases.display import CaseFacts, SequenceFacts, SlideFacts
from survgui.ui.docks.files import FilesPanel, items, properties

SLIDE = SlideFacts(
    Path("/data/one.svs"), 0.25, False, 40.0, ((40_000, 20_000), (10_000, 5_000)), (1.0, 4.0), ("ICC profile",)
)
NO_SIZE = SlideFacts(Path("/data/two.svs"), None, levels=((2_000, 1_000),), downsamples=(1.0,))
BROKEN = SlideFacts(Path("/data/three.svs"), error="The file ends early.")
FLAIR = SequenceFacts("flair", Path("/data/flair.nii.gz"))
T1 = SequenceFacts("t1", Path("/data/t1.nii.gz"), "Not a volume.")
CASE = CaseFacts(
    "7f3a",
    Path("/case.toml"),
    "C-0039",
    "glioma",
    {Modality.PATHOLOGY: "3 slides", Modality.MRI: "2 sequences", Modality.RNA: "5 000 features"},
    (SLIDE, NO_SIZE, BROKEN),
    (FLAIR, T1),
)


@pytest.fixture
def panel(qtbot):
    made = FilesPanel()
    qtbot.addWidget(made)
    made.resize(380, 700)
    made.show()
    made.set_case(CASE)
    return made


def tops(panel):
    return [panel.tree.topLevelItem(k) for k in range(panel.tree.topLevelItemCount())]


def choose(panel, modality, row):
    panel.tree.setCurrentItem(tops(panel)[modality].child(row))


def shown(panel):
    model = panel.properties.model_
    return {model.data(model.index(k, 0)): model.data(model.index(k, 1)) for k in range(model.rowCount())}


def test_every_file_has_its_mark():
    marks = [(item.name, item.mark) for item in items(CASE)]
    assert marks == [
        ("one.svs", "look"),
        ("two.svs", "look"),
        ("three.svs", "bad"),
        ("flair · flair.nii.gz", "good"),
        ("t1 · t1.nii.gz", "bad"),
    ]


def test_the_tree_has_modalities_and_their_files(panel):
    assert [(top.text(0), top.text(1), top.childCount()) for top in tops(panel)] == [
        ("Slide", "3 slides", 3),
        ("MRI", "2 sequences", 2),
        ("RNA-seq", "5 000 features", 0),
    ]
    assert tops(panel)[0].child(1).text(1) == "no pixel size"
    assert tops(panel)[0].child(2).toolTip(1) == "The file ends early."


def test_without_a_case_it_says_so(panel):
    panel.set_case(None)
    assert panel.empty.isVisible()
    assert tops(panel) == []


def test_a_slides_properties():
    said = dict(properties(SLIDE))
    assert said["pixel size"] == "0.25\u202fµm/px"
    assert said["objective"] == "40×"
    assert said["area"] == "10.0 × 5.0\u202fmm"
    assert said["level 1"] == "10\u202f000 × 5\u202f000 px, 1/4"
    assert dict(properties(NO_SIZE))["pixel size"] == "not known"
    assert dict(properties(BROKEN))["error"] == "The file ends early."
    assert not {"label", "macro", "thumbnail"} & set(said)


def test_a_chosen_slide_is_described_filtered_and_copied(panel, qtbot):
    assert not panel.properties.isVisible()
    choose(panel, 0, 0)
    assert panel.properties.isVisible()
    assert shown(panel)["file"] == "one.svs"
    qtbot.keyClicks(panel.filter, "level 1/4")
    assert list(shown(panel)) == ["level 1"]
    qtbot.mouseClick(panel.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "level 1\t10\u202f000 × 5\u202f000 px, 1/4"
    choose(panel, 1, 0)
    assert not panel.properties.isVisible()


def test_a_files_folder_is_opened(panel, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()) or True)
    panel.show_in_folder()
    choose(panel, 1, 1)
    panel.show_in_folder()
    assert opened == ["/data"]
