from survgui.cases.case import Modality
from survgui.cases.display import Trial, Trials
from survgui.ui.compare.trials import TrialsCard, trial_columns
from survgui.ui.widgets.labels import Label

TRIALS = Trials(
    Modality.CNV,
    (
        Trial("gaussian", 1, 20, 0.42, 0.906, 2.31),
        Trial("ddim", 50, 20, 0.361, 0.96, 231.4),
        Trial("mean", 1, 1, 0.66, None, 0.8),
    ),
)


def test_each_generator_says_how_near_how_wide_and_how_long():
    columns = trial_columns(TRIALS)
    rows = [[c.text(k) for c in columns] for k in range(3)]
    assert rows == [
        ["Gaussian (closed form)", "0.42", "91\u202f%", "2.3\u202fms"],
        ["Diffusion (DDIM), 50 steps", "0.36", "96\u202f%", "231\u202fms"],
        ["Mean only: no spread", "0.66", "no spread", "0.8\u202fms"],
    ]


def test_the_card_is_there_with_its_rows_alone(qtbot):
    card = TrialsCard()
    qtbot.addWidget(card)
    card.resize(600, 200)
    assert card.isHidden()
    card.set_trials(TRIALS)
    qtbot.waitUntil(card.isVisible)
    said = [label.text() for label in card.findChildren(Label)]
    assert "copy number hidden and drawn · 20 draws where there is a spread" in said
    last = card.table.visualRect(card.table.model().index(2, 0))
    assert last.bottom() <= card.table.viewport().height() and card.table.model().rowCount() == 3
    card.set_trials(None)
    assert card.isHidden() and card.table.model().rowCount() == 0
