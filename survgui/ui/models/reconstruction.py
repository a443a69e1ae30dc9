"""How well a bundle imputes: every modality hidden from held-out patients, beside the mean and ridge regression."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from survgui.cases.bundle import Manifest
from survgui.cases.case import Modality
from survgui.cases.imputation_quality import (
    HALF,
    LEAST_GAIN,
    LEAST_SPREAD,
    LEVEL,
    OTHERS,
    SHOWN,
    FeatureTable,
    QualityRow,
    feature_tables,
    main_rows,
    quality_rows,
)
from survgui.figures.gains import Gain, draw_gains, gains_height, gains_table
from survgui.figures.words import MINUS, THIN, count, listed, percent, plain, plural, short
from survgui.ui.widgets import files
from survgui.ui.widgets.buttons import Button, Segmented
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.explanations import Tall
from survgui.ui.widgets.figure_view import FigureView
from survgui.ui.widgets.labels import Label
from survgui.ui.widgets.table import Column, Csv, Table

GAP, NARROWEST, WIDEST = 10, 330, 620
VIEWS = (("patterns", "By what was shown"), ("features", "Features"))
PART = "half of its own"
"""Short for `SHOWN[HALF]` where a column is narrow."""
PEARSON = "Pearson over held-out patients"
READ = (
    "Error: squared, relative to that of filling in the training patients' mean; 1 is the mean, 0 perfect. Ridge: the "
    "same of ridge regression from the same modalities. Spread: how much reconstructions differ between patients, "
    "relative to real ones. In 90\u202f%: real values inside the draws' interval, which is no confidence interval."
)

Values = NDArray[np.float64]


def gains_of(rows: Sequence[QualityRow]) -> tuple[Gain, ...]:
    """What is drawn: every modality from all others, and a ring where half of its own patches are shown too."""
    whole, half = main_rows(rows), main_rows(rows, HALF)
    made = []
    for modality, row in whole.items():
        part = half[modality].gain if modality in half else None
        made.append(Gain(modality.title, row.n, row.gain, row.ridge_gain, part, row.collapsed))
    return tuple(made)


def verdict(rows: Sequence[QualityRow]) -> str:
    """In words: where it is better than the mean, and better, level or worse than ridge regression."""
    found = list(main_rows(rows).values())
    if not found:
        return "This model takes one modality: there is no other to reconstruct it from." if rows else ""
    said = f"Better than the mean in {_of([short(row.modality) for row in found if row.beats_mean], len(found))}"
    beside = [row for row in found if row.beside_ridge is not None]
    if not beside:
        return f"{said}."
    better, level, worse = (
        _of([short(row.modality) for row in beside if row.beside_ridge == side], len(beside))
        for side in ("better", "level", "worse")
    )
    return (
        f"{said}. Beside ridge regression: better in {better}, level in {level}, worse in {worse}; level is an error "
        f"that differs by less than {LEVEL} (our choice)."
    )


def warning(rows: Sequence[QualityRow]) -> str:
    """Which modalities have collapsed to the mean and what that means, or nothing."""
    flat = [row.modality.title for row in main_rows(rows).values() if row.collapsed]
    if not flat:
        return ""
    return (
        f"{listed(flat)}: collapsed to the mean. Less than a hundredth of the variance between patients is explained, "
        "or reconstructions hardly differ between them: what is imputed is little more than the average patient."
    )


def ordered(rows: Sequence[QualityRow]) -> list[QualityRow]:
    """From all others first, then with half of itself, then from ever more of the others."""
    place = {OTHERS: 0, HALF: 1}
    return sorted(rows, key=lambda row: (place.get(row.pattern, 1 + len(row.pattern)), len(row.pattern)))


def quality_columns(rows: Sequence[QualityRow]) -> list[Column]:
    """One row a modality and what was shown; figures that no row has are left out."""
    own, ridge = (np.array([_relative(g) for g in gains]) for gains in _gains(rows))
    made = [
        Column("Hidden", [row.modality.title for row in rows], width=104),
        Column("Shown", [shown_title(row) for row in rows], width=0, tip=f"{PART.capitalize()}: {SHOWN[HALF]}"),
        Column("n", np.array([row.n for row in rows]), "right", 48, _count, tip="Held-out patients, all folds"),
        Column("Error", own, "right", 50, plain, _error_role, tip="1 is the training patients' mean, 0 is perfect"),
        Column("Ridge", ridge, "right", 50, _two, tip="The error of ridge regression from the same modalities"),
    ]
    made.append(_likeness(rows))
    spread, inside = _values(rows, "spread_ratio"), _values(rows, "coverage")
    tip = "S.d. between patients, reconstructed over real"
    made.append(Column("Spread", spread, "right", 58, _two, _spread_role, searched=False, tip=tip))
    if np.isfinite(inside).any():
        tip = "Real values inside the draws' 90 % interval, corrected for the number of draws"
        made.append(Column(f"In 90{THIN}%", inside, "right", 60, _share, searched=False, tip=tip))
    return made


def _likeness(rows: Sequence[QualityRow]) -> Column:
    """Correlations of tables; of pictures the structural similarity, beside that of the mean picture."""
    r, ssim = _values(rows, "correlation"), _values(rows, "ssim")
    if not np.isfinite(ssim).any():
        return Column("r", r, "right", 52, _two, searched=False, tip=f"{PEARSON}, median over the features")
    means = _values(rows, "mean_ssim")
    said = [_two(a) if np.isnan(b) else f"{_two(b)} ({_two(m)})" for a, b, m in zip(r, ssim, means, strict=True)]
    tip = f"{PEARSON}, median over the features; of pictures structural similarity (that of the mean picture)"
    return Column("r, SSIM (mean)", said, "right", 100, searched=False, tip=tip, order=np.where(np.isnan(r), ssim, r))


def feature_columns(table: FeatureTable) -> list[Column]:
    """The best and the worst features of a modality, the best first."""
    told = [*table.best, *reversed(table.worst)]
    ranks = [*range(1, len(table.best) + 1), *range(table.features - len(table.worst) + 1, table.features + 1)]
    return [
        Column("Rank", np.array(ranks), "right", 70, _count, searched=False),
        Column("Feature", [feature.name for feature in told], width=0),
        Column("r", np.array([f.correlation for f in told]), "right", 80, _two, tip=PEARSON),
        Column("Error", np.array([f.mse for f in told]), "right", 80, _two, tip="Squared, in development variance"),
    ]


def deciles_line(table: FeatureTable) -> str:
    """How all features of a modality do, of which the table names the ends."""
    said = f"n = {count(table.n)}; {plural(table.features, 'feature')}, of which the best and the worst are named."
    if len(table.deciles) != 11:
        return said
    low, middle, high = (_two(table.deciles[k]) for k in (1, 5, 9))
    return f"{said} r is below {low} in a tenth of them, {middle} in the middle, above {high} in another tenth."


def shown_title(row: QualityRow) -> str:
    """`all others`, `half of its own`, `Clinical and RNA`."""
    names = [short(Modality(n)) if n in set(Modality) else n for n in row.pattern]
    return PART if row.pattern == HALF else SHOWN.get(row.pattern) or listed(names)


class ReconstructionPane(QWidget):
    """The figure, and beside it a table of every pattern, or the features of one modality."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[QualityRow, ...] = ()
        self._features: dict[Modality, FeatureTable] = {}
        self._asked: Csv | None = None
        self.figure = FigureView("Error of reconstructions of hidden modalities beside ridge regression")
        self.verdict, self.warning = Label("", "soft", wrap=True), Label("", "warn", wrap=True)
        self.table = Table("reconstruction by what was shown")
        self.features = Table("best and worst reconstructed features")
        self.views, self.modalities = Segmented(VIEWS), Segmented()
        self.deciles = Label("", "hint", wrap=True)
        self.save = Button("Save as CSV…", icon="download", tip="Save this table")
        self.views.chosen.connect(self._show_view)
        self.modalities.chosen.connect(self._show_features)
        self.save.clicked.connect(self._save)
        self._lay_out()

    def set_manifest(self, manifest: Manifest | None) -> bool:
        """Show another bundle's figures.

        Returns:
            Whether it holds any.
        """
        training = manifest.training if manifest is not None else {}
        self._rows, self._features = tuple(ordered(quality_rows(training))), feature_tables(training)
        gains = gains_of(self._rows)
        draw = partial(draw_gains, rows=gains) if gains else None
        self.figure.set_figure(draw, gains_table(gains), "reconstruction", Tall(gains_height(gains)))
        self.verdict.setText(verdict(self._rows))
        self.warning.setText(warning(self._rows))
        self.warning.setVisible(bool(self.warning.text()))
        self.table.set_columns(quality_columns(self._rows) if self._rows else [])
        self.modalities.set_options([(str(m), m.title) for m in self._features])
        self.views.button("features").setVisible(bool(self._features))
        self._show_features(self.modalities.key)
        self.views.set_chosen("patterns")
        self._show_view("patterns")
        return bool(self._rows)

    def _lay_out(self) -> None:
        left = Card("Hidden modalities, imputed", "held-out patients")
        for widget in (self.figure, self.verdict, self.warning):
            left.body.addWidget(widget)
        left.body.addStretch(1)
        left.setMinimumWidth(NARROWEST)
        left.setMaximumWidth(WIDEST)
        right = Card()
        head = QHBoxLayout()
        head.addWidget(self.views)
        head.addStretch(1)
        head.addWidget(self.save)
        right.body.addLayout(head)
        self._stack = QStackedWidget()
        self._stack.addWidget(_page(self.table, Label(READ, "hint", wrap=True)))
        self._stack.addWidget(_page(self.modalities, self.features, self.deciles))
        right.body.addWidget(self._stack, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(left, 1)
        row.addWidget(right, 2)

    @Slot(str)
    def _show_view(self, key: str) -> None:
        self._stack.setCurrentIndex([name for name, _ in VIEWS].index(key))

    @Slot(str)
    def _show_features(self, key: str) -> None:
        table = next((t for m, t in self._features.items() if str(m) == key), None)
        self.features.set_columns(feature_columns(table) if table is not None else [])
        self.deciles.setText(deciles_line(table) if table is not None else "")

    @Slot()
    def _save(self) -> None:
        patterns = self.views.key == "patterns"
        self._asked = (self.table if patterns else self.features).as_csv()
        name = "reconstruction" if patterns else f"reconstruction-{self.modalities.key}"
        files.ask_save(self, "Save the table", f"{name}.csv", "CSV table (*.csv)", self._saved)

    @Slot(object)
    def _saved(self, path: object) -> None:
        if self._asked is not None:
            files.write(files.as_path(path), self._asked)


def _page(*widgets: QWidget) -> QWidget:
    """Widgets under each other; a table takes the room that is left."""
    page = QWidget()
    page.setProperty("kind", "plain")
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    for widget in widgets:
        column.addWidget(widget, 1 if isinstance(widget, Table) else 0)
    return page


def _gains(rows: Sequence[QualityRow]) -> tuple[list[float | None], list[float | None]]:
    return [row.gain for row in rows], [row.ridge_gain for row in rows]


def _relative(gain: float | None) -> float:
    return float("nan") if gain is None else 1.0 - gain


def _values(rows: Sequence[QualityRow], name: str) -> Values:
    found = (getattr(row, name) for row in rows)
    return np.array([np.nan if value is None else float(value) for value in found])


def _error_role(value: float) -> str:
    return "warn" if value >= 1.0 - LEAST_GAIN else "text"


def _spread_role(value: float) -> str:
    return "warn" if value < LEAST_SPREAD else "text"


def _count(value: float) -> str:
    return count(int(value))


def _two(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}".replace("-", MINUS)


def _share(value: float) -> str:
    return "–" if np.isnan(value) else percent(value)


def _of(names: list[str], total: int) -> str:
    if len(names) == total > 1:
        return f"all {total}"
    return f"{len(names)} of {total}" + (f" ({listed(names)})" if names else "")
