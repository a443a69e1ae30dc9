"""What was imputed: tiles, planes or features of a modality as measured and as the model made them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from survgui.cases.case import Modality
from survgui.cases.reconstruction import FeatureReconstruction, ImageReconstruction, Reconstruction
from survgui.figures.imputed_features import draw_features, features_table
from survgui.figures.imputed_pictures import draw_pictures, pictures_height, pictures_table
from survgui.figures.words import THIN, inside, listed, plural, signed
from survgui.figures.zoom import Zoom
from survgui.report.words import errors, held_out
from survgui.ui.widgets import files
from survgui.ui.widgets.buttons import Button, Segmented
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.figure_view import FigureView
from survgui.ui.widgets.labels import Label
from survgui.ui.widgets.table import Column, Csv, Table

ZOOM = 1.15
TALL = 330
"""px that a scatter and the table beside it have at least"""


class ImputedCard(Card):
    """Pictures with a choice of how they were hidden, or a scatter beside a table of features."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(" ", " ", parent)
        self.setProperty("kind", "section")
        self._shown: Reconstruction | None = None
        self._asked: Csv | None = None
        self.quality = Label("", "hint", wrap=True)
        self.said = Label("", "body", wrap=True)
        self.choice = Segmented()
        self.choice.setAccessibleName("How the pictures were hidden")
        self.choice.chosen.connect(self._chosen)
        self.pictures = FigureView("Measured, given to the model, imputed, and the difference")
        self.scatter = FigureView("Every feature as measured against as imputed")
        self.table = Table("features as measured and as imputed")
        self.save = Button("Save table…", "quiet", tip="Save the features as CSV, in the order shown")
        self.save.clicked.connect(self._ask)
        self.head.addWidget(self.save)
        self._beside = QWidget()
        row = QHBoxLayout(self._beside)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(18)
        row.addWidget(self.scatter, 4)
        row.addWidget(self.table, 6)
        self._beside.setMinimumHeight(TALL)
        for widget in (self.said, self.quality, self.choice, self.pictures):
            self.body.addWidget(widget)
        self.body.addWidget(self._beside, 1)
        self.body.addStretch(0)  # takes the room below pictures, so that the words stay together
        self.set_reconstruction(None)

    def set_reconstruction(self, found: Reconstruction | None) -> None:
        """Show one modality as data, or nothing."""
        self._shown = found
        features = found.features if found is not None else None
        images = found.images if found is not None else ()
        for widget, there in (
            (self.choice, bool(images)),
            (self.pictures, bool(images)),
            (self._beside, features is not None),
            (self.save, features is not None),
        ):
            widget.setVisible(there)
        if found is None:
            return
        self.set_title(f"{found.modality.title}, measured and imputed")
        self.said.setText(told(found))
        self.set_hint(where_from(found))
        collapsed = found.held_out is not None and found.held_out.collapsed
        self.quality.setText(quality(found))
        self.quality.set_kind("warn" if collapsed else "hint")
        if images:
            groups = dict.fromkeys(image.group for image in images)
            before = self.choice.key
            self.choice.set_options([(group, group) for group in groups])
            self.choice.set_chosen(before)
            self._chosen(self.choice.key)
        if features is not None:
            draw = Zoom(partial(draw_features, features=features), ZOOM)
            self.scatter.set_figure(draw, features_table(features), f"imputed-{found.modality}")
            self.scatter.setAccessibleDescription(self.said.text())
            self.table.set_columns(feature_columns(features, found.draws))

    @property
    def group(self) -> tuple[ImageReconstruction, ...]:
        """The pictures that are shown."""
        images = self._shown.images if self._shown is not None else ()
        return tuple(image for image in images if image.group == self.choice.key)

    @Slot(str)
    def _chosen(self, key: str) -> None:
        images = self.group
        name = f"imputed-{self._shown.modality}" if self._shown is not None else "imputed"
        draw = Zoom(partial(draw_pictures, images=images), ZOOM)
        self.pictures.set_figure(draw, pictures_table(images), name, PicturesHeight(images))
        self.pictures.setAccessibleDescription(f"{key}: {plural(len(images), 'picture')}")

    @Slot()
    def _ask(self) -> None:
        if self._shown is not None:
            self._asked = self.table.as_csv()  # another comparison may come while the user looks for a place
            name = f"imputed-{self._shown.modality}.csv"
            files.ask_save(self, "Save table…", name, "CSV table (*.csv)", self._write)

    @Slot(object)
    def _write(self, path: object) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            files.write(files.as_path(path), asked)


class PicturesHeight:
    """The height that pictures need in a width of the window."""

    def __init__(self, images: tuple[ImageReconstruction, ...]) -> None:
        self._images = images

    def __call__(self, wide: float) -> float:
        """Px."""
        return pictures_height(self._images, wide / ZOOM) * ZOOM


def where_from(found: Reconstruction) -> str:
    """`imputed from clinical and slide, mean of 20 imputations`."""
    given = listed([inside(m.title) for m in found.shown])
    return f"imputed from {given}, mean of {plural(found.draws, 'imputation')}"


def told(found: Reconstruction) -> str:
    """How near this patient's imputation comes, or how the pictures are to be read."""
    if found.features is not None:
        return errors(found.features)
    said = "Once half of the patches were masked, once all of them" if in_parts(found) else "All of it was hidden"
    if found.modality is Modality.PATHOLOGY:
        said += "; then one tile stands for all, for the model cannot tell them apart"
    return f"{said}. What is framed in hatching was imputed: it shows no tissue of the patient."


def in_parts(found: Reconstruction) -> bool:
    """Whether some pictures were hidden in part alone."""
    return any(not image.wholly for image in found.images)


def quality(found: Reconstruction) -> str:
    """How well this goes in held-out patients, of whom nothing of the modality was shown."""
    said = held_out(found.held_out)
    return f"Wholly hidden, {said[0].lower()}{said[1:]}" if found.held_out is not None and in_parts(found) else said


def feature_columns(features: FeatureReconstruction, draws: int) -> list[Column]:
    """One row a feature, in development standard deviations."""
    f = features
    spread = [f"{signed(low)} to {signed(high)}" for low, high in zip(f.low.tolist(), f.high.tolist(), strict=True)]
    columns = [
        Column("Feature", f.names, width=0),
        Column("Measured", f.real.astype(float), "right", 86, signed, tip="SD from the development mean"),
        Column(
            "Imputed", f.imputed.astype(float), "right", 80, signed, role=_accent, tip="Mean of the imputations, SD"
        ),
        Column("Difference", (f.imputed - f.real).astype(float), "right", 90, signed, tip="Imputed less measured, SD"),
    ]
    if draws > 1:
        tip = f"Of {plural(draws, 'imputation')}, SD"
        wide = Column(f"5–95{THIN}%", spread, "right", 118, role=_accent, tip=tip, order=(f.high - f.low).astype(float))
        columns.insert(3, wide)
    return columns


def _accent(value: object) -> str:
    return "accent"
