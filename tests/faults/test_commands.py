"""Every command with wrong arguments and with bad files: an exit code, one line that says what to do, nothing written.

Words in braces are made for each test: {gone} is nowhere, {empty} an empty file, {noise} random bytes, {dir} an empty
folder, {pipe} a named pipe, {cohort} a good cohort.toml, {case} a good case.toml, {bad} a cohort with a third event
value, {slide} a slide, {cut} half a cohort.toml, {bundle} a bundle whose weights were changed, {out} the result.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from survgui.cli import main
from tests.faults import good
from tests.faults.conftest import TYPE_NAMES, content_of
from tests.faults.mutator import cell, flips, noise, truncate

WRONG = (
    "",
    "fly",
    "--fly",
    "demo --fly",
    "demo extra",
    "demo --device tpu",
    "simulate",
    "simulate {out}",
    "simulate {out} --patients 0 --seed 1",
    "simulate {out} --patients -5 --seed 1",
    "simulate {out} --patients many --seed 1",
    "simulate {out} --patients 20 --modalities proteins --seed 1",
    "simulate {out} --patients 20 --missing mnar --rate 2 --seed 1",
    "simulate {out} --patients 20 --missing sometimes --seed 1",
    "simulate {out} --patients 20 --level deep --seed 1",
    "simulate {out} --patients 20 --seed x",
    "cohort",
    "cohort fly",
    "cohort check",
    "cohort check {cohort} extra",
    "cohort import",
    "cohort import {gone} --out {out}",
    "encode",
    "encode {slide} --encoder nobody",
    "encode {case} --mpp 0",
    "encode {case} --mpp nan",
    "train",
    "train {cohort}",
    "train {cohort} --method must",
    "train {cohort} --method nobody --out {out}",
    "train {cohort} --method must --out {out} --preset nobody",
    "evaluate",
    "evaluate {cohort} --methods must",
    "evaluate {cohort} --methods nobody --json {out}",
    "evaluate {cohort} --methods must --seeds 0 --json {out}",
    "evaluate {cohort} --methods must --patterns proteins --json {out}",
    "evaluate {cohort} --json {out}",
    "study",
    "study speed {cohort} --json {out}",
    "predict",
    "predict {case}",
    "predict {case} --bundle demo-simulated",
    "predict {case} --bundle demo-simulated --hide proteins --json {out}",
    "predict {case} --bundle demo-simulated --draws 0 --json {out}",
    "predict {case} --bundle demo-simulated --report {out}.docx",
    "predict {case} --bundle demo-simulated --report a.pdf --reports b",
    "predict {cohort} --bundle demo-simulated --report {out}.pdf",
    "bundle fly",
    "bundle verify",
    "bundle install",
    "bundle card",
    "bundle encoder {bundle} --cohort {cohort}",
    "doctor --fly",
    "doctor --code SLD-99",
    "bench --fly",
    "bundle list extra",
    "case list extra",
    "case export",
    "case export nobody --out {out}",
    "case import",
    "case relink nobody --in {dir}",
    "case delete nobody --yes",
    "storage --clear everything",
    "audit fly",
    "audit list extra",
    "audit verify extra",
)


FAILING = (
    ("simulate {noise} --patients 20 --seed 1", "the system refused it .Not a directory"),
    ("cohort check {gone}", "COH-04.*was it moved|is not there"),
    ("cohort check {dir}", "COH-04|is not there"),
    ("cohort check {empty}", "outcome. is missing"),
    ("cohort check {noise}", "is not valid TOML"),
    ("cohort check {cut}", "is not valid TOML"),
    ("encode {gone}", "is not there|was it moved"),
    ("encode {empty}", "is empty"),
    ("encode {dir}", ""),
    ("encode {pipe}", "a pipe or a device"),
    ("train {gone} --method must --out {out}", "is not there"),
    ("train {noise} --method must --out {out}", "is not valid TOML"),
    ("train {bad} --method must --out {out}", "cannot be used as it stands: .*two are needed"),
    ("train {cohort} --method must --out {out} --config {gone}", "CFG-01"),
    ("train {cohort} --method must --out {out} --config {noise}", "CFG-02"),
    ("evaluate {gone} --methods cox-all --json {out}", "is not there"),
    ("evaluate {bad} --methods cox-all --json {out}", "cannot be used as it stands: .*two are needed"),
    ("evaluate {cohort} --methods cox-all --splits {gone} --json {out}", "SPL-05"),
    ("evaluate {cohort} --methods cox-all --splits {noise} --json {out}", "SPL-06"),
    ("evaluate {cohort} --bundle {gone} --json {out}", "no bundle"),
    ("evaluate {cohort} --bundle {bundle} --json {out}", "damaged or was changed"),
    ("evaluate {bad} --bundle {bundle} --json {out}", "damaged or was changed"),
    ("study width {bad} --json {out}", "cannot be used as it stands"),
    ("study width {gone} --json {out}", "is not there"),
    ("predict {gone} --bundle {bundle} --json {out}", "damaged or was changed"),
    ("predict {case} --bundle nobody --json {out}", "no bundle 'nobody'; installed are"),
    ("predict {case} --bundle {gone} --json {out}", "no bundle"),
    ("predict {case} --bundle {dir} --json {out}", "no bundle"),
    ("predict {case} --bundle {noise} --json {out}", "no bundle"),
    ("predict {gone} --bundle demo-simulated --json {out}", "is not there"),
    ("predict {empty} --bundle demo-simulated --json {out}", "is empty"),
    ("predict {noise} --bundle demo-simulated --json {out}", ""),
    ("predict {pipe} --bundle demo-simulated --json {out}", "a pipe or a device"),
    ("predict {cut} --bundle demo-simulated --json {out}", "is not valid TOML"),
    ("case import {gone}", "was it moved|cannot be read|is not there"),
    ("case import {dir}", "ARC-0|a folder"),
    ("case import {empty}", "ARC-0[23]|is empty"),
    ("case import {noise}", "ARC-0[23]"),
    ("case import {slide}", "ARC-0[23]"),
    ("bundle verify {gone}", "no bundle"),
    ("bundle verify {bundle}", "damaged or was changed"),
    ("bundle install {gone}", "could not be unpacked"),
    ("bundle install {noise}", "nor a whole zip file"),
    ("bundle install {bundle}", "damaged or was changed"),
    ("bundle install {dir}", "holds no manifest"),
    ("bundle card {gone}", "no bundle"),
    ("bundle card demo-simulated --evaluation {gone}", "EVA-11"),
    ("bundle card demo-simulated --evaluation {noise}", "EVA-12"),
    ("bundle encoder {gone} --cohort {cohort} --modality mri", "no bundle"),
)


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    """What stands for the words in braces."""
    made = {name: tmp_path / name for name in ("gone", "empty", "dir", "pipe", "out", "noise", "cut")}
    made["empty"].touch()
    made["dir"].mkdir()
    os.mkfifo(made["pipe"])
    made["noise"].write_bytes(b"\0")
    noise(made["noise"])
    made["cohort"] = good.cohort(tmp_path / "cohort")
    made["bad"] = good.cohort(tmp_path / "bad")
    cell(3, 5, "2")(made["bad"].parent / "clinical.csv")
    made["cut"] = good.cohort(tmp_path / "cut")
    truncate(42)(made["cut"])
    made["case"] = good.case(tmp_path / "case", "pathology", "bag.h5", good.bag(), 'files = "bag.h5"')
    made["slide"] = tmp_path / "slide.tif"
    made["slide"].write_bytes(good.slide())
    made["bundle"] = good.bundle(tmp_path / "faulty")
    flips(3)(made["bundle"] / "weights.safetensors")
    return {name: str(path) for name, path in made.items()}


@pytest.fixture
def outcome(
    place: dict[str, str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[[str], tuple[int, str]]:
    """Run a command; its exit code and its line, after all that holds for every command."""

    def run(command: str) -> tuple[int, str]:
        before = content_of(tmp_path)
        code = main.run([word.format(**place) for word in command.split()])
        captured = capsys.readouterr()
        said = [line for line in captured.err.splitlines() if line.startswith("survgui: ")]
        assert "Traceback" not in captured.err + captured.out and "unexpected" not in captured.err, captured.err
        assert len(said) == 1, captured.err
        assert not TYPE_NAMES.search(said[0]), said[0]
        assert {name: was for name, was in content_of(tmp_path).items() if name not in before} == {}, "half a result"
        return code, said[0]

    return run


@pytest.mark.parametrize("command", WRONG)
def test_wrong_arguments(command: str, outcome: Callable[[str], tuple[int, str]]) -> None:
    code, said = outcome(command)
    assert code == 2, said


@pytest.mark.parametrize(("command", "wanted"), FAILING, ids=[command for command, _ in FAILING])
def test_bad_files(command: str, wanted: str, outcome: Callable[[str], tuple[int, str]]) -> None:
    code, said = outcome(command)
    assert code == 1, said
    assert re.search(wanted, said), said


def test_a_check_that_fails_is_a_report(place: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong with a cohort is the result of `cohort check`, and its exit code."""
    assert main.run(["cohort", "check", place["bad"]]) == 1
    captured = capsys.readouterr()
    assert "two are needed" in captured.out and "Traceback" not in captured.err


def commands() -> Iterator[str]:
    """Every command and every action of a command group."""
    for name, parser in inner(main.parser()).items():
        yield from (f"{name} {action}" for action in inner(parser)) if inner(parser) else [name]


def inner(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return groups[0].choices if groups else {}


def test_every_command_is_here() -> None:
    tried = [*WRONG, *(command for command, _ in FAILING)]
    without = [name for name in commands() if not any(command.startswith(name) for command in tried)]
    assert without == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", ["predict {pipe} --bundle demo-simulated --json {out}", "cohort check {noise}", "fly"]
)
def test_the_same_in_a_process_of_its_own(command: str, place: dict[str, str]) -> None:
    words = [word.format(**place) for word in command.split()]
    done = subprocess.run([sys.executable, "-m", "survgui", *words], capture_output=True, text=True, timeout=300)
    assert done.returncode in (1, 2) and done.stdout == ""
    assert "Traceback" not in done.stderr and done.stderr.count("survgui: ") == 1
