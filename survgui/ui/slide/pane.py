"""The Slide tab: the viewer, what it has to say, and the strip of top tiles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QImage, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from survgui import storage
from survgui.cases.case import Modality
from survgui.cases.display import LABELS, CaseFacts, Predicted, SlideFacts
from survgui.cases.prediction import Attention, Taken
from survgui.figures.words import plural
from survgui.ui import background
from survgui.ui.cases.pixel_size import PixelSizeBar
from survgui.ui.slide import snapshot
from survgui.ui.slide.chooser import SlideChooser
from survgui.ui.slide.frames import of_slide as of_taken
from survgui.ui.slide.gallery import Gallery
from survgui.ui.slide.heat import HeatMap, of_slide
from survgui.ui.slide.tiles import Loader
from survgui.ui.slide.view import SlideView
from survgui.ui.widgets import files
from survgui.ui.widgets.banner import Banner
from survgui.ui.widgets.empty import EmptyState

NO_SLIDE = "No slide in this case. Drop one here, or predict without it: the model can impute its part."
ONLY_FEATURES = "This case has patch features without their slide. A map of the patches appears after prediction."
NO_ATTENTION = "This case has patch features without their slide, and this model does not say where it looked."
NO_PLACES = "This case has patch features without their slide or their places, so there is nothing to draw."
FLY_TO = 20.0
"""the magnification at which a tile of the gallery is looked at"""


class SlidePane(QWidget):
    """The slides of a case, one at a time.

    `close_slides` must be called before the application ends: it joins the threads that read.

    Signals:
        pixel_size_given(path, mpp): The user has said how large a slide's pixels are, in µm.
        import_requested(): A slide should be added.
        predict_requested(): The case should be predicted.
        maximise_requested(): The slide should get as much room as there is, or give it back.
        label_requested(path, name): The user asks for the slide's label or macro image, which is never shown unasked.
    """

    pixel_size_given = Signal(Path, float)
    import_requested = Signal()
    predict_requested = Signal()
    maximise_requested = Signal()
    label_requested = Signal(Path, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._facts: CaseFacts | None = None
        self._attention: Attention | None = None
        self._taken: Taken | None = None
        self._known = False  # an estimate
        self._kept = QImage()
        self.loader = Loader(self)
        self.chooser = SlideChooser()
        self.view = SlideView(self.loader)
        self.gallery = Gallery(self.loader)
        self.message = EmptyState(NO_SLIDE, "Add a slide…")
        self.damage = Banner("warning", "")
        self.pixel_size: PixelSizeBar | None = None
        self.menu = QMenu(self)
        self._fill_menu()
        self.setFocusProxy(self.view)  # before the view is in here: Qt 6.11 would cut it out of the order of Tab
        self._lay_out()
        self._connect()
        self.set_case(None)

    def _lay_out(self) -> None:
        self._head = QWidget()
        self._row = QHBoxLayout(self._head)
        self._row.setContentsMargins(8, 4, 8, 4)
        self._row.addStretch(1)
        self._row.addWidget(self.chooser)
        self._banners = QVBoxLayout()
        self._banners.setContentsMargins(8, 0, 8, 0)
        self._banners.setSpacing(6)
        self._banners.addWidget(self.damage)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.message)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addLayout(self._banners)
        column.addWidget(self._stack, 1)
        column.addWidget(self.gallery)

    def _connect(self) -> None:
        self.chooser.chosen.connect(self._show)
        self.view.moved.connect(self._moved)
        self.view.failed.connect(self._failed)
        self.view.damaged.connect(self._damaged)
        self.view.menu_requested.connect(self._open_menu)
        self.view.maximise_requested.connect(self.maximise_requested)
        self.gallery.chosen.connect(self._fly)
        self.message.triggered.connect(self._act)

    def _fill_menu(self) -> None:
        # each has a parent of ours: what a menu makes itself is gone when Python next collects
        entries = (
            ("Copy view", self.copy_view),
            ("Save view as PNG…", self.save_view),
            ("Fit the slide\t0", self._fit),
        )
        for text, slot in (*entries, ("Top tiles\tT", self.toggle_gallery)):
            action = QAction(text, self)
            action.triggered.connect(slot)
            self.menu.addAction(action)
        self._show_tiles = action
        self.menu.addSeparator()
        self.labels = {name: QAction(f"Show {name} image…", self) for name in LABELS}
        for name, reveal in self.labels.items():
            reveal.setData(name)
            reveal.triggered.connect(self._ask_label)
            self.menu.addAction(reveal)
        self._show_tiles.setCheckable(True)
        self._show_tiles.setChecked(True)

    # What the window calls

    @Slot(object)
    def set_case(self, facts: CaseFacts | None) -> None:
        """Show another case, or none; the same case with the same slides stays as it is."""
        old, self._facts = self._facts, facts
        same = old is not None and facts is not None and old.key == facts.key
        if not same:
            self._attention = self._taken = None
            self._known = False
        if same and old is not None and facts is not None and old.slides == facts.slides and facts.slides:
            return
        slides = facts.slides if facts is not None else ()
        good = [number for number, slide in enumerate(slides) if not slide.error]
        index = self.chooser.index if same and self.chooser.index < len(slides) else (good[0] if good else 0)
        self.chooser.set_slides(slides, index)
        self._show(index)

    @Slot(object)
    def set_predicted(self, predicted: Predicted | None) -> None:
        """Lay the attention of an estimate over the slide, or frame the tiles that it is of; None takes both away."""
        found = predicted.prediction if predicted is not None else None
        self._known = found is not None
        self._attention = found.attention.get(Modality.PATHOLOGY) if found is not None else None
        self._taken = found.taken.get(Modality.PATHOLOGY) if found is not None else None
        if self.slide is None:
            self._show(0)
        else:
            self._lay_heat()

    def close_slides(self) -> None:
        """Stop reading and join the threads; to be called before the window goes."""
        self.view.show_slide(None)
        self.loader.close()

    def set_tile_cache(self, megabytes: int) -> None:
        """How much memory decoded tiles may take."""
        self.view.set_limit(megabytes * 2**20)

    def corner(self) -> QWidget:
        """The slide's name and chooser, for the right end of the tabs; the pane's own row for it goes."""
        self._column.removeWidget(self._head)
        self._row.setContentsMargins(0, 0, 0, 0)
        return self._head

    @property
    def slide(self) -> SlideFacts | None:
        """The slide that is chosen."""
        slides = self._facts.slides if self._facts is not None else ()
        return slides[self.chooser.index] if slides else None

    # One slide

    @Slot(int)
    def _show(self, index: int) -> None:
        """Show a slide of the case, the map of its patches, or why there is nothing."""
        slide = self.slide
        self.damage.hide()
        self._head.setVisible(slide is not None)
        self._ask_pixel_size(slide)
        if slide is not None and not slide.error:
            self.view.show_slide(slide)
            self._stack.setCurrentWidget(self.view)
            self._lay_heat()
            return
        lonely = self._heat_alone() if slide is None else None
        if lonely is None:
            self.view.show_slide(None)
            self.message.set_text(*self._words(slide))
            self._stack.setCurrentWidget(self.message)
            self.gallery.set_heat(None)
            self.gallery.setVisible(False)
        else:
            far = lonely.coords.max(axis=0) + np.ceil(lonely.patch) + lonely.coords.min(axis=0)
            self.view.show_map(float(far[0]), float(far[1]))
            self._stack.setCurrentWidget(self.view)
            self._lay(lonely, pictures=False)

    def _words(self, slide: SlideFacts | None) -> tuple[str, str]:
        """What is said in place of a slide, and the action that is offered."""
        if slide is not None:
            return f"{slide.name} cannot be shown: {slide.error}", ""
        if self._facts is None:
            return "No case is open.", ""
        if Modality.PATHOLOGY in self._facts.given:
            if self._attention is not None:
                return NO_PLACES, ""
            return (NO_ATTENTION, "") if self._known else (ONLY_FEATURES, "Predict")
        return NO_SLIDE, "Add a slide…"

    def _lay_heat(self) -> None:
        slide = self.slide
        heat = None
        if slide is not None and not slide.error and self._attention is not None:
            heat = of_slide(self._attention, slide.name, alone=self._facts is not None and len(self._facts.slides) == 1)
        if slide is not None and not slide.error:
            self._lay(heat, pictures=True)
            self._lay_frames(slide)

    def _lay(self, heat: HeatMap | None, pictures: bool) -> None:
        self.view.set_heat(heat)
        self.gallery.set_heat(heat, pictures)
        self.gallery.setVisible(self._show_tiles.isChecked())

    def _lay_frames(self, slide: SlideFacts) -> None:
        frames = of_taken(self._taken, slide.name)
        self.view.set_frames(frames)
        if self._taken is not None:
            self.gallery.set_frames(frames)

    def _heat_alone(self) -> HeatMap | None:
        """The patches of a case without a slide."""
        if self._attention is None or self._facts is None:
            return None
        names = self._attention.slides
        return of_slide(self._attention, names[0] if names else "", alone=True)

    def _ask_pixel_size(self, slide: SlideFacts | None) -> None:
        if self.pixel_size is not None:
            self._banners.removeWidget(self.pixel_size)
            self.pixel_size.hide()
            self.pixel_size.deleteLater()
            self.pixel_size = None
        if slide is not None and slide.mpp is None and not slide.error:
            self.pixel_size = PixelSizeBar(slide)
            self.pixel_size.given.connect(self.pixel_size_given)
            self._banners.addWidget(self.pixel_size)
            self.pixel_size.show()

    # What happens

    @Slot(str)
    def _failed(self, reason: str) -> None:
        """The slide can no longer be read: what was read stays, and it is said."""
        self._warn(f"A part of this slide could not be read: {reason}")

    @Slot(int)
    def _damaged(self, areas: int) -> None:
        self._warn(
            f"{plural(areas, 'area')} of this slide could not be decoded and {'is' if areas == 1 else 'are'} white."
        )

    def _warn(self, text: str) -> None:
        self.damage.text.setText(text)
        self.damage.setAccessibleName(f"warning: {text}")
        self.damage.show()

    @Slot()
    def _act(self) -> None:
        if self.message.button.text() == "Predict":
            self.predict_requested.emit()
        else:
            self.import_requested.emit()

    @Slot()
    def _moved(self) -> None:
        self.gallery.mark(None)

    @Slot(int)
    def _fly(self, index: int) -> None:
        heat = self.view.heat
        if heat is not None:
            x, y = heat.coords[index] + heat.patch / 2.0
            self.view.centre_on(float(x), float(y), FLY_TO)
        elif self.view.frames:
            left, top, right, bottom = self.view.frames[index]
            self.view.centre_on((left + right) / 2.0, (top + bottom) / 2.0, FLY_TO)
        self.gallery.mark(index)

    @Slot()
    def _ask_label(self) -> None:
        action = self.sender()
        if isinstance(action, QAction) and self.slide is not None:
            self.label_requested.emit(self.slide.path, str(action.data()))

    @Slot()
    def _fit(self) -> None:
        self.view.fit()

    @Slot(object)
    def _open_menu(self, at: QPoint) -> None:
        held = self.slide.labels if self.slide is not None else ()
        for name, reveal in self.labels.items():
            reveal.setEnabled(name in held)
        self.menu.popup(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """T shows and hides the strip of tiles."""
        if event.text().lower() == "t":
            self.toggle_gallery()
        else:
            super().keyPressEvent(event)

    @Slot()
    def toggle_gallery(self) -> None:
        """Show the strip of tiles, or hide it."""
        shown = self.gallery.isHidden()
        self._show_tiles.setChecked(shown)
        self.gallery.setVisible(shown and self._stack.currentWidget() is self.view)

    # The view as a picture

    @Slot()
    def copy_view(self) -> None:
        """Put the view on the clipboard."""
        QGuiApplication.clipboard().setImage(snapshot.picture(self.view))

    @Slot()
    def save_view(self) -> None:
        """Ask where the view is to be saved; it is as it was when that was asked."""
        self._kept = snapshot.picture(self.view)
        files.ask_save(self, "Save view as PNG…", "slide-view.png", "PNG (*.png)", self._save)

    @Slot(object)
    def _save(self, path: object) -> None:
        saving = _Saving(self._kept, files.as_path(path))
        background.shared().run(saving, done=files.written().done.emit, failed=files.written().failed.emit)


class _Saving:
    """Encodes and writes a picture, away from the window's thread."""

    def __init__(self, image: QImage, path: Path) -> None:
        self._image, self._path = image, path

    def __call__(self) -> Path:
        storage.write_bytes(self._path, snapshot.png(self._image))
        return self._path
