from __future__ import annotations

import pytest

from survgui.readers import genes


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("TP53", "TP53"),
        ("ENSG00000141510", "TP53"),
        ("ENSG00000141510.18", "TP53"),
        ("ENSG00000002586.20_PAR_Y", "CD99"),
        ("7157", "TP53"),
        ("TP53|7157", "TP53"),
        ("H3F3A", "H3-3A"),
        ("TMEM173", "STING1"),
        ("SEPT2", "SEPTIN2"),
        ("no such gene", None),
        ("ENSG99999999999", None),
    ],
)
def test_a_gene_by_any_of_its_names(name, symbol):
    assert genes.current(name) == symbol


def test_a_current_symbol_is_never_an_alias_and_an_alias_of_two_means_neither():
    assert genes.current("H3-3B") == "H3-3B"  # which is also an alias of H3-3A
    table = genes._genes()
    assert not table.symbols & table.others.keys()
    assert genes.current("AIM1") is None or genes.current("AIM1") in table.symbols


def test_ids_are_named_by_symbols_and_unknown_ones_keep_their_id():
    found = genes.named(("ENSG00000141510.1", "ENSG00000146648", "ENSG99999999999.2"))
    assert (found.kind, found.names, found.known) == ("Ensembl ids", ("TP53", "EGFR", "ENSG99999999999"), 2)


def test_two_ids_of_one_gene_stay_apart():
    found = genes.named(("ENSG00000184584", "ENSG00000288243"))  # both are STING1
    assert found.names == ("STING1", "ENSG00000288243")
    assert found.repeated == 1


def test_symbols_stay_as_written():
    found = genes.named(("TP53", "H3F3A", "unheard"))
    assert (found.kind, found.names, found.known, found.renamed) == ("symbols", ("TP53", "H3F3A", "unheard"), 2, 1)


@pytest.mark.parametrize(
    ("date", "symbol"),
    [
        ("3-Mar", "MARCH3"),
        ("Mar-07", "MARCH7"),
        ("2-Sep", "SEPT2"),
        ("Sep-09", "SEPT9"),
        ("1-Dec", "DEC1"),
        ("15-Sep", "SEP15"),
        ("2019-09-07", "SEPT7"),
        ("2019-09-07 00:00:00", "SEPT7"),
        ("44446", "SEPT7"),  # 7 September 2021, as days since 1899
    ],
)
def test_dates_that_were_genes_are_repaired(date, symbol):
    found = genes.named(("TP53", "EGFR", "PTEN", date))
    assert found.names[-1] == symbol
    assert found.repaired == (f"{date} = {symbol}",)


@pytest.mark.parametrize("date", ["1-Mar", "2-Mar", "44621", "4-Oct", "5-Jun"])
def test_dates_that_may_be_two_genes_are_left(date):
    found = genes.named(("TP53", "EGFR", "PTEN", date))
    assert found.names[-1] == date and not found.repaired


def test_a_repair_that_is_there_already_or_comes_twice_is_left():
    assert genes.named(("TP53", "SEPT2", "2-Sep")).spoilt == ("2-Sep",)
    assert genes.named(("TP53", "EGFR", "2-Sep", "Sep-02")).repaired == ()


def test_places_by_name_first_and_then_by_gene():
    assert genes.places(("H3F3A", "TP53", "EGFR"), ("ENSG00000146648.3", "H3-3A", "TP53")) == (1, 2, 0)
    assert genes.places(("SEPT2",), ("SEPTIN2", "NEDD5")) == (-1,)  # two columns are the gene: neither is taken
    assert genes.places(("cg00000029",), ("cg00000030",)) == (-1,)


def test_entrez_ids_are_not_any_numbers():
    assert genes.are_entrez(("7157", "1956", "672", "5728", "3845"))
    assert not genes.are_entrez(tuple(map(str, range(1, 200))))  # columns counted up
    assert not genes.are_entrez(("1", "2"))


def test_every_symbol_of_the_gene_table_stays_what_it_is():
    assert genes.named(genes.symbols()).names == genes.symbols()
    assert genes.named(("CAND1", "CAND1.11", "A1BG|1", "TP53.7157")).names == ("CAND1", "CAND1.11", "A1BG", "TP53")
