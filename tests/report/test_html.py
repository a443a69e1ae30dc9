import re
from html.parser import HTMLParser
from typing import get_args

import pytest

from survgui.cases.report import RESEARCH_USE
from survgui.report.blocks import Block
from survgui.report.html import element, html


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.found = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_html_is_well_formed_and_points_nowhere(content):
    text = html(content)
    elements = Elements(text)
    assert elements.open == []
    addresses = [attrs[key] for _, attrs in elements.found for key in ("href", "src", "data") if key in attrs]
    assert addresses
    assert all(address.startswith("data:image/") for address in addresses)
    assert "url(" not in text
    assert "@import" not in text
    assert {tag for tag, _ in elements.found}.isdisjoint({"script", "iframe", "link", "object", "form"})


def test_html_knows_light_dark_and_paper(content):
    text = html(content)
    used = set(re.findall(r"var\((--[a-z-]+)\)", text))
    for block in re.findall(r":root\{([^}]*)\}", text):
        assert used <= {entry.split(":")[0] for entry in block.split(";")}
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_html_shows_the_numbers_as_text(content):
    text = html(content)
    assert RESEARCH_USE in text
    for wanted in ("36\u202f%", "imputed", "High risk", "\u22120.12", "agree"):
        assert wanted in text


def test_a_hostile_name_is_shown_not_run(evil):
    text = html(evil)
    assert "<script" not in text
    assert "<img" not in text
    assert "A&lt;B and C&gt;D" in text
    assert Elements(text).open == []


@pytest.mark.parametrize("kind", get_args(Block))
def test_every_block_has_its_html(kind):
    assert element.dispatch(kind) is not element.dispatch(object)
