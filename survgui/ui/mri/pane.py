"""The MRI tab: sequences of a case in three linked planes."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.display import CaseFacts, SequenceFacts, VolumeImage
from survgui.figures.mri_planes import draw_mri, mri_height
from survgui.ui.mri import geometry
from survgui.ui.mri.cell import PlaneCell
from survgui.ui.mri.geometry import Convention
from survgui.ui.mri.info import InfoCard
from survgui.ui.mri.scene import PRESETS, Scene, title
from survgui.ui.widgets.buttons import Button, IconButton, Segmented
from survgui.ui.widgets.empty import EmptyState
from survgui.ui.widgets.figure_view import FigureView

KEPT = 4
"""volumes of a case that are kept"""
FIRST = ("t1c", "flair", "t2", "t1")
"""what a reader looks at first"""
NO_MRI = "No MRI in this case. Drop one here, or predict without it: the model can impute its part."
ADD = "Add MRI…"
AGAIN = "Try again"
_PLACES = {"axial": (0, 0), "coronal": (0, 1), "sagittal": (1, 0)}
_NAMES = dict(PRESETS)


class MriPane(QWidget):
    """Three linked planes, and a quadrant of numbers and switches.

    Signals:
        volume_requested(role): This sequence is looked at and not here yet.
        import_requested(): The user wants to add MRI to the case.
        convention_changed(convention): `radiological` or `neurological`; for the caller to keep.
    """

    volume_requested = Signal(str)
    import_requested = Signal()
    convention_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene = Scene()
        self._sequences: dict[str, SequenceFacts] = {}
        self._volumes: OrderedDict[str, VolumeImage] = OrderedDict()
        self._windows: dict[str, tuple[float, float]] = {}
        self._troubles: dict[str, str] = {}
        self._asked = ""
        self._alone = ""
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._ask)
        self.sequences = Segmented()
        self.sequences.chosen.connect(self.show_sequence)
        self.cells = {plane.name: self._cell(plane) for plane in geometry.planes("radiological")}
        self.info = InfoCard(self.scene)
        self.info.outline.setChecked(True)
        self.info.box.setChecked(True)
        self.info.outline.toggled.connect(self._set_marks)
        self.info.box.toggled.connect(self._set_marks)
        self.info.convention.chosen.connect(self._choose_convention)
        self.message = EmptyState("")
        self.message.triggered.connect(self._again)
        self.empty = EmptyState(NO_MRI, ADD)
        self.empty.triggered.connect(self.import_requested)
        self.figure = FigureView("Three planes of an MRI sequence", self)  # never shown: its menu exports
        self.figure.hide()
        self._lay_out()
        self.setFocusProxy(self.cells["axial"].view)

    # What the window tells

    def set_case(self, case: CaseFacts | None) -> None:
        """Show another case, or none; its first sequence is asked for once the pane is looked at."""
        self._volumes.clear()
        self._windows.clear()
        self._troubles.clear()
        self._asked = ""
        self.scene.forget()
        of_scans = [s for s in (case.sequences if case else ()) if s.role != "segmentation"]
        ranked = sorted(of_scans, key=lambda s: FIRST.index(s.role) if s.role in FIRST else len(FIRST))
        self._sequences = {sequence.role: sequence for sequence in ranked}
        self.sequences.set_options([(role, title(role)) for role in self._sequences])
        for one, following in pairwise([*map(self.sequences.button, self._sequences), self.window_button]):
            self.setTabOrder(one, following)
        self._pages.setCurrentIndex(1 if self._sequences else 0)
        self._show_chosen()

    def set_volume(self, volume: VolumeImage | None) -> None:
        """Take a sequence that was read, shown if it is still looked at; None forgets all that were read."""
        if volume is None:  # with another model the crop is another: read anew
            self._volumes.clear()
        elif volume.role not in self._sequences:
            return
        else:
            self._volumes[volume.role] = volume
            self._volumes.move_to_end(volume.role)
            while len(self._volumes) > KEPT:
                self._volumes.popitem(last=False)
        if volume is None or self._asked == volume.role:
            self._asked = ""
        self._show_chosen()

    def set_loading(self, role: str) -> None:
        """Say that a sequence is being read."""
        self._asked = role
        self._show_chosen()

    def show_trouble(self, text: str) -> None:
        """Say why the sequence that was asked for cannot be shown."""
        self._later.stop()
        self._troubles[self._asked or self.sequences.key] = text
        self._asked = ""
        self._show_chosen()

    def set_convention(self, convention: Convention) -> None:
        """Turn the planes, without a signal."""
        self.scene.convention = convention
        self.info.convention.set_chosen(convention)
        for plane in geometry.planes(convention):
            self.cells[plane.name].view.plane = plane
        self._repaint()

    # What the user does

    @Slot(str)
    def show_sequence(self, role: str) -> None:
        """Show another sequence, as its button does."""
        self.sequences.set_chosen(role)
        self._show_chosen()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Sequences, automatic window, everything in view, all planes again."""
        key = event.key()
        if key == Qt.Key.Key_BracketLeft:
            self._cycle(-1)
        elif key == Qt.Key.Key_BracketRight:
            self._cycle(1)
        elif key == Qt.Key.Key_W and not event.modifiers():
            self._set_preset("auto")
        elif key == Qt.Key.Key_0:
            self._fit()
        elif key == Qt.Key.Key_Escape and self._alone:
            self.maximise("")
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Now the sequence is needed."""
        super().showEvent(event)
        self._show_chosen()

    @Slot(str)
    def maximise(self, name: str) -> None:
        """Give one plane all the room; the same again, or an empty name, gives it back."""
        self._alone = "" if name == self._alone else name
        for plane, cell in self.cells.items():
            cell.setVisible(self._alone in ("", plane))
            cell.larger.setChecked(self._alone == plane)
        self.info.setVisible(not self._alone)
        row, column = _PLACES.get(self._alone, (-1, -1))
        for place in (0, 1):
            self._grid.setRowStretch(place, int(row in (-1, place)))
            self._grid.setColumnStretch(place, int(column in (-1, place)))
        self._rescale()

    def _cycle(self, step: int) -> None:
        roles = list(self._sequences)
        if roles:
            self.show_sequence(roles[(roles.index(self.sequences.key) + step) % len(roles)])

    # Parts

    def _cell(self, plane: geometry.Plane) -> PlaneCell:
        cell = PlaneCell(plane, self.scene)
        cell.sliced.connect(self._slice)
        cell.maximised.connect(self.maximise)
        view = cell.view
        view.pointed.connect(self._point)
        view.stepped.connect(self._step)
        view.zoomed.connect(self._zoom)
        view.panned.connect(self._pan)
        view.windowed.connect(self._drag_window)
        view.menu_wanted.connect(self._show_menu)
        view.resized.connect(self._rescale)
        return cell

    def _lay_out(self) -> None:
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(6)
        for name, cell in self.cells.items():
            self._grid.addWidget(cell, *_PLACES[name])
        self._grid.addWidget(self.info, 1, 1)
        for place in (0, 1):
            self._grid.setRowStretch(place, 1)
            self._grid.setColumnStretch(place, 1)
        planes = QWidget()
        planes.setLayout(self._grid)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._views = QStackedWidget()
        self._views.addWidget(planes)
        self._views.addWidget(self.message)
        viewer = QWidget()
        column = QVBoxLayout(viewer)
        column.setContentsMargins(10, 8, 10, 6)
        column.setSpacing(8)
        column.addLayout(self._bar())
        column.addWidget(self._views, 1)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(viewer)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)

    def _bar(self) -> QHBoxLayout:
        self.window_button = Button("Window", tip="Brightness and contrast (right drag in a plane; W: automatic)")
        self.window_button.setMenu(self._preset_menu())
        self.fit_button = Button("Fit", tip="Everything in view, the crosshair in the middle (0)")
        self.fit_button.clicked.connect(self._fit)
        self.more = IconButton("more", "Copy or save the three planes")
        self.more.clicked.connect(self._more)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.sequences)
        row.addStretch(1)
        for button in (self.window_button, self.fit_button, self.more):
            row.addWidget(button)
        return row

    def _preset_menu(self) -> QMenu:
        menu = QMenu(self)
        group = QActionGroup(menu)
        self._presets: dict[str, QAction] = {}
        for key, text in PRESETS:
            action = QAction(text, menu, checkable=True)
            action.setData(key)
            action.triggered.connect(self._pick_preset)
            group.addAction(action)
            menu.addAction(action)
            self._presets[key] = action
        return menu

    # Showing

    def _show_chosen(self) -> None:
        """The chosen sequence if it is here; else why not, and a request for it once the pane is seen."""
        role = self.sequences.key
        sequence = self._sequences.get(role)
        volume = self._volumes.get(role)
        if volume is not None:
            self._volumes.move_to_end(role)
            if volume is not self.scene.volume:
                self.scene.show(volume, self._windows.get(role))
            self._views.setCurrentIndex(0)
        elif sequence is not None and (sequence.error or role in self._troubles):
            self.scene.show(None)
            self.message.set_text(sequence.error or self._troubles[role], "" if sequence.error else AGAIN)
            self._views.setCurrentIndex(1)
        elif sequence is not None:
            self._wait(role)
        for button in (self.window_button, self.fit_button, self.more):
            button.setEnabled(self.scene.volume is not None)
        self._say_window()
        self.info.show_volume()
        self._rescale()

    def _wait(self, role: str) -> None:
        self._views.setCurrentIndex(0)
        self.scene.show(None)
        for cell in self.cells.values():
            cell.view.message = f"Reading {title(role)}…"
        if self.isVisible() and self._asked != role:
            self._later.start()

    @Slot()
    def _ask(self) -> None:
        role = self.sequences.key
        if role and role not in self._volumes and self._asked != role:
            self._asked = role  # a new request takes the place of one that is still under way
            self.volume_requested.emit(role)

    @Slot()
    def _again(self) -> None:
        self._troubles.pop(self.sequences.key, None)
        self._show_chosen()

    def _repaint(self) -> None:
        for cell in self.cells.values():
            cell.show_scene()
        self.info.show_scene()

    @Slot()
    def _rescale(self) -> None:
        """One scale for all planes that are shown, so that a length is the same in each."""
        shown = [cell.view for name, cell in self.cells.items() if self._alone in ("", name)]
        self.scene.fit = max(0.05, min(view.fit() for view in shown))
        self._repaint()

    # Slots of the planes

    @Slot(object)
    def _point(self, point: geometry.Point) -> None:
        self.scene.move(point)
        self._repaint()

    @Slot(int, int)
    def _step(self, axis: int, voxels: int) -> None:
        self.scene.step(axis, voxels)
        self._repaint()

    @Slot(int, int)
    def _slice(self, axis: int, index: int) -> None:
        self._step(axis, index - int(self.scene.cursor[axis]))

    @Slot(float, object)
    def _zoom(self, factor: float, point: geometry.Point) -> None:
        self.scene.zoom_by(factor, point)
        self._repaint()

    @Slot(object)
    def _pan(self, moved: geometry.Point) -> None:
        self.scene.pan(moved)
        self._repaint()

    @Slot(float, float)
    def _drag_window(self, wider: float, brighter: float) -> None:
        self.scene.drag_window(wider, brighter)
        self._keep_window()

    @Slot()
    def _fit(self) -> None:
        self.scene.home()
        self._repaint()

    @Slot()
    def _pick_preset(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self._set_preset(str(action.data()))

    def _set_preset(self, key: str) -> None:
        self.scene.set_window(self.scene.preset(key))
        self._keep_window()

    def _keep_window(self) -> None:
        if self.scene.volume is not None:
            self._windows[self.scene.volume.role] = self.scene.window
        self._say_window()
        self._repaint()

    def _say_window(self) -> None:
        key = next((key for key in _NAMES if self.scene.preset(key) == self.scene.window), "")
        for name, action in self._presets.items():
            action.setChecked(name == key)
        self.window_button.setText(f"Window: {_NAMES.get(key, 'by hand').lower()}")

    @Slot()
    def _set_marks(self) -> None:
        self.scene.outline = self.info.outline.isChecked()
        self.scene.box = self.info.box.isChecked()
        self._repaint()

    @Slot(str)
    def _choose_convention(self, convention: Convention) -> None:
        self.set_convention(convention)
        self.convention_changed.emit(convention)

    # Export

    @Slot()
    def _more(self) -> None:
        self._show_menu(self.more.mapToGlobal(QPoint(0, self.more.height())))

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        if self.scene.volume is not None:
            self.export_planes().menu.popup(place)

    def export_planes(self) -> FigureView:
        """The figure of the three slices as they are now, whose menu copies and saves."""
        role = self.scene.volume.role if self.scene.volume is not None else "mri"
        self.figure.resize(760, round(mri_height() * 1.3))
        self.figure.set_figure(partial(draw_mri, picture=self.scene.picture()), name=f"mri-{role}")
        return self.figure
