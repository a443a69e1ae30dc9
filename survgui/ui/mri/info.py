"""The fourth quadrant: what is shown, what lies under the crosshair, and how it is shown."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from survgui.figures.words import MINUS, THIN
from survgui.ui.mri import geometry
from survgui.ui.mri.scene import Scene, title
from survgui.ui.widgets.buttons import Segmented, Switch
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.labels import Label, line

HELP = (
    "Click or drag: crosshair, Shift: follow · wheel: slice · Ctrl+wheel: zoom · middle drag: move · "
    "right drag: window · double-click: one plane"
)
_ROWS = (
    ("voxel", "Voxel", "Column, row and slice under the crosshair, counted from 1 to the patient's right, front, head"),
    ("world", "RAS, mm", "To the patient's right, front and head of the scan's origin"),
    ("value", "Value", "As measured, without a unit of its own"),
    ("window", "Window", "Shown black and white (right drag, W for automatic)"),
    ("grid", "Grid", "Voxels to the right, front and head"),
    ("spacing", "Voxel size", "To the right, front and head"),
)


class InfoCard(Card):
    """Numbers of the volume and its crosshair, and the switches of the view."""

    def __init__(self, scene: Scene, parent: QWidget | None = None) -> None:
        super().__init__("MRI", "", parent)
        self.setProperty("kind", "section")
        self._scene = scene
        self.outline = Switch("Lesion outline", "Draw the border of the segmentation that came with the case")
        self.box = Switch("Model's crop", "Draw the part of the volume that the model sees")
        self.convention = Segmented([("radiological", "Radiological"), ("neurological", "Neurological")])
        self.convention.button("radiological").setToolTip("The patient's right is on the left")
        self.convention.button("neurological").setToolTip("The patient's right is on the right")
        self.notes = Label("", "warn", wrap=True)
        self.values: dict[str, Label] = {}
        self.body.addWidget(self._scrolled(), 1)
        self.show_scene()

    def _scrolled(self) -> QScrollArea:
        inner = QWidget()
        inner.setProperty("kind", "plain")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(8)
        column.addLayout(self._numbers())
        column.addWidget(self.notes)
        column.addWidget(line())
        column.addLayout(self._switches())
        column.addStretch(1)
        column.addWidget(Label(HELP, "hint", wrap=True))
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        return area

    def _numbers(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        for row, (key, name, tip) in enumerate(_ROWS):
            label, shown = Label(name, "soft"), Label()
            shown.setToolTip(tip)
            label.setToolTip(tip)
            shown.setAccessibleName(name)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(label, row, 0)
            grid.addWidget(shown, row, 1)
            self.values[key] = shown
        return grid

    def _switches(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.outline, 0, 0)
        grid.addWidget(self.box, 0, 1)
        grid.addWidget(self.convention, 1, 0, 1, 2)
        return grid

    def show_volume(self) -> None:
        """Show another volume's facts."""
        volume = self._scene.volume
        self.outline.setEnabled(volume is not None and volume.outline is not None)
        self.box.setEnabled(volume is not None and volume.box is not None)
        notes = volume.notes if volume is not None else ()
        self.notes.setText("\n".join(note[:1].upper() + note[1:] for note in notes))
        self.notes.setVisible(bool(self.notes.text()))
        self.set_title(title(volume.role) if volume is not None else "MRI")
        self.show_scene()

    def show_scene(self) -> None:
        """Show what is under the crosshair."""
        scene, volume = self._scene, self._scene.volume
        if volume is None:
            for label in self.values.values():
                label.setText("")
            return
        here = geometry.world(volume, scene.cursor)
        said = {
            "voxel": " · ".join(str(int(n) + 1) for n in scene.cursor),
            "world": _placed(here),
            "value": number(geometry.value(volume, scene.cursor)),
            "window": f"{number(scene.window[0])} to {number(scene.window[1])}",
            "grid": " × ".join(str(n) for n in scene.shape),
            "spacing": " × ".join(f"{mm:.3g}" for mm in scene.spacing) + f"{THIN}mm",
        }
        for key, text in said.items():
            self.values[key].setText(text)


def number(value: float) -> str:
    """A measured value, with a real minus sign."""
    return (f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}").replace("-", MINUS)


def _placed(here: geometry.Point) -> str:
    """World coordinates: `+12.0 · −3.5 · +40.2`."""
    return " · ".join(f"{mm:+.1f}".replace("-", MINUS) for mm in here)
