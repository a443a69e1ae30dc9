"""Batches end to end, in processes of their own: over a cluster of which a worker is killed, and after a kill."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.batch import folder

CLUSTER = """
import json, os, signal, sys
from collections import Counter
from pathlib import Path

from survgui import paths
from survgui.batch.items import case_folders, items_of_cases
from survgui.batch.run import perform
from survgui.cases.batch import Action, Order
from survgui.engine.spread import Where

if __name__ == "__main__":
    import distributed

    bundle = next(f / "demo-simulated" for f in paths.bundle_folders() if (f / "demo-simulated").is_dir())
    seen = Counter()
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options) as made, distributed.Client(made) as client:
        victim = next(iter(client.run(os.getpid).values()))
        items = items_of_cases(case_folders([Path(sys.argv[1])]))
        order = Order(Action.PREDICT, bundle, draws=2)
        task = perform(items, order, where=Where(1, made.scheduler_address), taken=lambda row: seen.update([row.item]))
        try:
            while True:
                next(task)
                if len(seen) >= 3 and victim:
                    os.kill(victim, signal.SIGKILL)
                    victim = 0
        except StopIteration as stop:
            rows = stop.value
    print(json.dumps({"killed": victim == 0, "seen": seen, "codes": {r.item: r.trouble.code for r in rows if r.trouble},
                      "rows": [r.item for r in rows]}))
"""


@pytest.fixture(scope="module")
def like(tmp_path_factory):
    return folder.template(tmp_path_factory.mktemp("demo"))


@pytest.mark.slow
def test_a_cluster_that_loses_a_worker_in_the_middle_gives_every_row_once(like, tmp_path):
    broken = folder.make(tmp_path / "cases", like, 10)
    script = tmp_path / "script.py"
    script.write_text(CLUSTER)
    ran = subprocess.run([sys.executable, script, tmp_path / "cases"], capture_output=True, text=True, timeout=1200)
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["killed"] and len(found["rows"]) == 22
    assert found["seen"] == dict.fromkeys(found["rows"], 1)
    assert found["codes"] == broken


def predict(cases, out, *more):
    words = ["predict", cases, "--bundle", "demo-simulated", "--draws", "2", "--csv", out, *more]
    return [sys.executable, "-m", "survgui", *map(str, words)]


@pytest.mark.slow
def test_a_hundred_cases_of_which_twelve_are_broken_are_88_results_and_12_explained_rows(like, tmp_path, home):
    broken = folder.make(tmp_path / "cases", like, 88)
    journal = home / "data" / "batches"
    first = subprocess.Popen(predict(tmp_path / "cases", tmp_path / "r.csv", "--workers", 2), stderr=subprocess.PIPE)
    until = time.monotonic() + 900
    while len(list(journal.glob("*/*.json"))) < 20:
        assert time.monotonic() < until and first.poll() is None
        time.sleep(0.2)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    kept = {file: file.stat().st_mtime_ns for file in journal.glob("*/*.json")}
    assert not (tmp_path / "r.csv").exists()
    again = predict(tmp_path / "cases", tmp_path / "r.csv", "--workers", 2, "--resume")
    done = subprocess.run(again, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1].startswith("survgui: 88 of 100 cases done, 12 failed;")
    rows = list(csv.DictReader((tmp_path / "r.csv").read_text().splitlines()))
    assert len({row["case"] for row in rows}) == len(rows) == 100
    failed = {row["case"]: row for row in rows if row["error"]}
    assert {case: row["code"] for case, row in failed.items()} == broken
    assert all(row["risk"] for row in rows if row["case"] not in broken)
    finished = [file for file in kept if json.loads(file.read_text())["trouble"] is None]
    assert finished and all(file.stat().st_mtime_ns == kept[file] for file in finished), (
        "what was done is not done again"
    )
