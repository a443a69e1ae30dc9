"""SIGKILL at random moments of whole commands: half a file never counts, and the same command again ends the same.

The moments are of a seeded draw, as shares of the time that the command takes when nobody disturbs it; whatever step
they fall on, what is asked holds at every one.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from survgui.batch.journal import Journal
from survgui.cases.bundle import verify
from survgui.cases.case import Modality
from survgui.cases.step import run_to_end
from survgui.encoders import cache
from survgui.engine.simulation.write import demo_case, simulate
from survgui.nets.weights import load_tensors
from survgui.workspace import Workspace
from tests.batch import folder as cases
from tests.durability.faults import left_over

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")]
KILLS = 5
SETTINGS = "epochs = 2\nwarmup_epochs = 1\ndiffusion_epochs = 4\n"
CHUNKED = "import sys; from survgui.engine import encode; encode.CHUNK = 8; from survgui.cli import main; "
"""A slide is then encoded in many parts, of which a kill may take the one in work."""


@dataclass(frozen=True)
class Command:
    """A command, what a kill must have left of it, and what it ends with.

    Attributes:
        given: Writes into a folder what the command takes.
        words: The command in that folder.
        kept: What is acknowledged in the folder and home, by name; raises where half a file counts as whole.
        result: What the command ends with, without times.
        again: Words that go on.
    """

    name: str
    given: Callable[[Path], object]
    words: tuple[str, ...]
    kept: Callable[[Path, Path], Mapping[str, object]]
    result: Callable[[Path, Path], object]
    again: tuple[str, ...] = ()


def _cohort(folder: Path) -> None:
    chosen = (Modality.CLINICAL, Modality.RNA)
    run_to_end(simulate(folder / "c", patients=60, seed=1, modalities=chosen))
    (folder / "s.toml").write_text(SETTINGS)


def _trained(folder: Path, home: Path) -> dict[str, object]:
    """Finished folds; checkpoints are whole, and a bundle is there with every file or not at all."""
    work = folder / ".b.training"
    for file in work.rglob("*.safetensors"):
        load_tensors(file)
    if (folder / "b").exists():
        verify(folder / "b")
        return {f"fold{number}.safetensors": "in the bundle" for number in range(5)}
    return {file.name: file.read_bytes() for file in work.glob("*.safetensors")}


def _bundle(folder: Path, home: Path) -> object:
    manifest = json.loads((folder / "b" / "manifest.json").read_text())
    plain = {key: value for key, value in manifest.items() if key not in ("created", "salt", "trained_on", "files")}
    plain["training"].pop("seconds")
    tensors = {f.name: load_tensors(f) for f in sorted((folder / "b").glob("*.safetensors"))}
    sums = {f"{file} {name}": value.tolist() for file, found in tensors.items() for name, value in found.items()}
    assert not (folder / ".b.training").exists()
    return plain, sums


def _features(folder: Path, home: Path) -> dict[str, object]:
    """Of every finished entry its content; parts are whole too, and go where their whole has come."""
    place = home / "cache" / "features"
    kept: dict[str, object] = {}
    for entry in cache.entries(place):
        slot = cache.Slot(entry.name, place)
        finished = [file for kind in ("h5", "npz") if (file := place / f"{entry.name}.{kind}").is_file()]
        for file in finished:
            assert slot.bag() is not None or slot.volume() is not None
            kept[file.name] = file.read_bytes()
        parts = sorted((place / f"{entry.name}.parts").glob("*.npz"))
        assert all(slot.chunk(int(part.stem)) is not None for part in parts)
        kept |= {f"part {part.stem}": b"" for part in parts}
        kept |= {f"part {number:05d}": b"" for number in range(99) if f"{entry.name}.h5" in kept}
    return kept


def _encoded(folder: Path, home: Path) -> object:
    place = home / "cache" / "features"
    assert not list(place.glob("*.parts"))
    return {file.name: file.read_bytes() for kind in ("h5", "npz") for file in place.glob(f"*.{kind}")}


def _several(folder: Path) -> None:
    cases.make(folder / "cases", cases.template(folder / "like"), 12, ("rna-infinite",))


def _rows(folder: Path, home: Path) -> dict[str, object]:
    """Rows that are finished, as they were first written; reports beside them are whole."""
    assert _reports(folder / "reports") is not None
    (journal,) = [*(home / "data" / "batches").glob("*")] or [home]
    return {name: row.seconds for name, row in Journal(journal).rows().items() if row.done}


def _reports(folder: Path) -> dict[str, object]:
    for pdf in folder.glob("*.pdf"):
        assert pdf.read_bytes().rstrip().endswith(b"%%EOF")
    for html in folder.glob("*.html"):
        assert html.read_text().rstrip().endswith("</html>")
    return {file.name: json.loads(file.read_text())["result"] for file in folder.glob("*.json")}


def _predicted(folder: Path, home: Path) -> object:
    rows = json.loads((folder / "r.json").read_text())
    plain = [{name: value for name, value in row.items() if name != "seconds"} for row in rows]
    return plain, sorted(file.name for file in (folder / "reports").iterdir()), _reports(folder / "reports")


PREDICT = ("predict", "--bundle", "demo-simulated", "--draws", "2", "--device", "cpu")
COMMANDS = (
    Command(
        "train",
        _cohort,
        ("train", "c", "--method", "must", "--preset", "demo", "--config", "s.toml", "--out", "b", "--device", "cpu"),
        _trained,
        _bundle,
        ("--resume",),
    ),
    Command("encode", lambda folder: demo_case(folder / "case"), ("encode", "case"), _features, _encoded),
    Command(
        "predict and report",
        _several,
        (*PREDICT, "cases", "--json", "r.json", "--reports", "reports", "--workers", "2"),
        _rows,
        _predicted,
        ("--resume",),
    ),
    Command(
        "one report",
        lambda folder: demo_case(folder / "case"),
        (*PREDICT, "case", "--reports", "reports"),
        lambda folder, home: _reports(folder / "reports"),
        lambda folder, home: (_reports(folder / "reports"), sorted(f.name for f in (folder / "reports").iterdir())),
    ),
)


class Runs:
    """A command in processes of its own, with its own folder and home."""

    def __init__(self, command: Command, folder: Path) -> None:
        self.folder, self.home, self._words, self.begun = folder / "f", folder / "home", command.words, False
        self.folder.mkdir(parents=True)
        command.given(self.folder)

    def started(self, *more: str) -> subprocess.Popen[bytes]:
        code = f"{CHUNKED}sys.exit(main.run(sys.argv[1:]))"
        return subprocess.Popen(
            [sys.executable, "-c", code, *self._words, *more],
            env={**os.environ, "SURVGUI_HOME": str(self.home)},
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def to_the_end(self, *more: str) -> float:
        """Seconds that it took."""
        began, process = time.monotonic(), self.started(*more)
        _, said = process.communicate(timeout=600)
        assert process.returncode == 0, said.decode()[-2000:]
        return time.monotonic() - began

    def killed_after(self, seconds: float, everybody: bool, *more: str) -> bool:
        """Whether it had not ended before; its children go with it or, told by nobody, end by themselves."""
        process, self.begun = self.started(*more), True
        try:
            process.communicate(timeout=seconds)
            return False
        except subprocess.TimeoutExpired:
            if everybody:
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.communicate()  # the pipe closes when the last child is gone
            return True


@pytest.mark.parametrize("command", [pytest.param(one, id=one.name.replace(" ", "-")) for one in COMMANDS])
def test_killed_at_any_moment_it_goes_on_and_ends_the_same(command: Command, tmp_path: Path) -> None:
    whole = Runs(command, tmp_path / "whole")
    takes = whole.to_the_end()
    end = command.result(whole.folder, whole.home)
    draw, kills, kept = random.Random(command.name), 0, list[int]()
    folders = (tmp_path / str(number) for number in count())
    often, before = Runs(command, next(folders)), dict[str, object]()
    while kills < KILLS:
        more = command.again if often.begun else ()
        if often.killed_after(takes * draw.uniform(0.3, 1.0), draw.random() < 0.5, *more):
            now = dict(command.kept(often.folder, often.home))
            assert before.keys() <= now.keys()
            assert all(now[name] in (was, "in the bundle") for name, was in before.items())
            kills, before = kills + 1, now
            kept.append(len(now))
        else:
            assert command.result(often.folder, often.home) == end
            often, before = Runs(command, next(folders)), {}
    often.to_the_end(*command.again)
    assert command.result(often.folder, often.home) == end
    print(f"{command.name}: kills within {takes:.1f} s, after which were kept {kept}")  # pytest -rP shows it


# The list of cases

CHANGES = """
import random, sys
from survgui.cases.case import Modality, State
from survgui.cases.prediction import BundleName
from survgui.workspace import Workspace
draw = random.Random(int(sys.argv[1]))
def said(*words):
    print(*words, flush=True)
