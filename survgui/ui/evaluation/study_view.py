"""A study on the screen: what each value came to as figures, and every figure as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from survgui.cases.study import StudyResult
from survgui.figures.canvas import Rect
from survgui.figures.mechanisms import draw_mechanisms, mechanisms_height, mechanisms_rows, mechanisms_table
from survgui.figures.study import draw_errors, draw_setting, errors_table, setting_places, setting_table
from survgui.ui.evaluation import study_parts as parts
from survgui.ui.results import method_title
from survgui.ui.widgets import files
from survgui.ui.widgets.buttons import Button
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.explanations import Tall
from survgui.ui.widgets.hover_figure import HoverFigure
from survgui.ui.widgets.labels import Label
from survgui.ui.widgets.table import ROW, Csv, Table

GAP = 10
HIGH = 300.0
"""px of a figure by value"""
READ = (
    "Dots are means over folds and whiskers one s.d., of patients that were not trained on. A study shows what its "
    "values do: to choose by it would be to choose on test patients."
)
ERRORS = (
    "Each modality hidden from held-out patients who have it, and reconstructed from their others. Squared error over "
    "that of the mean: below 1 is better than the mean. Hollow: ridge regression."
)
EMPTY = "No value of this study has a figure; the table says why."
NOTHING = "Nothing was reconstructed: no method of this study does."


class StudyView(QScrollArea):
    """Figures beside each other, and the table below them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("study")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.study: StudyResult | None = None
        self._asked: Csv | None = None
        self.c_index = HoverFigure("C-index by what was varied, with its spread over folds")
        self.errors = HoverFigure("Reconstruction error of hidden modalities by what was varied")
        self.table = Table("every value of the study")
        self.save = Button("Save as CSV…", "quiet", tip="The table below, with the research-use line")
        self.save.clicked.connect(self._save)
        self.remarks = Label("", "hint", wrap=True)
        self.note, self.about = Label(READ, "hint", wrap=True), Label(ERRORS, "hint", wrap=True)
        self._left, self._right = Card("C-index", " "), Card("Reconstruction error", " ")
        self._below = Card("Every value", " ")
        self._lay_out()

    @Slot(object)
    def set_study(self, study: StudyResult | None) -> None:
        """Show another study, or nothing."""
        if study is not None and study == self.study:
            return
        self.study = study
        if study is None:
            self.c_index.set_figure(None)
            self.errors.set_figure(None)
            self.table.set_columns([])
            return
        if study.of_setting and not parts.shown(study):
            self._show_nothing()
        elif study.of_setting:
            self._show_setting(study)
        else:
            self._show_mechanisms(study)
        columns = parts.columns(study)
        self.table.set_columns(columns)
        self.table.setFixedHeight(ROW * (len(study.rows) + 1) + 14)
        self.remarks.setText("\n".join(study.remarks))
        self.remarks.setVisible(bool(study.remarks))
        self._below.set_hint("★ what is taken where nobody studies it; Δ paired by fold")
        self.verticalScrollBar().setValue(0)

    def _show_setting(self, study: StudyResult) -> None:
        figure, errors = parts.setting_figure(study), parts.errors_figure(study)
        self._left.set_title(f"C-index by {figure.axis.name}")
        self._left.set_hint(parts.headline(study))
        self.note.setText(READ)
        name = study.name
        self.c_index.set_figure(partial(draw_setting, figure=figure), setting_table(figure), name, Tall(HIGH))
        self.c_index.set_regions(_Places(study))
        self._right.setVisible(errors is not None)
        if errors is None:
            self.errors.set_figure(None)
            self.note.setText(f"{READ} {NOTHING}")
            return
        self._right.set_title(f"Reconstruction error by {figure.axis.name}")
        numbers = errors_table(errors)
        self.errors.set_figure(partial(draw_errors, figure=errors), numbers, f"{name}-reconstruction", Tall(HIGH))

    def _show_nothing(self) -> None:
        self._right.hide()
        self._left.set_hint("")
        self.note.setText(EMPTY)
        for figure in (self.c_index, self.errors):
            figure.set_figure(None)
            figure.set_regions(None)

    def _show_mechanisms(self, study: StudyResult) -> None:
        groups = parts.groups(study)
        self._left.set_title("C-index by kind of missingness")
        self._left.set_hint(parts.headline(study))
        self.note.setText(f"{parts.hidden_line(study)} {READ}")
        draw = partial(draw_mechanisms, groups=groups)
        self.c_index.set_figure(draw, mechanisms_table(groups), "missingness", Tall(mechanisms_height(groups)))
        self.c_index.set_regions(_Dots(study))
        self._right.hide()
        self.errors.set_figure(None)

    def _lay_out(self) -> None:
        for card, figure, text in ((self._left, self.c_index, self.note), (self._right, self.errors, self.about)):
            card.body.addWidget(figure)
            card.body.addWidget(text)
            card.body.addStretch(1)
        self._below.head.addWidget(self.save)
        self._below.body.addWidget(self.table)
        self._below.body.addWidget(self.remarks)
        pair = QHBoxLayout()
        pair.setSpacing(GAP)
        pair.addWidget(self._left, 1)
        pair.addWidget(self._right, 1)
        inside = QWidget()
        inside.setProperty("kind", "plain")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(pair)
        column.addWidget(self._below)
        column.addStretch(1)
        for card in (self._left, self._right, self._below):
            card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setWidget(inside)

    @Slot()
    def _save(self) -> None:
        if self.study is not None:
            self._asked = self.table.as_csv()
            files.ask_save(self, "Save the study", f"{self.study.name}.csv", "CSV table (*.csv)", self._saved)

    @Slot(object)
    def _saved(self, path: object) -> None:
        if self._asked is not None:
            files.write(files.as_path(path), self._asked)


@dataclass(frozen=True, slots=True)
class _Places:
    study: StudyResult

    def __call__(self, rect: Rect) -> Sequence[tuple[Rect, str]]:
        strips = setting_places(rect, parts.setting_figure(self.study))
        return [(s, parts.row_tip(row, self.study)) for s, row in zip(strips, parts.shown(self.study), strict=True)]


@dataclass(frozen=True, slots=True)
class _Dots:
    study: StudyResult

    def __call__(self, rect: Rect) -> Sequence[tuple[Rect, str]]:
        study = self.study
        told = {(parts.capital(study.said(r.value)), method_title(r.method)): parts.row_tip(r, study)
                for r in study.first}  # fmt: skip
        found = mechanisms_rows(rect, parts.groups(study))
        return [(strip, told[group.title, dot.method]) for strip, group, dot in found]
