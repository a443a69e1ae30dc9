"""Of what make a table is, told by its columns: the forms in which TCGA's data and their like are handed out.

The forms are those of the GDC (docs.gdc.cancer.gov), UCSC Xena (xenabrowser.net), cBioPortal
(docs.cbioportal.org/file-formats) and TCGA-CDR (Liu et al., Cell 2018).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from survgui.cases.case import is_tcga
from survgui.readers import genes
from survgui.readers.delimited import MISSING
from survgui.readers.table import Table


class Role(StrEnum):
    """What a table is when it is not the measurements of one modality."""

    TABLE = "table"
    SPLITS = "splits"
    GROUPS = "groups"
    MUTATIONS = "mutations"
    IDS = "ids"


@dataclass(frozen=True, slots=True)
class Make:
    """A known form of table.

    Attributes:
        name: In words that go after "taken for".
        columns: The columns that matter, in the order that the role's reader wants.
    """

    role: Role
    name: str
    evidence: str
    columns: tuple[str, ...] = ()


_GENE = ("hugo_symbol", "gene", "gene_symbol", "gene_name", "symbol")
_SAMPLE = ("tumor_sample_barcode", "sample", "sample_id", "patient", "patient_id", "case_id", "submitter_id")
_CLASS = ("variant_classification", "type", "effect", "consequence", "mutation_type", "mutation")
_FILE = ("file name", "file_name", "filename", "file id", "file_id")
_CASE = ("case id", "case_id", "patient_id", "patient id", "submitter_id", "cases")
_SAMPLE_ID = ("sample_id", "sample id", "samples", "sample")
_SUBJECT = re.compile(r"(.*_)?(subject|patient|case)_?id", re.IGNORECASE)
_PARTS = frozenset(("train", "training", "val", "valid", "validation", "test", "testing", "dev"))
_MOST_GENES_A_ROW = 0.5


def make_of(table: Table) -> Make | None:
    """The form of a table that is no matrix of measurements; None for every other."""
    lower = {name.casefold(): name for name in reversed(table.names)}
    return _mutations(table, lower) or _ids(table, lower) or _splits(table, lower) or _groups(table)


def source_words(table: Table, in_columns: bool) -> str:
    """Whose form a matrix or a clinical table has, in words; the generic form where nothing tells."""
    lower = {name.casefold() for name in table.names}
    first = table.names[0].casefold()
    if {"gene_id", "gene_name", "unstranded"} <= lower:
        return "GDC STAR gene counts of one sample"
    if {"bcr_patient_barcode", "pfi.time", "dss.time"} <= lower:
        return "TCGA-CDR, the curated clinical outcomes of TCGA"
    if first in ("hugo_symbol", "entrez_gene_id", "entity_stable_id") and in_columns:
        return "cBioPortal matrix"
    if {"patient_id", "os_status"} <= lower or {"patient_id", "sample_id"} <= lower:
        return "cBioPortal clinical table"
    if first in ("sample", "ensembl_id", "xena_sample", "composite element ref") and in_columns:
        return "UCSC Xena matrix"
    if any(name.endswith(("vital_status", "days_to_death")) for name in lower):
        return "GDC clinical table"
    return "table with features in rows, a case a column" if in_columns else "table with a case a row"


def array_words(probes: Sequence[str]) -> str:
    """Which methylation array the probes are of, told by how many there are.

    Infinium HM27 has 27,578 probes, HM450 485,577 (`rs` and `ch` probes included), EPIC 865,918, EPIC v2 937,690.
    """
    count = len(probes)
    if any(re.search(r"_[BT][CO]\d\d$", name) for name in probes[:50]):
        return f"{count:,} probes with the suffixes of an EPIC v2 array"
    if count > 500_000:
        return f"{count:,} probes: an EPIC array (up to 937,690)"
    if count > 300_000:
        return f"{count:,} probes: an HM450 array (485,577), or a part of EPIC"
    if 20_000 <= count <= 28_000:
        return f"{count:,} probes: an HM27 array (27,578), or the probes that it shares with HM450"
    return f"{count:,} probes: a selection of HM27, HM450 or EPIC"


def _first(lower: dict[str, str], names: Sequence[str]) -> str | None:
    return next((lower[name] for name in names if name in lower), None)


def _mutations(table: Table, lower: dict[str, str]) -> Make | None:
    """A row a mutation: MAF, cBioPortal's data_mutations, or a plain list."""
    gene, sample, kind = _first(lower, _GENE), _first(lower, _SAMPLE), _first(lower, _CLASS)
    if "tumor_sample_barcode" in lower and "hugo_symbol" in lower:
        evidence = f"each of its {len(table):,} rows is a mutation of a gene in a tumour sample"
        return Make(Role.MUTATIONS, "list of mutations (MAF)", evidence, _without(gene, sample, kind))
    if gene is None or sample is None or kind is None or len(table.names) > 40 or kind in table.numeric():
        return None
    genes_there = [cell for cell in table.text(gene)[:2000] if cell not in MISSING]
    if not genes_there or genes.share_known(genes_there) < _MOST_GENES_A_ROW:
        return None
    evidence = f"each of its {len(table):,} rows names a sample, a gene and a kind of mutation"
    return Make(Role.MUTATIONS, "list of mutations", evidence, _without(gene, sample, kind))


