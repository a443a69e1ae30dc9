"""A plane in its frame, with its name, a slider over the slices, and a button that gives it all the room."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSlider, QVBoxLayout, QWidget

from survgui.ui.mri.geometry import Plane
from survgui.ui.mri.plane import PlaneView
from survgui.ui.mri.scene import Scene
from survgui.ui.widgets.buttons import IconButton
from survgui.ui.widgets.labels import Label


class PlaneCell(QFrame):
    """One quadrant.

    Signals:
        sliced(axis, slice): The slider was moved.
        maximised(name): This plane is to have all the room, or to give it back.
    """

    sliced = Signal(int, int)
    maximised = Signal(str)

    def __init__(self, plane: Plane, scene: Scene, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "section")
        self.view = PlaneView(plane, scene)
        self.view.maximised.connect(self._maximise)
        self._scene = scene
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setMinimumHeight(24)
        self.slider.setAccessibleName(f"{plane.name.capitalize()} slice")
        self.slider.setToolTip("Slice (mouse wheel, Page up, Page down)")
        self.slider.valueChanged.connect(self._slide)
        self.number = Label("", "hint")
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.number.setFixedWidth(68)
        self.larger = IconButton("expand", f"Show the {plane.name} plane alone (double-click, Enter)", checkable=True)
        self.larger.clicked.connect(self._maximise)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addLayout(self._foot(plane))

    def _foot(self, plane: Plane) -> QHBoxLayout:
        name = Label(plane.name.capitalize(), "strong")
        name.setFixedWidth(58)
        row = QHBoxLayout()
        row.setContentsMargins(2, 3, 0, 3)
        row.setSpacing(8)
        row.addWidget(name)
        row.addWidget(self.slider, 1)
        row.addWidget(self.number)
        row.addWidget(self.larger)
        return row

    def show_scene(self) -> None:
        """Show the scene as it now is."""
        axis = self.view.plane.through
        there = self._scene.volume is not None
        slices, at = self._scene.shape[axis], int(self._scene.cursor[axis])
        self.slider.blockSignals(True)
        self.slider.setEnabled(there)
        self.slider.setRange(0, slices - 1)
        self.slider.setValue(at)
        self.slider.blockSignals(False)
        self.number.setText(f"{at + 1} / {slices}" if there else "")
        self.view.update()

    @Slot(int)
    def _slide(self, value: int) -> None:
        self.sliced.emit(self.view.plane.through, value)

    @Slot()
    def _maximise(self) -> None:
        self.maximised.emit(self.view.plane.name)
