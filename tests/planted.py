"""Where planted words stand in files, however these are packed: PDF streams, zips, gzip, pictures' texts, data URIs."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

DEPTH = 4
"""archives within archives"""


def found(root: Path, words: Iterable[str]) -> dict[str, set[str]]:
    """Files below a folder whose content or own name holds one of the words, whatever the case of its letters.

    Returns:
        Path below the folder -> the words.
    """
    wanted = {word: _encoded(word) for word in words}
    hits: dict[str, set[str]] = {}
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        name = path.relative_to(root).as_posix()
        parts = [name.encode().lower(), *(part.lower() for part in unpacked(path.read_bytes()))]
        told = {word for word, forms in wanted.items() if any(form in part for form in forms for part in parts)}
        if told:
            hits[name] = told
    return hits


def unpacked(content: bytes, depth: int = DEPTH) -> Iterator[bytes]:
    """A file's bytes, and those of whatever is packed in them."""
    yield content
    if depth:
        for inner in _inner(content):
            yield from unpacked(inner, depth - 1)


def _inner(content: bytes) -> Iterator[bytes]:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as zipped:
            for member in zipped.infolist():
                yield member.filename.encode()
                yield zipped.read(member)
    elif content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    elif content.startswith(b"\x89PNG"):
        yield from _png_texts(content)
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL) if content.startswith(b"%PDF") else ():
        try:
            yield zlib.decompressobj().decompress(stream)
        except zlib.error:
            continue
    for text in re.findall(rb"base64,([A-Za-z0-9+/=]{16,})", content):
        try:
            yield base64.b64decode(text)
        except binascii.Error:
            continue


def _png_texts(content: bytes) -> Iterator[bytes]:
    at = 8
    while at + 8 <= len(content):
        size, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        body = content[at + 8 : at + 8 + size]
        if kind == b"zTXt":
            yield zlib.decompress(body.partition(b"\0")[2][1:])
        elif kind in (b"tEXt", b"iTXt"):
            yield body
        at += 12 + size


def _encoded(word: str) -> tuple[bytes, ...]:
    """How a word may stand in bytes: also as JSON, HTML and a PDF's strings write it."""
    low = word.lower()
    return tuple(
        {low.encode("utf-8"), low.encode("latin-1", "ignore"), low.encode("utf-16-be"), low.encode("utf-16-le")}
    )
