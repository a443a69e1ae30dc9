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
SHOWN = r"(Read|Cohort|Bundle|Usage|Storage|Device)Error|UnsupportedFormat|BundleTooNew|ChecksumMismatch|Note"
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


def test_no_message_shows_a_type_of_the_program() -> None:
    """`type(error).__name__` and `{error!r}` belong into logs; a user reads what happened, where and what to do."""
    found = []
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Call) and re.fullmatch(SHOWN, called(node)):
                shown = [part for part in ast.walk(node) if isinstance(part, ast.FormattedValue) and is_inner(part)]
                found += [f"{source.name}:{part.lineno}" for part in shown]
    assert not found


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def is_inner(part: ast.FormattedValue) -> bool:
    text = ast.unparse(part.value)
    return "__name__" in text or (part.conversion == ord("r") and text == "error")
