"""The table of codes is in step with the program: every code that is given is in it, and the other way round."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from survgui.cases.codes import CODES

SOURCES = sorted((Path(__file__).resolve().parent.parent.parent / "survgui").rglob("*.py"))
WHOLE = re.compile(r"(?!UTF)[A-Z]{3}-\d\d")
AT_END = re.compile(r"\[([A-Z]{3}-\d\d)\]")


def strings(tree: ast.AST) -> Iterator[str]:
    """The texts of a module that are no documentation; what is put into an f-string is `{}`."""
    lonely = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in lonely:
            yield node.value


def given() -> set[str]:
    """Every code that the program gives: those written out, and those of a file under its reader's prefix."""
    found: set[str] = set()
    shared: dict[str, set[str]] = {}
    for source in SOURCES:
        if source.name == "codes.py":
            continue
        for text in strings(ast.parse(source.read_text("utf-8"))):
            found |= set(AT_END.findall(text)) | ({text} if WHOLE.fullmatch(text) else set())
            if number := re.fullmatch(r"\{\}-(\d\d)", text):
                shared.setdefault(source.name, set()).add(number[1])
    assert shared.keys() == {"sniff.py", "apart.py"}, "a code under a prefix is given elsewhere: say here under which"
    found |= {f"{prefix}-{n}" for prefix in ("SLD", "VOL", "BAG", "TBL") for n in shared["sniff.py"]}
    return found | {f"{prefix}-{n}" for prefix in ("SLD", "BAG") for n in shared["apart.py"]}


def test_every_code_is_in_the_table_and_the_table_has_no_other() -> None:
    codes = given()
    assert codes - CODES.keys() == set(), "add a line to survgui/cases/codes.py: a short title, and what to do"
    assert CODES.keys() - codes == set(), "no longer given; take them out of survgui/cases/codes.py"


@pytest.mark.parametrize("name", CODES)
def test_a_code_is_a_few_words_and_an_advice(name: str) -> None:
    title, advice = CODES[name]
    assert 8 < len(title) <= 70 and len(advice) <= 90
    for words in (title, advice):
        assert words == words.strip() and not words.endswith(".") and "{}" not in words
        assert not re.search(r"Error\b|Exception|numpy|pandas", words)


OURS = {"trouble.py", "main.py", "doctor.py"}
"""Modules that name the type of a fault that nobody foresaw, for whoever mends it."""


def test_no_message_shows_a_type_of_the_program() -> None:
    """`type(error).__name__` and `{error!r}` belong into logs; a user reads what happened, where and what to do."""
    found = []
    for source in SOURCES:
        tree = ast.parse(source.read_text("utf-8"))
        logged = {id(part) for node in ast.walk(tree) if is_for_logs(node) for part in ast.walk(node)}
        shown = (part for part in ast.walk(tree) if isinstance(part, ast.FormattedValue) and id(part) not in logged)
        found += [f"{source.name}:{part.lineno}" for part in shown if is_inner(part) and source.name not in OURS]
    assert not found


def is_for_logs(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    logs = isinstance(node.func, ast.Attribute) and node.func.attr in ("debug", "info", "warning", "error", "exception")
    return logs or (isinstance(node.func, ast.Name) and node.func.id in ("RuntimeError", "ValueError", "TypeError"))


def is_inner(part: ast.FormattedValue) -> bool:
    text = ast.unparse(part.value)
    return text == "type(error).__name__" or (part.conversion == ord("r") and text == "error")
