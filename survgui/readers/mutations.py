"""A list of mutations, a row each, as genes: 1 where a patient's tumour has one that changes the protein."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from survgui.errors import ReadError
from survgui.readers import genes
from survgui.readers.delimited import MISSING
from survgui.readers.formats import Role, make_of
from survgui.readers.rows import rows_by_patient
from survgui.readers.table import Table

IN_ROWS = "mutations-in-rows"
"""The orientation of a table that is such a list."""

SILENT = frozenset(
    word.casefold()
    for word in (
        *("Silent", "Intron", "3'UTR", "5'UTR", "3'Flank", "5'Flank", "IGR", "RNA", "lincRNA", "Targeted_Region"),
        *("synonymous_variant", "intron_variant", "3_prime_UTR_variant", "5_prime_UTR_variant", "synonymous"),
        *("intergenic_variant", "upstream_gene_variant", "downstream_gene_variant"),
        "non_coding_transcript_exon_variant",
    )
)
"""Kinds that change no protein, in the words of MAF and of Sequence Ontology"""


def lines(table: Table, columns: tuple[str, ...]) -> tuple[list[str], list[str], list[bool]]:
    """Gene and sample of every row, and whether it changes the protein of a gene that has a name.

    Args:
        columns: Those of gene, sample and, if there is one, kind of mutation (`formats.Make`).
    """
    gene, sample = table.text(columns[0]), table.text(columns[1])
    kinds = table.text(columns[2]) if len(columns) > 2 else [""] * len(table)
    counts = [kind.casefold() not in SILENT and name not in MISSING for kind, name in zip(kinds, gene, strict=True)]
    return gene, sample, counts


def of_table(table: Table) -> tuple[list[str], list[str], NDArray[np.float64]]:
    """The patients of a list and all genes that are known: one without a line counts as not mutated.

    Returns:
        Patients (n), genes by symbol (d), values (n, d) of 0 and 1.

    Raises:
        ReadError: The table is no list of mutations.
    """
    make = make_of(table)
    if make is None or make.role is not Role.MUTATIONS:
        reason = "it is no list of mutations: its columns name no gene, sample and kind; take another orientation"
        raise ReadError(table.path, reason, "TBL-14")
    gene, sample, counts = lines(table, make.columns)
    rows = rows_by_patient(sample, range(len(sample)))
    mutated = [{genes.current(gene[row]) or gene[row] for row in mine if counts[row]} for mine in rows.values()]
    others = sorted(set().union(*mutated) - set(genes.symbols()))
    names = [*genes.symbols(), *others]
    place = {name: column for column, name in enumerate(names)}
    values = np.zeros((len(rows), len(names)))
    for row, found in enumerate(mutated):
        values[row, [place[name] for name in found]] = 1.0
    return list(rows), names, values
