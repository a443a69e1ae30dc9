from __future__ import annotations

import gzip
import json
from types import SimpleNamespace

import pytest

from survgui.cases.cohort import Split
from survgui.cli import evaluate as module
from survgui.cli.main import run
from survgui.errors import ReadError


def changed(overrides):
    if "depth" in overrides:
        raise ValueError("no setting 'depth'")
    return overrides


@pytest.fixture
def evaluated(engine, task, cohort, tmp_path):
    seen = []

    def evaluate(cohort, methods, options, **choices):
        (choices["work"] / "cell.json").parent.mkdir(parents=True, exist_ok=True)
        before = [p.name for p in choices["work"].iterdir()]
        (choices["work"] / "cell.json").touch()
        seen.append((cohort.splits, methods, options, {**choices, "work": before}))
        return task({"rows": [1]})

    engine("survgui.readers.cohort", load_cohort=lambda path: cohort)
    engine("survgui.engine.evaluation.comparison", evaluate=evaluate)
    engine("survgui.engine.evaluation.tables", as_text=lambda r: "the table", to_csv=lambda r: "a,b\n")
    engine("survgui.engine.evaluation.spread", Where=lambda workers, scheduler: (workers, scheduler))
    engine("survgui.engine.methods.contract", Options=lambda config, device, risks: (config, device, risks))
    engine("survgui.engine.methods.published", default_risks=lambda: "found.csv")
    engine("survgui.nets.must", PRESETS={"small": SimpleNamespace(changed=changed)})
    engine("survgui.nets.device", pick=lambda name: "cpu")
    return seen


def test_the_result_is_written_and_the_summary_shown(evaluated, tmp_path, capsys):
    files = f"--json {tmp_path / 'r.json'} --csv {tmp_path / 'r.csv'}"
    words = f"evaluate cohort.toml --methods must,cox-clinical --patterns natural,rna --seeds 2 {files}"
    assert run(words.split()) == 0
    assert json.loads((tmp_path / "r.json").read_text()) == {"rows": [1]}
    assert (tmp_path / "r.csv").read_text() == "a,b\n"
    assert capsys.readouterr().out == f"the table\n{tmp_path / 'r.json'}\n{tmp_path / 'r.csv'}\n"
    ((_, methods, options, choices),) = evaluated
    assert methods == ("must", "cox-clinical") and options == ({}, "cpu", "found.csv")
    assert choices == {"patterns": ("natural", "rna"), "seeds": 2, "work": [], "where": (1, ""), "oracle": {}}


def test_where_and_with_what_it_is_computed(evaluated, tmp_path):
    (tmp_path / "c.toml").write_text("epochs = 4")
    (tmp_path / "truth.json").write_text('{"oracle_c": {"rna": 0.8}, "seed": 1}')
    words = f"evaluate {tmp_path / 'cohort.toml'} --methods must --json {tmp_path / 'r.json'}".split()
    more = f"--workers 3 --config {tmp_path / 'c.toml'} --risks {tmp_path / 'risks.csv'}".split()
    assert run([*words, *more]) == 0 and run([*words, "--scheduler", "tcp://a:1"]) == 0
    (_, _, options, spread), (*_, cluster) = evaluated
    assert options == ({"epochs": 4}, "cpu", str(tmp_path / "risks.csv")) and spread["where"] == (3, "")
    assert cluster["where"] == (1, "tcp://a:1") and cluster["oracle"] == {"rna": 0.8}
    assert run([*words, "--workers", "2", "--scheduler", "tcp://a:1"]) == 2
    (tmp_path / "c.toml").write_text("depth = 4")
    assert run([*words, "--config", str(tmp_path / "c.toml")]) == 2


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"oracle_c": 1}', '{"oracle_c": {"rna": null}}'])
def test_a_truth_that_is_none_is_told(tmp_path, content):
    assert module.read_oracle(tmp_path) == {}
    (tmp_path / "truth.json").write_text(content)
    with pytest.raises(ReadError, match="TRU-01"):
        module.read_oracle(tmp_path)


def test_only_resume_keeps_what_was_finished(evaluated, tmp_path):
    words = f"evaluate cohort.toml --methods must --json {tmp_path / 'r.json'}".split()
    assert [run(words), run([*words, "--resume"]), run(words)] == [0, 0, 0]
    assert [choices["work"] for *_, choices in evaluated] == [[], ["cell.json"], []]


def test_other_contents_of_the_cohort_file_are_another_evaluation(tmp_path):
    arguments = SimpleNamespace(cohort=tmp_path, preset="small", device="cpu", splits=None)
    folders = []
    for content in ("one", "two", "one"):
        (tmp_path / "cohort.toml").write_text(content)
        folders.append(module.working_folder(arguments))
    assert folders[0] == folders[2] != folders[1]


def test_a_preset_that_is_none(evaluated, tmp_path):
    words = f"evaluate cohort.toml --methods must --preset huge --json {tmp_path / 'r.json'}".split()
    assert run(words) == 2


SPLITS = "case_id,fold,part\nP1,0,train\nP2,0,val\nP1,1,test\nP2,1,train\nP9,1,train\n"


@pytest.mark.parametrize("name", ["s.csv", "s.csv.gz"])
def test_folds_from_a_file(tmp_path, cohort, name):
    content = SPLITS.encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else b"\xef\xbb\xbf" + content)
    assert module.read_splits(tmp_path / name, cohort) == (Split(0, ("P1",), ("P2",)), Split(1, ("P2",), ("P1",)))


def test_folds_reach_the_evaluation(evaluated, tmp_path):
    (tmp_path / "s.csv").write_text(SPLITS)
    files = f"--json {tmp_path / 'r.json'} --splits {tmp_path / 's.csv'}"
    assert run(f"evaluate cohort.toml --methods must {files}".split()) == 0
    assert [split.fold for split in evaluated[0][0]] == [0, 1]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("case,part\nP1,train\n", "SPL-01"),
        ("case,fold,part\nP1,one,train\n", "SPL-01"),
        ("case,fold,part\nP1,0,both\n", "SPL-02"),
        ("case,fold,part\nP1,0,train\nP9,0,test\n", "SPL-03"),
        ("case,fold,part\nP9,0,train\n", "SPL-04"),
        ("case,fold,part\nP1,0,train\nP2,0,test\nP1,0,test\n", "line 4: fold 0 .*SPL-07"),
        ("case,fold,part\nP1,0,train\nP2,0,test\nP1,0,train\n", "line 4: fold 0 .*SPL-07"),
        ("", "SPL-04"),
        ("\x89PNG\ufffd", "SPL-04"),
    ],
)
def test_folds_that_cannot_be(tmp_path, cohort, content, code):
    (tmp_path / "s.csv").write_text(content)
    with pytest.raises(ReadError, match=code):
        module.read_splits(tmp_path / "s.csv", cohort)


def test_folds_that_cannot_be_read(tmp_path, cohort):
    with pytest.raises(ReadError, match="SPL-05"):
        module.read_splits(tmp_path / "none.csv", cohort)
    (tmp_path / "s.csv.gz").write_bytes(gzip.compress(SPLITS.encode())[:-12])
    with pytest.raises(ReadError, match="incomplete"):
        module.read_splits(tmp_path / "s.csv.gz", cohort)
    (tmp_path / "s.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReadError, match="SPL-06"):
        module.read_splits(tmp_path / "s.csv", cohort)
