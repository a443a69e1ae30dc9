from __future__ import annotations

import gzip
import json
from dataclasses import replace
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
        seen.append((cohort.splits, methods, options, choices))
        return task({"rows": [1]})

    engine("survgui.readers.cohort", load_cohort=lambda path: cohort)
    engine("survgui.engine.evaluation.comparison", evaluate=evaluate)
    engine("survgui.engine.evaluation.tables", as_text=lambda r: "the table", to_csv=lambda r: "a,b\n")
    engine("survgui.engine.spread", Where=lambda workers, scheduler: (workers, scheduler))
    engine("survgui.engine.methods.contract", Options=lambda config, **more: (config, *more.values()))
    engine("survgui.engine.methods.published", default_risks=lambda: "found.csv")
    for networks in ("survgui.nets.must", "survgui.nets.masked.config"):
        engine(networks, PRESETS={"small": SimpleNamespace(changed=changed)})
    engine("survgui.nets.device", pick=lambda name: "cpu")
    return seen


def test_the_result_is_written_and_the_summary_shown(evaluated, tmp_path, capsys, deeds):
    files = f"--json {tmp_path / 'r.json'} --csv {tmp_path / 'r.csv'}"
    words = f"evaluate cohort.toml --methods must,cox-clinical --patterns natural,rna --seeds 2 {files}"
    assert run(words.split()) == 0
    assert json.loads((tmp_path / "r.json").read_text()) == {"rows": [1]}
    assert (tmp_path / "r.csv").read_text() == "a,b\n"
    assert capsys.readouterr().out == f"the table\n{tmp_path / 'r.json'}\n{tmp_path / 'r.csv'}\n"
    assert deeds() == [("evaluate", "comparison")]
    ((_, methods, options, choices),) = evaluated
    assert methods == ("must", "cox-clinical") and options == ({}, "cpu", "found.csv", {})
    assert choices.pop("work").parent.name == "evaluate"
    assert choices == {"patterns": ("natural", "rna"), "seeds": 2, "resume": False, "where": (1, ""), "oracle": {}}


def test_where_and_with_what_it_is_computed(evaluated, tmp_path):
    (tmp_path / "c.toml").write_text("epochs = 4\n[imputmae]\nwidth = 32")
    (tmp_path / "truth.json").write_text('{"oracle_c": {"rna": 0.8}, "seed": 1}')
    words = f"evaluate {tmp_path / 'cohort.toml'} --methods must --json {tmp_path / 'r.json'}".split()
    more = f"--workers 3 --config {tmp_path / 'c.toml'} --risks {tmp_path / 'risks.csv'}".split()
    assert run([*words, *more]) == 0 and run([*words, "--scheduler", "tcp://a:1"]) == 0
    (_, _, options, spread), (*_, cluster) = evaluated
    assert options == ({"epochs": 4}, "cpu", str(tmp_path / "risks.csv"), {"width": 32}) and spread["where"] == (3, "")
    assert cluster["where"] == (1, "tcp://a:1") and cluster["oracle"] == {"rna": 0.8}
    assert run([*words, "--workers", "2", "--scheduler", "tcp://a:1"]) == 2
    for wrong in ("depth = 4", "[imputmae]\ndepth = 4"):
        (tmp_path / "c.toml").write_text(wrong)
        assert run([*words, "--config", str(tmp_path / "c.toml")]) == 2


def test_a_cohort_is_thinned_before_anything_is_learned(evaluated, engine, cohort, tmp_path):
    engine("survgui.engine.evaluation.missingness", impose=lambda c, m, r: replace(c, name=f"{m} {r}"),
           imposed=lambda before, after, m, r: {"mechanism": m, "rate": r, "of": before.name})  # fmt: skip
    file = tmp_path / "r.json"
    task_result = {"protocol": {}}
    engine("survgui.engine.evaluation.comparison", evaluate=lambda c, *_, **__: once(c, task_result))
    assert run(f"evaluate cohort.toml --methods must --missing site --rate 0.5 --json {file}".split()) == 0
    said = {"mechanism": "site", "rate": 0.5, "of": "two"}
    assert json.loads(file.read_text()) == {"protocol": {"missing": said}, "seen": "site 0.5"}
    assert run(f"evaluate cohort.toml --bundle b --missing mar --json {file}".split()) == 2
    assert run(f"evaluate cohort.toml --methods must --missing mar --rate 1 --json {file}".split()) == 2


def once(cohort, result):
    return {**result, "seen": cohort.name}
    yield  # a task without steps


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"oracle_c": 1}', '{"oracle_c": {"rna": null}}'])
def test_a_truth_that_is_none_is_told(tmp_path, content):
    assert module.read_oracle(tmp_path) == {}
    (tmp_path / "truth.json").write_text(content)
    with pytest.raises(ReadError, match="TRU-01"):
        module.read_oracle(tmp_path)


def test_resuming_looks_where_the_same_request_was_stopped(evaluated, tmp_path):
    words = f"evaluate cohort.toml --methods must --json {tmp_path / 'r.json'}".split()
    assert [run(words), run([*words, "--resume"])] == [0, 0]
    (*_, first), (*_, again) = evaluated
    assert first["work"] == again["work"] and (first["resume"], again["resume"]) == (False, True)


@pytest.fixture
def asked(tmp_path):
    for name in ("cohort.toml", "s.csv", "c.toml", "r.csv"):
        (tmp_path / name).write_text("one")
    return SimpleNamespace(
        cohort=tmp_path, methods=("must",), patterns=("natural",), seeds=1, preset="small", device="cpu",
        splits=tmp_path / "s.csv", config=tmp_path / "c.toml", risks=tmp_path / "r.csv",
        missing=None, rate=0.3, encoder="",
    )  # fmt: skip


@pytest.mark.parametrize(
    "other", [{"methods": ("cmta",)}, {"patterns": ("all",)}, {"seeds": 2}, {"preset": "demo"}, {"device": "cuda"},
              {"splits": None}, {"config": None}, {"missing": "mar"}, {"rate": 0.5}],
)  # fmt: skip
def test_another_request_has_another_folder(asked, other):
    first = module.working_folder(asked)
    assert module.working_folder(SimpleNamespace(**{**vars(asked), **other})) != first == module.working_folder(asked)


@pytest.mark.parametrize("name", ["cohort.toml", "s.csv", "c.toml", "r.csv"])
def test_other_contents_of_a_file_are_another_evaluation(asked, tmp_path, name):
    folders = []
    for content in ("one", "two", "one"):
        (tmp_path / name).write_text(content)
        folders.append(module.working_folder(asked))
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
