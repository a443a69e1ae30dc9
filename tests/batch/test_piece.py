from __future__ import annotations

import pytest

from survgui import paths
from survgui.batch import piece
from survgui.batch.items import case_folders, items_of_cases
from survgui.cases.batch import Action, Order
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
