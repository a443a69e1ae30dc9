"""The folds of a cohort: how many patients each tests on, and how many of them had the event."""

from __future__ import annotations

from dataclasses import dataclass

from survgui.cases.review import Fold
from survgui.figures.canvas import Canvas, Fill, Rect
from survgui.figures.theme import Type, width
from survgui.figures.words import count, percent, plural

NAME, VALUE = Type(12.5, 400), Type(12.0, 500)
SOFT, TICK = Type(12.0, 400, "soft"), Type(11.0, 400, "soft")
ROW, HEAD = 30.0, 22.0
GAP = 16.0
LEGEND = "■ had the event   □ did not, as far as followed"


@dataclass(frozen=True, slots=True)
class FoldParts:
    """What is drawn."""

    folds: tuple[Fold, ...]


def fold_parts_height(figure: FoldParts) -> float:
    """Height in px."""
    return HEAD + ROW * len(figure.folds)


def draw_fold_parts(canvas: Canvas, rect: Rect, figure: FoldParts) -> None:
    """A bar a fold: the patients it tests on, those with the event filled; what it trains on in words."""
    names = [f"Fold {fold.fold + 1}" for fold in figure.folds]
    tests = [f"{plural(f.test, 'patient')}, {plural(f.test_events, 'event')} ({_rate(f)})" for f in figure.folds]
    trains = [_trained(fold) for fold in figure.folds]
    left = max((width(name, NAME) for name in names), default=0.0) + GAP
    test = max([width("tests on", TICK), *(width(text, VALUE) for text in tests)]) + GAP
    train = max([width("trains on", TICK), *(width(text, SOFT) for text in trains)])
    if rect.width - left - test - train - 2 * GAP < width(LEGEND, TICK):  # it trains on the others
        train, trains = -GAP, [""] * len(trains)
    bar = Rect(rect.x + left, rect.y, max(40.0, rect.width - left - test - train - 2 * GAP), rect.height)
    at_test, at_train = bar.right + GAP, bar.right + GAP + test
    canvas.text(bar.x, rect.y + 11.0, LEGEND, TICK)
    canvas.text(at_test, rect.y + 11.0, "tests on", TICK)
    if any(trains):
        canvas.text(at_train, rect.y + 11.0, "trains on", TICK)
    most = max((fold.test for fold in figure.folds), default=1) or 1
    for number, fold in enumerate(figure.folds):
        y = rect.y + HEAD + (number + 0.5) * ROW
        canvas.text(rect.x, y + 4.2, names[number], NAME)
        canvas.box(Rect(bar.x, y - 7.0, max(2.0, bar.width * fold.test / most), 14.0), Fill("accent", 0.22), radius=3.0)
        if fold.test_events:
            canvas.box(Rect(bar.x, y - 7.0, bar.width * fold.test_events / most, 14.0), Fill("accent"), radius=3.0)
        canvas.text(at_test, y + 4.2, tests[number], VALUE)
        if trains[number]:
            canvas.text(at_train, y + 4.2, trains[number], SOFT)


def fold_parts_table(figure: FoldParts) -> tuple[list[str], list[list[object]]]:
    """Header and rows for CSV."""
    rows: list[list[object]] = [
        [f.fold + 1, f.train, f.train_events, f.test, f.test_events, f.sites] for f in figure.folds
    ]
    return ["fold", "train", "train_events", "test", "test_events", "test_sites"], rows


def _rate(fold: Fold) -> str:
    return percent(fold.test_events / max(1, fold.test))


def _trained(fold: Fold) -> str:
    said = f"{count(fold.train)}, {plural(fold.train_events, 'event')}"
    return f"{said} · tests at {plural(fold.sites, 'site')}" if fold.sites else said