with Workspace.default() as workspace:
    keys = [record.key for record in workspace.records()]
    for n in range(10**6):
        what = draw.choice(("add", "note", "risk", "delete")) if len(keys) > 5 else "add"
        value = f"{sys.argv[1]}.{n}"
        if what == "add":
            said("begin", "add", "?", value)
            record = workspace.add(value, "", f'id = "{value}"\\nnote = ""\\n', {})
            keys.append(record.key)
            said("done", "add", record.key, value)
            continue
        key = draw.choice(keys)
        said("begin", what, key, value)
        if what == "note":
            workspace.edit_case_file(key, lambda text: text.splitlines()[0] + f'\\nnote = "{value}"\\n', "a note")
        elif what == "risk":
            states = {Modality.RNA: State.MEASURED}
            bundle = BundleName("b", "1", "0" * 64)
            workspace.keep_prediction(key, bundle, float(n), "low", 5.0, states, {"risk": value})
        else:
            workspace.delete([key])
            keys.remove(key)
        said("done", what, key, value)
"""


def _acknowledged(lines: list[str], before: dict[str, dict[str, Any]]) -> Iterator[dict[str, dict[str, Any]]]:
    """What the list must be: after all that was done, or with what had begun as well."""
    state = {key: dict(value) for key, value in before.items()}
    for line in lines:
        how, what, key, value = line.split()
        if how == "done":
            _change(state, what, key, value)
    yield state
    if lines and lines[-1].startswith("begin") and "add" not in lines[-1]:
        after = {key: dict(value) for key, value in state.items()}
        _change(after, *lines[-1].split()[1:])
        yield after


def _change(state: dict[str, dict[str, Any]], what: str, key: str, value: str) -> None:
    if what == "delete":
        del state[key]
    elif what == "add":
        state[key] = {"id": value, "note": "", "risk": None}
    else:
        state[key][what] = value


def _listed(added: bool) -> dict[str, dict[str, Any]]:
    with Workspace.default() as workspace:
        assert workspace.notice == "" or (added and "1 case has to be predicted again" in workspace.notice)
        assert not workspace.audit.verify().broken
        found = {}
        for record in workspace.records():
            text, result = workspace.case_file(record.key).read_text(), workspace.prediction(record.key)
            note = text.split('note = "')[1].split('"')[0]
            assert f'id = "{record.id}"' in text
            risk = None if result is None else result["risk"]
            assert (record.bundle != "") == (risk is not None)
            found[record.key] = {"id": record.id, "note": note, "risk": risk}
        folders = {folder.name for folder in (workspace.default_folder() / "cases").iterdir()}
        assert folders == set(found)
        return found


def test_the_list_of_cases_is_killed_at_any_moment(home: Path) -> None:
    draw, state, changes = random.Random(6), dict[str, dict[str, Any]](), 0
    for number in range(12):
        command = [sys.executable, "-c", CHANGES, str(number)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            with suppress(subprocess.TimeoutExpired):
                process.wait(draw.uniform(0.05, 1.5))
            process.kill()
            lines += process.stdout.read().splitlines()
        lines = [line.strip() for line in lines if len(line.split()) == 4]
        now = _listed(added=lines[-1].startswith("begin add"))
        either = list(_acknowledged(lines, state))
        if len(either) == 1 and lines[-1].startswith("begin"):  # an addition whose key was not told
            assert either[0].items() <= now.items() and len(now) - len(either[0]) in (0, 1)
        else:
            assert now in either
        state, changes = now, changes + len(lines) // 2
    assert changes > 50
    for part in (home / "data" / "workspace").rglob("*.part"):
        os.utime(part, (0, 0))
    with Workspace.default() as workspace:
        workspace.delete([workspace.records()[0].key])
        assert left_over(workspace.default_folder() / "backups") == []
    print(f"the list of cases: 12 kills among {changes} changes")
