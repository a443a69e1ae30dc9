from __future__ import annotations

from dataclasses import replace

import pytest

from survgui import paths
from survgui.batch import piece
from survgui.batch.items import case_folders, items_of_cases, items_of_cohort
from survgui.cases.batch import Action, Order
from survgui.cases.bundle import verify
from survgui.cases.case import Modality
from survgui.cases.step import run_to_end
from tests.batch import folder


@pytest.fixture(scope="module")
def like(tmp_path_factory):
    return folder.template(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def order():
    (bundle,) = [f / "demo-simulated" for f in paths.bundle_folders() if (f / "demo-simulated").is_dir()]
    return Order(Action.PREDICT, bundle, draws=2)


def test_twelve_ways_to_be_broken_are_twelve_rows_that_say_which(like, order, tmp_path):
    wanted = folder.make(tmp_path, like, 1)
    rows = [run_to_end(piece.do(order, item)) for item in items_of_cases(case_folders([tmp_path]))]
    assert len(rows) == 13
    found = {row.item: row for row in rows}
    for row in rows:
        print(row.item, row.trouble)
    sound = found.pop("S-000")
    assert sound.done and sound.result["modalities"]["pathology"] == "imputed" and len(sound.key) == 64
    assert {name: row.trouble.code for name, row in found.items() if not row.done} == wanted


def test_a_table_that_nobody_can_be_read_from_is_said_once_and_before_anything_is_begun(order, tmp_path):
    patients = [f"P{number}" for number in range(4)]
    rows = "".join(f"{p},{60 + n},{n + 3},1\n" for n, p in enumerate(patients))
    (tmp_path / "clinical.csv").write_text("case_id,age,months,dead\n" + rows)
    (tmp_path / "rna.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    (tmp_path / "cohort.toml").write_text(
        'name = "c"\n[outcome]\ntable = "clinical.csv"\ntime = "months"\nevent = "dead"\nevent_value = 1\n'
        '[modality.clinical]\ntable = "clinical.csv"\ncolumns = ["age"]\n[modality.rna]\ntable = "rna.csv"\n'
    )
    items, bundle = items_of_cohort(tmp_path), verify(order.bundle)
    with pytest.raises(piece.Unread, match=r"^rna: rna\.csv.*every patient needs it.* \[TBL-06\]$") as told:
        piece.check_tables(order, items[0], bundle)
    assert told.value.code == "TBL-06"
    piece.check_tables(replace(order, hide=("rna",)), items[0], bundle)


def test_a_cohort_that_was_changed_is_read_again_by_a_process_that_lives_on(tmp_path):
    (tmp_path / "o.csv").write_text("case,t,e\nA,3,1\nB,4,0\n")
    head = 'name = "x"\n[outcome]\ntable = "o.csv"\ntime = "t"\nevent = "e"\n'
    (tmp_path / "cohort.toml").write_text(f'{head}[modality.rna]\ntable = "rna.csv"\n')
    (tmp_path / "rna.csv").write_text("case,TP53,EGFR\nA,1.5,2.5\nB,3.5,4.5\n")
    item = items_of_cohort(tmp_path)[0]
    before = piece.read(item, None).cohort
    (tmp_path / "rna.csv").write_text("case,TP53,EGFR\nB,1.5,2.5\nA,3.5,4.5\n")  # the ids were swapped
    after = piece.read(item, None).cohort
    found = [list(cohort.blocks[Modality.RNA].items["A"]) for cohort in (before, after)]
    assert found == [[1.5, 2.5], [3.5, 4.5]]
