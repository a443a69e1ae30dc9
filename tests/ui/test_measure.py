"""The window's rows: what is asked of which process, and the arithmetic of what it answers. Never how fast."""

import json
import os

import pytest

from survgui.ui import measure


@pytest.fixture
def answers(monkeypatch):
    """Answers in the place of processes, taken one after the other; an exception is raised."""
    asked = []

    def put(*given):
        left = list(given)

        def process(code, home, say=None):
            asked.append(code)
            answer = left.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(measure, "_process", process)
        return asked

    return put


def painted(ms, heavy=()):
    return {"ms": ms, "heavy": list(heavy), "files": []}


def stage(usual, longest, busiest, trouble=""):
    return {"usual": usual, "longest": longest, "busiest": busiest, "trouble": trouble}


def test_the_start_is_the_median_of_the_runs_after_the_first(answers, monkeypatch):
    monkeypatch.setattr(measure, "evict", lambda files: None)
    asked = answers(*(painted(ms) for ms in (9000.0, 400.0, 600.0, 450.0, 2000.0, 1000.0)))
    warm, cold, heavy = measure.startup_rows("home", 3, 2)
    assert (warm["value"], warm["met"], warm["runs"]) == (450.0, True, 3)
    assert (cold["value"], cold["met"], cold["runs"]) == (1500.0, True, 2)
    assert (heavy["value"], heavy["met"]) == (0.0, True) and len(asked) == 6


def test_a_heavy_library_is_named(answers, monkeypatch):
    monkeypatch.setattr(measure, "evict", lambda files: None)
    answers(*[painted(1.0, ["torch"])] * 3)
    *_, heavy = measure.startup_rows("home", 1, 1)
    assert (heavy["value"], heavy["met"], heavy["note"]) == (1.0, False, "torch")


def test_a_start_from_a_warm_disk_is_not_called_cold(answers, monkeypatch):
    def refuse(files):
        raise measure.NotMeasured("another process uses them")

    monkeypatch.setattr(measure, "evict", refuse)
    answers(painted(1.0), painted(1.0))
    _, cold, _ = measure.startup_rows("home", 1, 1)
    assert cold["value"] is None and cold["met"] is None
    assert cold["note"] == "not measured: another process uses them"


def test_a_window_that_does_not_start_is_a_row_with_the_reason(answers):
    answers(measure.NotMeasured("no fonts"))
    (row,) = measure.startup_rows("home", 1, 1)
    assert row["note"] == "not measured: no fonts" and row["target"] == measure.WARM_MS


def test_a_stage_has_three_rows_over_the_days(answers):
    days = [stage(10.0, 40.0, 30.0), stage(20.0, 60.0, 50.0), stage(40.0, 90.0, 70.0)]
    answers(*({"stages": {"predicting": one}, "megabytes": m} for one, m in zip(days, (100.0, 120.0, 90.0))))  # noqa: B905
    usual, longest, own, memory = measure.day_rows(["a", "b", "c"], False, print)
    assert (usual["value"], usual["target"], usual["met"]) == (20.0, 33.0, True)
    assert (longest["value"], longest["target"], longest["met"]) == (60.0, 50.0, False)
    assert (own["value"], own["target"], own["met"]) == (50.0, None, None)
    assert (memory["value"], memory["unit"]) == (100.0, "MB")
    assert longest["name"] == "window, predicting, longest stall" and longest["runs"] == 3


def test_a_stage_that_was_given_up_says_why(answers):
    answers({"stages": {"training": stage(1.0, 1.0, 1.0, "not over after 180 s")}, "megabytes": None})
    training, memory = measure.day_rows(["a"], True, print)
    assert training["note"] == "not measured: not over after 180 s"
    assert memory["value"] is None


def test_a_day_that_ends_early_and_a_case_without_slide_are_rows(answers, tmp_path):
    answers(measure.NotMeasured("the process ended with -11: "))
    (row,) = measure.day_rows(["a"], True, print)
    assert "-11" in row["note"]
    (row,) = measure.viewer_rows(tmp_path, True)
    assert row["note"] == "not measured: the demo case has no slide"


