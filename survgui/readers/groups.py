"""Gene groups: a table with one column a group, or GMT (name, description, genes; one group a line)."""

from __future__ import annotations

from pathlib import Path

from survgui.errors import ReadError
from survgui.readers.delimited import MISSING
from survgui.readers.packed import unpack
from survgui.readers.table import read_table


def read_groups(path: Path) -> dict[str, tuple[str, ...]]:
    """Group name -> genes, each gene once, in the order of the file.

    Raises:
        ReadError: The file cannot be read or holds no group.
    """
    found = _gmt(path) if is_gmt(path) else _columns(path)
    groups = {name: tuple(dict.fromkeys(genes)) for name, genes in found.items() if name and genes}
    if not groups:
        raise ReadError(path, "holds no gene group; give one column a group, or a .gmt file", "GRP-01")
    return groups


def is_gmt(path: Path) -> bool:
    """Whether a file is called .gmt, compressed or not; its lines differ in length, so that it is no table."""
    return any(suffix.lower() == ".gmt" for suffix in path.suffixes)


def _columns(path: Path) -> dict[str, list[str]]:
    table = read_table(path)
    return {name: [gene for gene in table.text(name) if gene not in MISSING] for name in table.names}


def _gmt(path: Path) -> dict[str, list[str]]:
    try:
        lines = unpack(path).data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ReadError(path, "is not a text file in UTF-8, as .gmt files are", "GRP-02") from None
    rows = [line.split("\t") for line in lines if line.strip()]
    return {row[0].strip(): [gene.strip() for gene in row[2:] if gene.strip()] for row in rows}
