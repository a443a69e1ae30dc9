from __future__ import annotations

from survgui.cases.case import Modality
from survgui.cases.imputation_quality import HALF, OTHERS, QualityRow
from survgui.engine.masked.quality_card import card_lines

RNA, MRI, CLINICAL = Modality.RNA, Modality.MRI, Modality.CLINICAL


def stored(*rows):
    return [row.stored() for row in rows]


ROWS = stored(
    QualityRow(RNA, OTHERS, 103, 0.8, 1.0, 0.85, 0.4, -0.05, 0.7, spread_ratio=0.45, coverage=0.311),
    QualityRow(RNA, HALF, 103, 0.5, 1.0, correlation=0.6, correlation_low=0.1, correlation_high=0.9),
    QualityRow(MRI, OTHERS, 20, 0.499, 0.5, 0.45, ssim=0.31, mean_ssim=0.3, spread_ratio=0.05, collapsed=True),
    QualityRow(RNA, ("mri",), 19, 0.98, 1.0, 0.95),
    QualityRow(RNA, ("clinical",), 99, 0.9, 1.0, None),
    QualityRow(MRI, ("rna",), 19, 0.5, 0.5, 0.5),
    QualityRow(CLINICAL, ("rna",), 99, 0.7, 1.0, 0.75),
)


def test_a_row_of_the_table_says_every_figure_relative_to_the_mean():
    lines = card_lines(ROWS)
    assert "| RNA-seq | all others | 103 | 0.800 | 0.850 | 0.40 (-0.05 to 0.70) | – | 0.45 | 31 % |" in lines
    assert (
        "| RNA-seq | all others, half of its own patches | 103 | 0.500 | – | 0.60 (0.10 to 0.90) | – | – | – |" in lines
    )
    assert "| MRI | all others | 20 | 0.998 | 0.900 | – | 0.31 (0.30) | 0.05 | – |" in lines


def test_losses_and_collapse_are_said():
    text = " ".join(card_lines(ROWS))
    assert "better than the mean in 1 of 2 modalities (RNA-seq)." in text  # MRI has collapsed to it
    assert "better than ridge regression in 1 of 2 modalities (RNA-seq); level with it in 0 of 2 modalities" in text
    assert "worse than it in 1 of 2 modalities (MRI). Errors that differ by less than 0.01 are called level" in text
    assert "**Collapsed to the mean**: MRI." in text
    assert "Collapsed" not in " ".join(card_lines(ROWS[:2]))


def test_single_modalities_are_a_matrix():
    lines = card_lines(ROWS)
    assert "| hidden | from RNA-seq | from MRI | from Clinical |" in lines
    assert "| RNA-seq | – | 0.980 / 0.950 | 0.900 |" in lines
    assert "| MRI | 1.000 / 1.000 | – | – |" in lines
    assert not any("hidden |" in line for line in card_lines(ROWS[:4]))


def test_nothing_to_say():
    assert card_lines([]) == [] and card_lines([{"odd": 1}]) == []
