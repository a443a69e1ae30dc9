from functools import partial

from survgui.cases.case import Modality
from survgui.cases.prediction import Information
from survgui.cases.report import Gene
from survgui.figures.bars import bars_height, draw_genes, draw_information, information_rows, information_table
from survgui.figures.canvas import Rect
from tests.report.recorder import drawn

M = Modality


def test_a_share_of_changes_is_a_bar_of_that_length():
    items = (Information(M.RNA, 1.0, 0.1), Information(M.CNV, 0.5, 0.1), Information(M.MRI, 0.0, 0.0))
    made = drawn(partial(draw_information, items=items), 300.0, bars_height(3))
    tracks = [rect for rect, fill in made.boxes if fill.colour == "grid"]
    bars = [rect for rect, fill in made.boxes if fill.colour == "accent"]
    assert [bar.width / tracks[0].width for bar in bars] == [1.0, 0.5]  # nothing is drawn for a share of 0


def test_features_lie_on_their_side_of_the_mean_and_long_names_have_room():
    genes = (Gene(M.RNA, "ENSG" + "0" * 60, -3.0), Gene(M.CNV, "EGFR", 1.5))
    made = drawn(partial(draw_genes, genes=genes, reach=3.0), 330.0, bars_height(2))
    (less, cold), (more, warm) = made.boxes
    assert (cold.colour, warm.colour) == ("low", "high")
    assert less.right == more.x
    assert less.width == 2 * more.width


def test_each_bar_of_information_lies_in_the_strip_that_can_be_pointed_at():
    items = (Information(M.RNA, 1.0, 0.1), Information(M.CNV, 0.5, 0.1))
    rect = Rect(40.0, 30.0, 300.0, bars_height(2))  # where `drawn` draws
    made = drawn(partial(draw_information, items=items), 300.0, bars_height(2))
    bars = [bar for bar, fill in made.boxes if fill.colour == "accent"]
    for (strip, item), bar, wanted in zip(information_rows(rect, items), bars, items, strict=True):
        assert item is wanted
        assert strip.y < bar.y < bar.bottom < strip.bottom
    assert information_table(items)[1] == [["rna", 1.0, 0.1], ["cnv", 0.5, 0.1]]