def _ids(table: Table, lower: dict[str, str]) -> Make | None:
    """Which file or sample is whose: GDC's sample sheet, a list of files, cBioPortal's samples."""
    file, case = _first(lower, _FILE), _first(lower, _CASE)
    if file is not None and case is not None and len(table.names) <= 20:
        known = _without(file, case, lower.get("sample id") or lower.get("sample_id"))
        return Make(Role.IDS, "GDC sample sheet", f"its columns {file} and {case} say whose each file is", known)
    named = [name for name in table.names if _SUBJECT.fullmatch(name)]
    barcoded = next((name for name in named if any(map(is_tcga, table.text(name)))), None)
    if barcoded is None or len(named) < 2 or len(table.names) > 20:
        return None
    others = [name for name in named if name != barcoded]
    evidence = f"its column {barcoded} says whose the ids of {', '.join(others)} are"
    return Make(Role.IDS, "ids of one study in another", evidence, (barcoded, *others))


def sample_ids(table: Table) -> tuple[str, str] | None:
    """The columns of patients and samples of a clinical table of samples, as cBioPortal has."""
    lower = {name.casefold(): name for name in reversed(table.names)}
    case, sample = _first(lower, ("patient_id", "patient id")), _first(lower, _SAMPLE_ID)
    return (case, sample) if case and sample else None


def _splits(table: Table, lower: dict[str, str]) -> Make | None:
    part = _first(lower, ("part", "split", "set", "partition", "subset"))
    if part is None or len(table.names) > 8:
        return None
    words = {cell.casefold() for cell in table.text(part)}
    if not words & _PARTS or len(words) > 6:
        return None
    fold = _first(lower, ("fold", "folds", "repeat", "cv"))
    case = _first(lower, ("case_id", "case", "patient", "patient_id", "submitter_id", "id"))
    if case is None or fold is None:
        return None
    folds = len(set(table.text(fold)))
    evidence = f"{case} is in {', '.join(sorted(words & _PARTS))} of {folds} folds"
    return Make(Role.SPLITS, "folds for cross-validation", evidence, (case, fold, part))


def _groups(table: Table) -> Make | None:
    """Lists of genes, a group a column."""
    columns = table.names[:: max(1, len(table.names) // 12)][:12]
    if set(columns) & set(table.numeric()):  # asked first: of a large matrix it is soon told
        return None
    cells = [[cell for cell in table.text(name)[:300] if cell not in MISSING] for name in columns]
    filled = [cell for column in cells for cell in column]
    if len(filled) < 10 or any(is_tcga(cell) for cell in filled):
        return None
    if genes.share_known(filled) < 0.8 or len(set(map(tuple, cells))) < len(cells):
        return None
    evidence = f"its {len(table.names)} columns hold gene symbols, each column a group"
    return Make(Role.GROUPS, "gene groups", evidence)


def _without(*names: str | None) -> tuple[str, ...]:
    return tuple(name for name in names if name is not None)
