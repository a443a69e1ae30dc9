"""The report as one HTML file: no address outside it, light and dark, and fit for a printer.

Every text is escaped, every picture is inside the file, no script runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from html import escape

from survgui.cases.case import State
from survgui.cases.report import RESEARCH_USE, ReportContent
from survgui.figures.application import offscreen
from survgui.figures.canvas import Rect
from survgui.figures.svg import SvgCanvas
from survgui.figures.theme import DARK, FALLBACK, LIGHT, ROLES, Theme, text_role
from survgui.figures.type import Run
from survgui.report.blocks import (
    Badge,
    Block,
    Columns,
    Facts,
    Figure,
    Heading,
    Headline,
    Notice,
    Paragraph,
    Row,
    Table,
    Title,
)
from survgui.report.document import TITLE, document
from survgui.report.sections import ALL, Sections

WIDTH = 698.0
"""px across which figures are laid out; they grow and shrink with the page"""

CSS = """
*{box-sizing:border-box}
body{margin:0;background:var(--background);color:var(--text);font:14px/1.5 FAMILY;font-variant-numeric:tabular-nums}
main{max-width:900px;margin:24px auto;padding:32px 40px;background:var(--panel);border:1px solid var(--line);
border-radius:10px;overflow-wrap:anywhere}
header{display:flex;justify-content:space-between;gap:24px}
h1{font-size:26px;margin:0;letter-spacing:-.01em}
h2{display:flex;justify-content:space-between;gap:12px;font-size:14px;font-weight:600;margin:22px 0 8px;
padding-bottom:6px;border-bottom:1px solid var(--line)}
h2 small,.soft{color:var(--soft);font-weight:400}
p{margin:0 0 8px}
.notice{background:var(--warn-tint);color:var(--warn);font-weight:500;padding:8px 14px;border-radius:6px;margin:14px 0}
.columns{display:grid;gap:0 32px}
.headline{display:flex;align-items:center;gap:18px;margin:4px 0 8px}
.headline b{font-size:40px;line-height:1.1}
.badge{display:inline-block;padding:2px 12px;border-radius:13px;font-weight:600;margin-right:10px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:3px 16px;margin:0 0 8px}
dt{color:var(--soft)} dd{margin:0}
table{width:100%;border-collapse:collapse;margin:0 0 12px;font-size:13px}
th{font-weight:400;color:var(--soft)} th,td{padding:4px 8px 4px 0;border-bottom:1px solid var(--line)}
td{vertical-align:top}
tr.bold{font-weight:600} tr.imputed td:nth-child(-n+2){color:var(--accent)}
figure{margin:0 0 10px} figure svg{display:block;width:100%;height:auto} figcaption{color:var(--soft);font-size:12.5px}
.swatch{display:inline-block;width:11px;height:11px;border-radius:2px;margin-right:8px;border:1.2px solid var(--faint)}
.swatch.measured{background:var(--text);border-color:var(--text)}
.swatch.imputed{border:1.2px dashed var(--accent);
background:repeating-linear-gradient(135deg,var(--accent) 0 1.2px,transparent 1.2px 3.6px)}
.swatch.unused{background:linear-gradient(to bottom right,transparent 46%,var(--faint) 46% 54%,transparent 54%)}
.swatch.unusable{border-color:var(--warn);
background:linear-gradient(to bottom right,transparent 46%,var(--warn) 46% 54%,transparent 54%)}
footer{margin-top:24px;padding-top:10px;border-top:1px solid var(--line);color:var(--soft);font-size:12.5px;
display:flex;justify-content:space-between;gap:24px}
@media (max-width:760px){.columns{grid-template-columns:1fr !important} main{padding:20px;margin:0;border:0}}
@media print{@page{margin:14mm} body{background:none;font-size:11px;print-color-adjust:exact}
main{border:0;margin:0;padding:0;max-width:none} h2{break-after:avoid} figure,tr,.columns{break-inside:avoid}}
""".replace("FAMILY", FALLBACK)


def html(content: ReportContent, sections: Sections = ALL) -> str:
    """The whole report as one HTML document."""
    identity = content.identity
    title = f"{TITLE}, report {identity.report}"
    return page(title, document(content, sections), f"{identity.case} · report {identity.report}", identity.software)


def page(title: str, blocks: Sequence[Block], foot: str, software: str) -> str:
    """Blocks as one HTML document.

    Args:
        foot: What stands at the left of the research-use line.
        software: Version of survgui.
    """
    offscreen()
    body = "\n".join(element(block, WIDTH) for block in blocks)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="generator" content="survgui {escape(software)}">
<title>{escape(title)}</title>
<style>
{_variables(LIGHT)}
@media (prefers-color-scheme: dark) and (not print) {{ {_variables(DARK)} }}
{CSS}</style>
</head>
<body>
<main>
{body}
<footer><span>{escape(foot)}</span><span>{RESEARCH_USE}</span></footer>
</main>
</body>
</html>
"""


