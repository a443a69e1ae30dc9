"""Makes resources/genes/human.tsv.gz anew: human genes by symbol, Ensembl id, Entrez id and other names.

    apt-get download r-bioc-org.hs.eg.db && dpkg-deb -x r-bioc-org.hs.eg.db_*.deb unpacked
    python packaging/gene_names.py unpacked/usr/lib/R/site-library/org.Hs.eg.db/extdata/org.Hs.eg.sqlite

The source is Bioconductor's annotation package org.Hs.eg.db (Artistic-2.0), made from NCBI Gene and Ensembl.
"""

from __future__ import annotations

import gzip
import sqlite3
import sys
from collections import defaultdict
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "resources" / "genes" / "human.tsv.gz"
LEFT_OUT = ("biological-region", "unknown", "other")
"""Kinds of entry that no assay measures"""


def rows(database: sqlite3.Connection) -> list[str]:
    """`symbol, Entrez id, Ensembl ids, other names`, the last two parted by bars; in the order of Entrez ids."""
    ensembl: dict[int, list[str]] = defaultdict(list)
    for gene, identifier in database.execute("select _id, ensembl_id from ensembl order by ensembl_id"):
        ensembl[gene].append(identifier.removeprefix("ENSG").lstrip("0"))
    alias: dict[int, list[str]] = defaultdict(list)
    for gene, name in database.execute("select _id, alias_symbol from alias order by alias_symbol"):
        alias[gene].append(name)
    question = """select genes._id, genes.gene_id, gene_info.symbol, genetype.gene_type from genes
        join gene_info using (_id) left join genetype using (_id) order by cast(genes.gene_id as integer)"""
    found = []
    for gene, entrez, symbol, kind in database.execute(question):
        others = [name for name in alias[gene] if name != symbol and "\t" not in name and "|" not in name]
        if kind in LEFT_OUT and not ensembl[gene]:
            continue
        if symbol.startswith("LOC") and not ensembl[gene]:
            continue
        found.append("\t".join((symbol, entrez, "|".join(ensembl[gene]), "|".join(others))))
    return found


def main() -> int:
    """Write the table; prints how many genes and bytes."""
    with sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True) as database:
        dates = dict(database.execute("select name, value from metadata"))
        head = f"# org.Hs.eg.db: Entrez Gene {dates['EGSOURCEDATE']}, Ensembl {dates['ENSOURCEDATE']}; Artistic-2.0"
        lines = [head, "symbol\tentrez\tensembl\tother", *rows(database)]
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(gzip.compress("\n".join(lines).encode() + b"\n", 9, mtime=0))
    print(f"{TARGET.name}: {len(lines) - 2:,} genes, {TARGET.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
