"""The end of a report: what was done with the case, and how the log can be checked later."""

from dataclasses import replace

import pytest

from survgui.cases.audit import Chain
from survgui.report.blocks import Heading, Paragraph, Table
from survgui.report.record import SHOWN, audit_trail, deidentification
from tests.report import sample


def said(blocks):
    return " ".join(run.text for block in blocks if isinstance(block, Paragraph) for run in block.runs)


@pytest.fixture
def content():
    return replace(sample.content(), trail=sample.trail())


def test_each_line_of_the_case_with_its_time_deed_and_model(content):
    blocks = list(audit_trail(content))
    assert isinstance(blocks[0], Heading)
    (table,) = [block for block in blocks if isinstance(block, Table)]
    assert table.rows[0].cells == ("2026-11-01 10:00", "added", "b 1.0", "user-0a1b2c3d4e5f")
    assert [row.cells[1] for row in table.rows] == ["added", "predicted", "predicted"]


def test_the_whole_head_is_printed_for_a_later_check(content):
    text = said(audit_trail(content))
    assert "ab" * 32 in text and "audit verify --contains" in text and "40 lines" in text


def test_only_the_last_lines_are_printed(content):
    many = replace(content, trail=sample.trail(SHOWN + 5))
    (table,) = [block for block in audit_trail(many) if isinstance(block, Table)]
    assert len(table.rows) == SHOWN
    assert "5 earlier lines" in said(audit_trail(many))


def test_a_broken_log_is_said_and_no_head_of_it(content):
    broken = replace(content, trail=sample.trail(chain=Chain(3, "ab" * 32, 2, "it was changed")))
    text = said(audit_trail(broken))
    assert "broken at line 2: it was changed" in text and "ab" * 32 not in text


def test_nothing_where_there_is_no_log(content):
    assert not list(audit_trail(replace(content, trail=None)))
    assert not list(deidentification(content))


def test_the_statement_is_printed_sentence_by_sentence(content):
    blocks = list(deidentification(replace(content, statement=("one.", "two."))))
    assert said(blocks) == "one. two."