def _variables(theme: Theme) -> str:
    return ":root{" + ";".join(f"--{role.replace('_', '-')}:{theme[role]}" for role in ROLES) + "}"


@singledispatch
def element(block: Block, wide: float) -> str:
    """A block as HTML; `wide` is the width in px that figures are laid out for."""
    raise TypeError(f"no HTML for {type(block).__name__}")


@element.register
def _(block: Title, wide: float) -> str:
    return (
        f'<header><div><h1>{escape(block.title)}</h1><div class="soft">{escape(block.below)}</div></div>'
        f'<div style="text-align:right"><b>{escape(block.right)}</b>'
        f'<div class="soft">{escape(block.right_below)}</div></div></header>'
    )


@element.register
def _(block: Notice, wide: float) -> str:
    return f'<p class="notice">{escape(block.text)}</p>'


@element.register
def _(block: Heading, wide: float) -> str:
    return f"<h2>{escape(block.title)}<small>{escape(block.note)}</small></h2>"


@element.register
def _(block: Paragraph, wide: float) -> str:
    return f"<p>{_runs(block.runs)}</p>"


@element.register
def _(block: Headline, wide: float) -> str:
    return (
        f'<div class="headline"><b>{escape(block.number)}</b><div>{escape(block.first)}'
        f'<div class="soft">{escape(block.second)}</div></div></div>'
    )


@element.register
def _(block: Badge, wide: float) -> str:
    word = text_role(block.role).replace("_", "-")
    style = f"color:var(--{word});background:color-mix(in srgb,var(--{block.role}) 14%,transparent)"
    return f'<p><span class="badge" style="{style}">{escape(block.word)}</span>{escape(block.after)}</p>'


@element.register
def _(block: Facts, wide: float) -> str:
    rows = "".join(f"<dt>{_swatch(row.state)}{escape(row.label)}</dt><dd>{_runs(row.runs)}</dd>" for row in block.rows)
    return f"<dl>{rows}</dl>"


@element.register
def _(block: Table, wide: float) -> str:
    head = "".join(_cell("th", cell, side) for cell, side in zip(block.header, block.align, strict=True))
    body = "".join(_row(row, block.align) for row in block.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


@element.register
def _(block: Figure, wide: float) -> str:
    height = block.height(wide)
    canvas = SvgCanvas(None)
    block.draw(canvas, Rect(0.0, 0.0, wide, height))
    caption = f"<figcaption>{escape(block.caption)}</figcaption>" if block.caption else ""
    return f"<figure>{canvas.document(wide, height, block.about)}{caption}</figure>"


@element.register
def _(block: Columns, wide: float) -> str:
    total = sum(share for share, _ in block.parts)
    shares = " ".join(f"minmax(0,{share:g}fr)" for share, _ in block.parts)
    columns = "".join(
        "<div>" + "".join(element(inner, wide * share / total - 13.0) for inner in blocks) + "</div>"
        for share, blocks in block.parts
    )
    return f'<div class="columns" style="grid-template-columns:{shares}">{columns}</div>'


def _runs(runs: tuple[Run, ...]) -> str:
    return "".join(
        f'<span style="color:var(--{run.kind.colour.replace("_", "-")});font-weight:{run.kind.weight}">'
        f"{escape(run.text)}</span>"
        for run in runs
    )


def _row(row: Row, align: str) -> str:
    style = " ".join(([str(row.state)] if row.state else []) + (["bold"] if row.bold else []))
    first = _swatch(row.state)
    cells = "".join(
        _cell("td", cell, side, first if k == 0 else "")
        for k, (cell, side) in enumerate(zip(row.cells, align, strict=True))
    )
    return f'<tr class="{style}">{cells}</tr>'


def _cell(tag: str, text: str, side: str, before: str = "") -> str:
    return f'<{tag} style="text-align:{"right" if side == "r" else "left"}">{before}{escape(text)}</{tag}>'


def _swatch(state: State | None) -> str:
    return "" if state is None else f'<span class="swatch {state}"></span>'
