"""From a simulated cohort to predictions through the command line alone, as a script would do it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from survgui.cli.main import run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def cohort(work):
    words = f"simulate {work / 'sim'} --patients 80 --seed 1 --modalities clinical,rna --missing mcar --rate 0.2"
    assert run(words.split()) == 0
    return work / "sim"


@pytest.fixture(scope="module")
def bundle(work, cohort):
    assert run(f"train {cohort} --out {work / 'mine'} --preset demo --device cpu --seed 1".split()) == 0
    return work / "mine"


def predicted(cohort, bundle, path, options=""):
    assert run(f"predict {cohort} --bundle {bundle} --device cpu --json {path} {options}".split()) == 0
    rows = json.loads(path.read_text())
    for row in rows:
        row.pop("seconds", None)
    return rows


def test_the_same_seed_predicts_the_same(cohort, bundle, tmp_path):
    first = predicted(cohort, bundle, tmp_path / "a.json", "--seed 4")
    assert first == predicted(cohort, bundle, tmp_path / "b.json", "--seed 4")
    assert len(first) == 80
    for row in first:
        assert row["base"] + sum(c["value"] for c in row["contributions"]) == pytest.approx(row["output"], abs=1e-6)
        assert row["survival"][0] == 1.0 and row["survival"] == sorted(row["survival"], reverse=True)


def test_what_is_hidden_is_not_measured(cohort, bundle, tmp_path):
    rows = predicted(cohort, bundle, tmp_path / "a.json", "--hide rna")
    assert {row["modalities"].get("rna") for row in rows if row["error"] is None} == {"imputed"}
    assert run(f"predict {cohort} --bundle {bundle} --hide mri --json {tmp_path / 'b.json'}".split()) == 2


def test_an_evaluation_that_is_killed_goes_on(cohort, tmp_path, home):
    options = "--methods cox-clinical,mask-only,must --preset demo --device cpu"
    words = f"evaluate {cohort} {options} --json {tmp_path / 'r.json'}"
    command = [sys.executable, "-m", "survgui", *words.split()]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
    cells = home / "cache" / "evaluate"
    deadline = time.monotonic() + 120
    while len(list(cells.rglob("*.json"))) < 7 and time.monotonic() < deadline:
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept = {path: path.stat().st_mtime_ns for path in cells.rglob("*.json")}
    assert run([*words.split(), "--resume"]) == 0
    assert all(path.stat().st_mtime_ns == written for path, written in kept.items())
    result = json.loads((tmp_path / "r.json").read_text())
    assert len([row for row in result["rows"] if row["method"] == "must"]) == 5
