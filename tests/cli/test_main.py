from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from survgui.cli import main
from survgui.errors import CohortError, UsageError


@pytest.fixture
def command(monkeypatch):
    """Put a function in the place of `survgui bundle list`."""

    def put(function):
        monkeypatch.setattr(main, "parser", lambda: parser_of(function))

    return put


def parser_of(function) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.set_defaults(run=function)
    return parser


def raising(error: BaseException):
    def run(arguments):
        raise error

    return run


def commands() -> list[list[str]]:
    """Every command and every action of a command group."""
    found = []
    for name, parser in choices(main.parser()).items():
        inner = choices(parser)
        found += [[name, action] for action in inner] or [[name]]
    return found


def choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    return groups[0].choices if groups else {}


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_help_has_an_example_that_parses(words, capsys):
    assert main.run([*words, "--help"]) == 0
    shown = capsys.readouterr().out
    example = shown.split("example:\n")[1].strip()
    assert example.startswith(" ".join(["survgui", *words]))
    main.parser().parse_args(example.split()[1:])  # SystemExit where an option is not known


@pytest.mark.parametrize(
    "words",
    [[], ["fly"], ["predict", "x"], ["evaluate", "c", "--methods", "must"], ["simulate", "d", "--patients", "0"]],
    ids=" ".join,
)
def test_usage_is_one_line_and_2(words, capsys):
    assert main.run(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("survgui: ") and captured.err.count("\n") == 1


def test_a_stated_failure_is_one_line_and_1(command, capsys):
    command(raising(CohortError("two lines\nof a sentence")))
    assert main.run([]) == 1
    assert capsys.readouterr().err == "survgui: two lines of a sentence\n"


def test_a_request_that_cannot_be_is_2(command):
    command(raising(UsageError("no")))
    assert main.run([]) == 2


def test_what_nobody_foresaw_is_logged_without_what_the_message_says(command, capsys, home):
    def run(arguments):
        try:
            raise KeyError("TCGA-XX-0001")
        except KeyError as error:
            raise ValueError("Jane Doe") from error

    command(run)
    assert main.run([]) == 1
    line = capsys.readouterr().err
    assert line.startswith("survgui: unexpected ValueError: Jane Doe") and line.count("\n") == 1
    (log,) = (home / "cache" / "logs").iterdir()
    assert str(log) in line
    text = log.read_text("utf-8")
    assert "ValueError" in text and "KeyError" in text and "test_main.py" in text
    assert "Jane Doe\n" not in text.replace('raise ValueError("Jane Doe")', "")


def test_stopping_says_how_to_go_on(command, capsys):
    command(raising(KeyboardInterrupt()))
    assert main.run([]) == 1
    assert capsys.readouterr().err == "survgui: stopped; run the same command again to go on\n"


def test_a_reader_that_closes_early_causes_no_traceback():
    code = "import sys; from survgui.cli.main import run; sys.exit(run(['bench', '--help']))"
    done = subprocess.run(
        f'{sys.executable} -c "{code}" | head -c 1 >/dev/null', shell=True, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr


def test_a_terminal_without_the_letter_is_no_failure():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "survgui", "predict", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0 and r"\xb5m per pixel" in done.stdout


def test_the_package_starts_as_a_module():
    done = subprocess.run([sys.executable, "-m", "survgui", "--version"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("survgui ")


def test_no_path_of_the_user_is_logged(command, home, monkeypatch, tmp_path):
    monkeypatch.setattr(Path, "home", staticmethod(lambda: Path(__file__).parent.parent))
    command(raising(ValueError()))
    main.run([])
    (log,) = (home / "cache" / "logs").iterdir()
    assert "~/cli/test_main.py" in log.read_text("utf-8")
