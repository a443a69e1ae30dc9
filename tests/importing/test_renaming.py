from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from survgui.cases.case import Modality
from survgui.cases.proposal import Conversion, ProposedSource, TablePlan, Use
from survgui.importing.renaming import renamed
from survgui.readers.table import Tables
from tests.importing.makers import GENES, table, values


@pytest.mark.parametrize("down", [True, False])
def test_samples_become_patients_either_way_round(tmp_path, down):
    body = values(3)
    if down:
        rows = [[gene, *row] for gene, row in zip(GENES, body.T, strict=True)]
        path, plan = table(tmp_path / "t.tsv", ["gene", "a", "b", "c"], rows), TablePlan(orientation="cases-in-columns")
    else:
        rows = [[name, *row] for name, row in zip("abc", body, strict=True)]
        path, plan = table(tmp_path / "t.tsv", ["sample", *GENES], rows), TablePlan(case="sample")
    source = ProposedSource("k", (path,), Use.MODALITY, "table", modality=Modality.RNA, plan=plan)
    target = Path(tmp_path / "made.parquet")
    found = renamed(source, {"a": "P1", "b": "P2"}, Tables(), target)
    frame = pd.read_parquet(target).set_index("case")
    assert frame.index.tolist() == ["P1", "P2", "c"]  # what nobody names keeps its name
    assert frame.loc["P2", list(GENES)].to_numpy() == pytest.approx(body[1])
    assert (found.conversion, found.patients, found.features) == (Conversion.RENAMED, 3, 12)
