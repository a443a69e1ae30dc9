import csv
import io
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from survgui.cases.case import Modality
from survgui.ui.compare.imputed import ImputedCard, feature_columns
from survgui.ui.widgets import files
from tests.report import sample

M = Modality


@pytest.fixture
def card(qtbot):
    made = ImputedCard()
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    return made


def rows_of(view):
    return list(csv.DictReader(io.StringIO(view.rendering("csv")().decode().split("\n", 1)[1])))


def test_features_stand_in_a_scatter_and_in_a_table_that_can_be_sorted(card, qtbot):
    found = sample.reconstruction()
    card.set_reconstruction(found)
    assert card.scatter.isVisible() and card.table.isVisible() and not card.pictures.isVisible()
    assert len(rows_of(card.scatter)) == 40
    assert "with the development mean in place of every feature" in card.said.text()
    assert card.quality.text().startswith("In 103 held-out patients")
    head = card.table.horizontalHeader()
    where = head.sectionViewportPosition(1) + 20
    qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=head.viewport().rect().topLeft() + _x(where))
    values = [card.table.model_.index(row, 1).data(Qt.ItemDataRole.UserRole) for row in range(40)]
    assert values in (sorted(values), sorted(values, reverse=True))


def test_the_table_is_saved_in_the_order_shown(card, qtbot, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(files, "ask_save", lambda *what: asked.append(what))
    found = sample.reconstruction()
    card.set_reconstruction(found)
    card.table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    qtbot.mouseClick(card.save, Qt.MouseButton.LeftButton)
    (_, _, name, _, slot) = asked[0]
    assert name == "imputed-rna.csv"
    card.set_reconstruction(sample.reconstruction(M.MRI))  # what was asked for is written, whatever is shown now
    with qtbot.waitSignal(files.written().done):
        slot(tmp_path / name)
    text = (tmp_path / name).read_text("utf-8").splitlines()
    assert "Research Use Only" in text[0]
    rows = list(csv.DictReader(text[1:]))
    assert float(rows[0]["Measured"]) == pytest.approx(float(found.features.real.max()), abs=1e-5)


def test_pictures_are_chosen_by_how_they_were_hidden(card, qtbot):
    card.set_reconstruction(sample.reconstruction(M.MRI))
    assert card.choice.key == "t1c, half masked"
    assert [image.title for image in card.group] == ["axial", "coronal", "sagittal"]
    assert {row["hiding"] for row in rows_of(card.pictures)} == {"t1c, half masked"}
    qtbot.mouseClick(card.choice.button("flair, wholly hidden"), Qt.MouseButton.LeftButton)
    assert {row["hiding"] for row in rows_of(card.pictures)} == {"flair, wholly hidden"}
    assert {row["share_hidden"] for row in rows_of(card.pictures)} == {"1.0"}
    card.set_reconstruction(sample.reconstruction(M.MRI))  # another comparison keeps what was looked at
    assert card.choice.key == "flair, wholly hidden"


def test_tiles_say_that_one_stands_for_all(card):
    card.set_reconstruction(sample.reconstruction(M.PATHOLOGY, shown=(M.CLINICAL, M.RNA)))
    assert "one tile stands for all" in card.said.text()
    assert "no tissue of the patient" in card.said.text() and "half of the patches" in card.said.text()


def test_pictures_that_are_one_patch_are_not_said_to_be_half_masked(card):
    found = sample.reconstruction(M.MRI)
    card.set_reconstruction(replace(found, images=tuple(image for image in found.images if image.wholly)))
    assert card.said.text().startswith("All of it was hidden.") and "half" not in card.said.text()
    assert card.quality.text().startswith("In 103 held-out patients")
    card.set_reconstruction(found)
    assert card.quality.text().startswith("Wholly hidden, in 103 held-out patients")


def test_what_is_close_to_the_mean_is_said_as_a_warning(card):
    card.set_reconstruction(sample.reconstruction(held_out=sample.held_out(collapsed=True)))
    assert card.quality.property("kind") == "warn"
    assert card.quality.text().startswith("Close to the development mean")
    card.set_reconstruction(sample.reconstruction())
    assert card.quality.property("kind") == "hint"


def test_one_imputation_has_no_column_of_a_spread():
    features = sample.features(5)
    assert [c.title for c in feature_columns(features, 1)] == ["Feature", "Measured", "Imputed", "Difference"]
    spread = feature_columns(features, 20)[3]
    assert spread.title == "5–95\u202f%" and "20 imputations" in spread.tip
    low, high = float(features.low[0]), float(features.high[0])
    assert spread.text(0) == f"{low:+.2f} to {high:+.2f}".replace("-", "−")


def _x(px):
    from PySide6.QtCore import QPoint

    return QPoint(px, 10)
