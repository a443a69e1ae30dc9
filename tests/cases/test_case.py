from __future__ import annotations

from pathlib import Path

import pytest

from survgui.cases.case import Case, Modality, Source, is_tcga, patient_key


def test_every_modality_has_a_title_of_its_own():
    titles = [m.title for m in Modality]
    assert len(set(titles)) == len(titles) == 8
    assert Modality("rna").title == "RNA-seq" and str(Modality.RNA) == "rna"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("TCGA-DU-7294", "TCGA-DU-7294-01A-11R-A123-07", True),
        ("tcga-du-7294", "TCGA-DU-7294-01A", True),
        ("TCGA-DU-7294", "TCGA-DU-7295", False),
        (" C-1 ", "C-1", True),
        ("C-1", "C-10", False),
        ("c-1", "C-1", False),
        ("LONG-PREFIX-0001", "LONG-PREFIX-0002", False),
    ],
)
def test_only_tcga_barcodes_are_shortened(one, other, same):
    assert (patient_key(one) == patient_key(other)) is same


def test_barcodes():
    assert is_tcga("TCGA-DU-7294") and is_tcga("TCGA-DU-7294-01A")
    assert not any(is_tcga(text) for text in ("TCGA", "TCGA-DU", "TCGA-DUX-7294", "TCIA-DU-7294", ""))
    assert patient_key("TCGA-DU-7294-01A") == "TCGA-DU-7294"


def test_a_case_has_what_has_files():
    slide = Source(Modality.PATHOLOGY, Path("a.svs"))
    case = Case("C-1", {Modality.PATHOLOGY: (slide,), Modality.RNA: ()})
    assert case.present == {Modality.PATHOLOGY}
    assert Case("C-2").present == frozenset()
