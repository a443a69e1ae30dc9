import gzip
from dataclasses import replace

import numpy as np
import pytest

from survgui.cases.case import Modality
from survgui.cases.cohort import Split
from survgui.cases.step import run_to_end
from survgui.engine.methods import published as module
from survgui.engine.methods.contract import CannotRun, Options, outcome_of
from survgui.engine.methods.published import find, published, read_risks
from survgui.errors import ReadError
from survgui.nets.must import MustConfig
from survgui.survival.metrics import harrell_c


@pytest.fixture
def table(tmp_path, cohort):
    """Out-of-fold risks of five folds of every fifth patient; the last patient has none."""
    rows = ["cohort,model,fold,case_id,risk"]
    rows += [f"sim,MCAT_x,{k % 5},{i},{k / 7}" for k, i in enumerate(cohort.ids[:-1])]
    rows += [f"sim,MCAT_x_long,{k % 5},{i},0" for k, i in enumerate(cohort.ids)]
    file = tmp_path / "risks.csv"
    file.write_text("\n".join(rows))
    return file


def fitted(cohort, file, fold, name="mcat"):
    test = [i for k, i in enumerate(cohort.ids) if k % 5 == fold]
    train = [i for i in cohort.ids if i not in test]
    return run_to_end(published(name)(cohort, train, Options(MustConfig(), risks=str(file)))), test


def test_the_published_risks_of_the_test_part(cohort, table):
    model, test = fitted(cohort, table, 4)
    assert model.model == "MCAT_x"
    found = model.predict(cohort, test)
    assert found.risks[:-1] == pytest.approx([int(i[2:]) / 7 for i in test[:-1]]) and np.isnan(found.risks[-1])
    assert not found.has_curve and found.note.startswith("1 test patients")


def test_hidden_modalities_cannot_be_hidden_from_a_published_number(cohort, table):
    model, test = fitted(cohort, table, 0)
    with pytest.raises(CannotRun, match="nothing can be hidden"):
        model.predict(cohort.hide([Modality.RNA]), test)
    with pytest.raises(CannotRun, match="no test patient"):
        model.predict(cohort, [])


def test_models_that_had_seen_the_test_part_have_no_row(cohort, table):
    options = Options(MustConfig(), risks=str(table))
    with pytest.raises(CannotRun, match="other folds"):
        run_to_end(published("mcat")(cohort, cohort.ids[:90], options))
    strangers = replace(cohort, ids=tuple(f"X-{i}" for i in cohort.ids))
    with pytest.raises(CannotRun, match="no test patient"):
        run_to_end(published("mcat")(strangers, strangers.ids[:90], options))


def test_names_in_any_case_and_by_their_start():
    risks = {"AMIL_gc32_sig": {}, "AMIL_gc32_sig_concat": {}, "SNN": {}}
    assert find(risks, "amil") == "AMIL_gc32_sig" and find(risks, "amil_GC32_sig_concat") == "AMIL_gc32_sig_concat"
    assert find(risks, "snn") == "SNN"
    with pytest.raises(CannotRun, match="no model 'mca'; it has AMIL_gc32_sig, "):
        find(risks, "mca")


def test_without_a_table_there_is_no_row(cohort, monkeypatch, tmp_path):
    with pytest.raises(CannotRun, match="--risks"):
        run_to_end(published("mcat")(cohort, cohort.ids[:90], Options(MustConfig())))
    monkeypatch.setenv("SURVGUI_DATA", str(tmp_path))
    assert module.default_risks() == ""
    (tmp_path / module.FILE.parent).mkdir()
    (tmp_path / module.FILE).touch()
    assert module.default_risks() == str(tmp_path / module.FILE)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"model,fold,case_id\nm,0,P\n", "RSK-03"),
        (b"", "RSK-03"),
        (b"\xff\xfe", "RSK-02"),
        (b"model,fold,case_id,risk\nm,0,P,high\n", "RSK-04"),
        (b"model,fold,case_id,risk\nm,0,P\n", "RSK-04"),
        (b"model,fold,case_id,risk\nm,0,P,1\nm,1,P,2\n", "RSK-05"),
    ],
)
def test_tables_that_cannot_be(tmp_path, content, code):
    (tmp_path / "r.csv").write_bytes(content)
    with pytest.raises(ReadError, match=code):
        read_risks(tmp_path / "r.csv")


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ReadError, match="RSK-01"):
        read_risks(tmp_path / "none.csv")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"model,fold,case_id,risk\n")[:12])
    with pytest.raises(ReadError, match="RSK-02"):
        read_risks(tmp_path / "cut.csv.gz")


@pytest.mark.slow
def test_published_concordances_come_out_of_their_risks(shared_data):
    """MCAT as published: .624, .817 and .620 (data README)."""
    from survgui.readers.cohort import load_cohort

    for name, published_c in (("blca", 0.624), ("gbmlgg", 0.817), ("luad", 0.620)):
        cohort = load_cohort(shared_data / "cohorts" / f"tcga-{name}.toml").with_outcome()
        options = Options(MustConfig(), risks=str(shared_data / module.FILE))
        found = [_fold(cohort, split, options) for split in cohort.folds()]
        assert np.mean(found) == pytest.approx(published_c, abs=6e-4)


def _fold(cohort, split: Split, options):
    model = run_to_end(published("MCAT")(cohort, split.train, options))
    return harrell_c(outcome_of(cohort, split.test), model.predict(cohort, split.test).risks)