def test_the_viewer_gets_the_slide_of_the_day(answers, tmp_path):
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "x.svs").write_bytes(b"")
    asked = answers({"rows": [{"name": "slide viewer"}]})
    assert measure.viewer_rows(tmp_path, True) == [{"name": "slide viewer"}]
    assert str(tmp_path / "case" / "x.svs") in asked[0]


def test_a_process_gives_its_last_line_and_tells_its_stages(tmp_path):
    code = """print('{"stage": "one"}'); print("noise"); print('{"ms": 3}')"""
    told = []
    assert measure._process(code, tmp_path, told.append) == {"ms": 3}
    assert told[0] == "one"


def test_a_process_has_a_home_of_its_own_and_no_screen(tmp_path):
    code = "import os, json, gc; print(json.dumps([*map(os.environ.get, ('SURVGUI_HOME', 'QT_QPA_PLATFORM'))]))"
    with pytest.raises(measure.NotMeasured):  # a list is no answer
        measure._process(code, tmp_path)
    code = "import os, json, gc; print(json.dumps({'home': os.environ['SURVGUI_HOME'], 'gc': gc.isenabled()}))"
    assert measure._process(code, tmp_path) == {"home": str(tmp_path), "gc": False}


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise SystemExit('no fonts')", "ended with 1: no fonts"),
        ("pass", "ended with 0: nothing was said"),
        ('print(\'{"stage": "one"}\')', "ended with 0: nothing was said"),
    ],
)
def test_a_process_that_gives_nothing_says_why(tmp_path, code, why):
    with pytest.raises(measure.NotMeasured, match=why):
        measure._process(code, tmp_path)


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="no way to ask")
def test_what_was_just_read_is_in_memory(tmp_path):
    file = tmp_path / "f"
    file.write_bytes(os.urandom(1 << 20))
    with file.open("rb") as stream:
        stream.read()
    empty = tmp_path / "empty"
    empty.touch()
    assert measure.cached([str(file), str(empty)]) == 1.0
    assert measure.cached([]) == measure.cached([str(empty)]) == 0.0


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="no way to ask")
@pytest.mark.parametrize(("left", "cold"), [(0.05, True), (0.5, False)])
def test_files_that_stay_in_memory_are_not_cold(monkeypatch, tmp_path, left, cold):
    file = tmp_path / "f"
    file.write_bytes(b"x")
    monkeypatch.setattr(measure, "cached", lambda files: left)
    if cold:
        assert measure.evict([str(file)]) is None
    else:
        with pytest.raises(measure.NotMeasured, match="50 % of the files stay in memory"):
            measure.evict([str(file)])


def test_a_system_that_cannot_be_asked_is_told(monkeypatch):
    monkeypatch.delattr(os, "posix_fadvise", raising=False)
    with pytest.raises(measure.NotMeasured, match="cannot be asked"):
        measure.evict([])


def test_the_rows_are_written(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(measure, "measured", lambda quick, say: (say("one"), [{"quick": quick}])[1])
    assert measure.main(["--json", str(tmp_path / "f.json"), "--quick"]) == 0
    assert json.loads((tmp_path / "f.json").read_text()) == {"rows": [{"quick": True}]}
    assert json.loads(capsys.readouterr().out) == {"stage": "one"}


def test_everything_is_measured_in_homes_of_their_own(monkeypatch):
    seen = []
    monkeypatch.setattr(measure, "startup_rows", lambda home, warm, cold: seen.append([home]) or [1])
    monkeypatch.setattr(measure, "day_rows", lambda homes, quick, say: seen.append(homes) or [2])
    monkeypatch.setattr(measure, "viewer_rows", lambda home, quick: seen.append([home]) or [3])
    told = []
    assert measure.measured(False, told.append) == [1, 2, 3]
    start, days, viewer = seen
    assert len({*start, *days}) == 4 and viewer == days[-1:]
    assert told == ["starting the window", "the slide viewer"]
