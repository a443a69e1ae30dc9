from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt

from survgui.ui.evaluation.study_view import EMPTY, StudyView
from survgui.ui.widgets import files
from tests.ui.evaluation import study_samples
from tests.ui.evaluation.test_study_parts import read  # noqa: F401  # a fixture


@pytest.fixture
def view(qtbot):
    made = StudyView()
    qtbot.addWidget(made)
    made.resize(1200, 800)
    made.show()
    return made


def test_a_setting_has_two_figures_and_a_table(view, read):  # noqa: F811
    view.set_study(read(study_samples.ratios()))
    assert view.c_index.isVisible() and view.errors.isVisible() and view.table.model_.rowCount() == 5
    assert "Mask ratio 0.9, impuTMAE: C-index .829" in view.c_index.accessibleDescription()
    part, text = view.c_index.tip_at(middle(view))
    assert text.startswith("Mask ratio 0.5") and part.contains(middle(view).toPoint())


def middle(view):
    """The place of the default value."""
    place = view.c_index._found()[1][0]
    return QPointF(place.x + place.width / 2, place.y + place.height / 2)


def test_missingness_has_one_figure_of_all_methods(view, read):  # noqa: F811
    view.set_study(read(study_samples.missingness()))
    assert view.c_index.isVisible() and not view.errors.isVisible() and view.table.model_.rowCount() == 20
    assert "30\u202f%" in view.note.text() and "By the risk" not in view.note.text()
    assert "Missingness by the risk (mnar), MUST: C-index .815" in view.c_index.accessibleDescription()


def test_another_study_replaces_it_and_nothing_is_left_of_none(view, read):  # noqa: F811
    view.set_study(read(study_samples.missingness()))
    view.set_study(read(study_samples.ratios()))
    assert view.errors.isVisible() and "Missingness" not in view.c_index.accessibleDescription()
    view.set_study(None)
    assert view.table.model_.rowCount() == 0 and view.study is None


def test_a_study_without_any_figure_says_so(view, read):  # noqa: F811
    content = study_samples.ratios()
    view.set_study(read({**content, "summary": content["summary"][-1:]}))
    assert view.note.text() == EMPTY and view.table.model_.rowCount() == 1 and not view.errors.isVisible()


def test_the_table_is_saved_with_the_research_use_line(view, read, qtbot, monkeypatch, tmp_path):  # noqa: F811
    asked = []
    monkeypatch.setattr(files, "ask_save", lambda *given: asked.append(given))
    view.set_study(read(study_samples.ratios()))
    qtbot.mouseClick(view.save, Qt.MouseButton.LeftButton)
    assert asked[0][2] == "mask-ratio.csv"
    with qtbot.waitSignal(files.written().done):
        asked[0][4](Path(tmp_path / "s.csv"))
    lines = (tmp_path / "s.csv").read_text("utf-8").splitlines()
    assert lines[0].startswith("# For Research Use Only") and len(lines) == 7 and lines[2].startswith("0.25,0.835,0.02")
