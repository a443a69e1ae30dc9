"""The GDC's gene counts, one file a sample: whose they are, and all of them as one table.

Files are `*.rna_seq.augmented_star_gene_counts.tsv` (docs.gdc.cancer.gov): a comment line, the header, four rows
`N_unmapped` ... that are no genes, then a row a gene with counts and TPM. Names of files are UUIDs; whose they are is
said by the sample sheet or the metadata that the portal's cart offers beside the files.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from survgui import storage
from survgui.cases.cohort import Note
from survgui.cases.step import Step, Task
from survgui.errors import ReadError
from survgui.readers.files import barcodes
from survgui.readers.recognise import Finding
from survgui.readers.rows import owner_of
from survgui.readers.table import Tables, listed

VALUES = ("unstranded", "tpm_unstranded", "fpkm_unstranded", "fpkm_uq_unstranded", "stranded_first", "stranded_second")
"""Columns of a file that can be taken; the first is."""

_HEADER = "gene_id\tgene_name\tgene_type\tunstranded"


def is_counts(path: Path) -> bool:
    """Whether a file is one of STAR's gene counts, by its first lines."""
    if path.suffix.lower() not in (".tsv", ".txt", ".gz"):
        return False
    try:
        return any(line.startswith(_HEADER) for line in _lines(path, 2))
    except (OSError, EOFError, UnicodeDecodeError):
        return False


def owners(findings: Sequence[Finding], tables: Tables, metadata: Iterable[Path] = ()) -> dict[str, str]:
    """File name or file id -> barcode of the sample, else id of the case, from sample sheets and metadata."""
    found: list[tuple[str, str]] = []
    for finding in (f for f in findings if f.make == "GDC sample sheet"):
        table = tables.read(finding.path, sheet=finding.sheet)
        case = table.text(finding.columns[1])
        sample = table.text(finding.columns[2]) if len(finding.columns) > 2 else case
        owner = [_one(s) or _one(c) for s, c in zip(sample, case, strict=True)]
        for column in table.names:
            if column.casefold().replace("_", " ") in ("file name", "filename", "file id"):
                found += zip(table.text(column), owner, strict=True)
    for path in metadata:
        found += _of_metadata(path)
    return owner_of(found)


def is_metadata(path: Path) -> bool:
    """Whether a JSON file is the GDC's metadata of files."""
    return path.suffix.lower() == ".json" and bool(_of_metadata(path))


def of_patients(files: Sequence[Path], known: Mapping[str, str]) -> tuple[list[tuple[str, Path]], list[Path]]:
    """(sample or patient, file) of every file whose owner is known, and the files whose is not.

    By the file's name, the folder's (the GDC's file id), or a barcode in either.
    """
    owned: list[tuple[str, Path]] = []
    lost: list[Path] = []
    for path in files:
        who = known.get(path.name) or known.get(path.name.removesuffix(".gz")) or known.get(path.parent.name)
        named = barcodes(path.name) or barcodes(path.parent.name)
        who = who or (named[0] if len(named) == 1 else None)
        if who is None:
            lost.append(path)
        else:
            owned.append((who, path))
    return owned, lost


def join(members: Sequence[tuple[str, Path]], value: str, target: Path) -> Task[list[Note]]:
    """Write one table: genes by symbol down, a sample a column, as parquet.

    Args:
        value: One of `VALUES`.

    Returns:
        Notes on files that were left out.

    Raises:
        ReadError: None of the files could be read.
    """
    columns: dict[str, NDArray[np.float32]] = {}
    notes: list[Note] = []
    genes: list[str] | None = None
    for number, (who, path) in enumerate(members):
        yield Step("join", number, len(members), f"joining gene counts: {number + 1} of {len(members)} files")
        try:
            names, values = _read(path, value)
        except (OSError, EOFError, ValueError, KeyError):
            text = f"{path.name} was left out: it is damaged or has no column {value}; download it again"
            notes.append(Note("warning", "GDC-02", text))
            continue
        if genes is not None and names != genes:
            text = f"{path.name} was left out: its genes are not those of the first file; import it by itself"
            notes.append(Note("warning", "GDC-03", text))
            continue
        if who in columns:
            notes.append(Note("info", "GDC-04", f"{path.name} was left out: it is another file of the same sample"))
            continue
        genes, columns[who] = names, values
    if genes is None:
        raise ReadError(members[0][1], "none of the gene counts could be read; download them again", "GDC-02")
    first = ~pd.Index(genes).duplicated()
    frame = pd.DataFrame({"gene": np.array(genes, dtype=object)[first]} | {k: v[first] for k, v in columns.items()})
    with storage.replacing(target) as part:
        frame.to_parquet(part, index=False)
    return notes


def unknown(lost: Sequence[Path]) -> Note:
    """The note on files whose patient nobody says."""
    text = (
        f"{len(lost)} gene count files are nobody's ({listed([path.name for path in lost], 2)}): give the sample sheet "
        "or the metadata that the GDC portal's cart offers, beside the files"
    )
    return Note("warning", "GDC-01", text)


def _read(path: Path, value: str) -> tuple[list[str], NDArray[np.float32]]:
    frame = pd.read_csv(path, sep="\t", comment="#", usecols=["gene_id", "gene_name", value], keep_default_na=False)
    kept = frame[~frame["gene_id"].str.startswith("N_") & ~frame["gene_id"].str.endswith("_PAR_Y")]
    return kept["gene_name"].tolist(), pd.to_numeric(kept[value]).to_numpy(dtype=np.float32)


def _lines(path: Path, most: int) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        return [line for line, _ in zip(file, range(most), strict=False)]


def _of_metadata(path: Path) -> list[tuple[str, str]]:
    try:
        entries = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return []
    found: list[tuple[str, str]] = []
    for entry in entries if isinstance(entries, list) else []:
        linked = entry.get("associated_entities") if isinstance(entry, dict) else None
        if isinstance(linked, list) and linked and isinstance(linked[0], dict):
            who = str(linked[0].get("entity_submitter_id") or "")
            found += [(str(entry[key]), who) for key in ("file_name", "file_id") if entry.get(key) and who]
    return found


def _one(cell: str) -> str:
    """The one sample of a cell; a file of a tumour beside a normal names both."""
    return next((part.strip() for part in cell.split(",") if part.strip()), "")
