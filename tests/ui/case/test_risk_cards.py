import csv
import io

import pytest
from PySide6.QtCore import QPointF

from survgui.cases.case import Modality, State
from survgui.ui.case.risk_cards import ContributionsCard, EstimateCard, InformationCard
from tests.ui import samples

M, S = Modality, State


@pytest.fixture
def estimate(qtbot):
    made = EstimateCard()
    qtbot.addWidget(made)
    made.resize(392, 420)
    made.show()
    return made


def numbers(view):
    return list(csv.DictReader(io.StringIO(view.rendering("csv")().decode().split("\n", 1)[1])))


def test_the_headline_is_the_estimate_at_the_horizon(estimate):
    p = samples.predicted()
    estimate.set_predicted(p)
    at = p.content.at_horizon
    assert estimate.number.text() == f"{100 * at.survival:.0f}\u202f%"
    assert estimate.when.text() == "alive at 24 months"
    assert estimate.spread.text() == f"imputation spread {100 * at.low:.0f}–{100 * at.high:.0f}\u202f%"
    assert "569 patients" in estimate.cohort.text()
    assert "Of 100 patients" in estimate.number.toolTip()
    assert "frozen in the bundle" in estimate.badge.toolTip()


def proposed(view, monkeypatch):
    """The file names that the menu of a figure proposes."""
    asked = []
    monkeypatch.setattr("survgui.ui.widgets.figure_view.files.ask_save", lambda *given: asked.append(given[2]))
    for action in view.menu.actions():
        if action.text().startswith("Save"):
            action.trigger()
    return {name.rsplit(".", 1)[0] for name in asked}


def test_the_first_estimate_is_never_taken_for_the_whole_one(qtbot, estimate, monkeypatch):
    contributions = ContributionsCard()
    qtbot.addWidget(contributions)
    for preliminary, names in ((True, {"survival-curve-preliminary"}), (False, {"survival-curve"})):
        p = samples.predicted(preliminary=preliminary)
        estimate.set_predicted(p)
        contributions.set_predicted(p)
        assert proposed(estimate.curve, monkeypatch) == names
        assert ("varies" in estimate.number.toolTip() or "vary" in estimate.number.toolTip()) is not preliminary
        assert ("vary" in estimate.curve.accessibleDescription()) is not preliminary
    assert proposed(contributions.figure, monkeypatch) == {"contributions"}


def test_the_curve_can_be_exported_with_its_numbers(estimate):
    p = samples.predicted()
    estimate.set_predicted(p)
    rows = numbers(estimate.curve)
    assert {row["curve"] for row in rows} == {"this case", "low", "intermediate", "high", "this case, table"}
    table = [float(row["survival"]) for row in rows if row["curve"] == "this case, table"]
    assert table == pytest.approx([h.survival for h in p.content.horizons])
    assert estimate.curve.rendering("pdf")().startswith(b"%PDF")


def test_a_headline_of_any_group_fits(estimate):
    estimate.set_predicted(samples.predicted(risk_group="intermediate", risk_percentile=99.0))
    assert estimate.minimumSizeHint().width() <= 360
    right = estimate.badge.geometry().right()
    assert right <= estimate.contentsRect().right() - 14
    assert estimate.spread.geometry().top() >= estimate.when.geometry().bottom() - 1


def test_a_bar_says_more_when_it_is_pointed_at(qtbot):
    card = ContributionsCard()
    qtbot.addWidget(card)
    card.resize(392, 240)
    card.show()
    p = samples.predicted()
    card.set_predicted(p)
    said = [card.figure.tip_at(QPointF(180.0, y + 0.5)) for y in range(card.figure.height())]
    texts = list(dict.fromkeys(found[1] for found in said if found is not None))
    assert len(texts) == len(p.content.contributions)
    assert texts[0].startswith("shared by all, measured: +0.41")
    assert "RNA-seq, imputed" in card.figure.accessibleDescription()


def test_what_would_change_this_lists_what_is_missing(qtbot):
    card = InformationCard()
    qtbot.addWidget(card)
    card.show()
    card.set_predicted(samples.predicted())
    assert card.figure.isVisible()
    assert [row["modality"] for row in numbers(card.figure)] == ["rna", "cnv"]
    assert "another risk group" in card.note.text()
    assert "n = 20 draws" in card.note.text()
    card.set_predicted(samples.predicted({M.CLINICAL: S.MEASURED, M.RNA: S.MEASURED}))
    assert not card.figure.isVisible()
    assert card.note.text() == "Everything the bundle takes was measured."


def test_the_curve_can_be_explored_with_its_spread_and_those_at_risk(estimate):
    p = samples.predicted()
    estimate.set_predicted(p)
    plot = estimate.curve.explorer.plots()
    at = p.content.at_horizon
    own, *groups = plot.series
    assert (plot.subject, plot.start, own.at(at.months)) == (
        p.content.identity.case,
        at.months,
        pytest.approx(at.survival),
    )
    assert own.band_at(at.months) == pytest.approx((at.low, at.high))
    k = list(p.content.groups[0].ticks).index(at.months)
    assert groups[0].at_risk(at.months) == (at.months, p.content.groups[0].at_risk[k])
