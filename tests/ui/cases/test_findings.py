"""What is made of dropped files: choices, clashes, strangers, and what is handed on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from survgui.cases.case import Modality
from survgui.cases.display import SlideFacts
from survgui.figures.words import THIN
from survgui.readers.recognise import Finding
from survgui.ui.cases.findings import (
    NOT_USED,
    Entries,
    choices,
    pixel_question,
    sentence,
    size_question,
    summary,
)
from tests.ui.cases.samples import FOLDER, broken, found, scan, slide, table, volume


def words(finding):
    return [choice.words for choice in choices(finding)]


def pick(entries, row, name):
    entries.choose(row, next(choice for choice in entries.choices(row) if choice.words == name))


def test_a_file_may_be_what_its_content_allows():
    assert words(slide()) == ["Slide", "Not used"]
    assert words(replace(slide("x.h5"), role="features")) == ["Slide features", "Not used"]
    assert (
        words(volume("a.nii.gz", None))
        == words(volume("a.nii.gz", "t1"))
        == [
            *("MRI T1", "MRI T1c", "MRI T2", "MRI FLAIR", "MRI segmentation", "Not used"),
        ]
    )
    assert words(table("x.csv", None)) == [
        *("Clinical", "RNA-seq", "Methylation", "Copy number", "Mutations", "miRNA"),
        *("Slide features", "MRI features", "Not used"),
    ]
    assert words(broken()) == ["Cannot be used"]
    assert words(Finding(FOLDER / "x.pdf", None, None, "it is no table of measurements")) == ["Not used"]
    assert words(Finding(FOLDER / "cohort.toml", None, "cohort", "")) == ["Cohort"]


@pytest.mark.parametrize("modality", list(Modality))
def test_every_table_starts_as_what_it_was_taken_for(modality):
    entries = Entries(found(table("x.csv", modality)))
    assert (entries.chosen[0].modality, entries.chosen[0].role) == (modality, "table")
    assert entries.confirmed() == entries.findings


@pytest.mark.parametrize("role", ["t1", "t1c", "t2", "flair", "segmentation"])
def test_every_volume_starts_as_its_sequence(role):
    assert Entries(found(volume("x.nii", role))).chosen[0].role == role


def test_good_files_go_on_without_the_bad_one():
    entries = Entries(found(slide(), broken(), table("rna.csv", Modality.RNA)))
    assert entries.used() == [0, 2] and entries.modalities() == [Modality.PATHOLOGY, Modality.RNA]
    assert entries.remark(1).level == "error" and entries.remark(1).text.startswith("The file is empty")
    assert summary(entries) == "2 of 3 files used"


def test_what_is_not_used_is_handed_on_without_a_modality():
    entries = Entries(found(slide(), table("rna.csv", Modality.RNA)))
    pick(entries, 1, "Not used")
    kept, dropped = entries.confirmed()
    assert kept == entries.findings[0] and (dropped.modality, dropped.spec) == (None, None)


def test_a_correction_is_handed_on():
    entries = Entries(found(volume("x.nii", "t1"), table("x.csv", None, patients=())))
    pick(entries, 0, "MRI FLAIR")
    pick(entries, 1, "miRNA")
    first, second = entries.confirmed()
    assert (first.modality, first.role) == (Modality.MRI, "flair")
    assert (second.modality, second.role, second.spec) == (Modality.MIRNA, "table", None)
    assert entries.remark(0).text == "As you said"


def test_of_two_tables_the_first_counts_until_it_is_left_out():
    entries = Entries(found(table("a.csv", Modality.RNA), table("b.csv", Modality.RNA)))
    assert entries.used() == [0] and "given twice" in entries.remark(1).text
    pick(entries, 0, "Not used")
    assert entries.used() == [1] and entries.remark(1).level == "info"


def test_a_table_comes_before_files_of_its_modality():
    entries = Entries(found(volume("x.nii", "t1"), table("radiomics.csv", Modality.MRI)))
    assert entries.used() == [1] and "given twice" in entries.remark(0).text


def test_a_table_of_others_is_not_used_until_the_patient_is_in_it():
    many = tuple(f"P-{n}" for n in range(530))
    entries = Entries(found(table("clinical.csv", Modality.CLINICAL, patients=many), patient="clinical"))
    assert entries.used() == [] and entries.of_others == 530
    assert entries.patient == "", "the name of a file is offered as nobody's id"
    assert entries.remark(0).text == (
        "It holds 530 patients: give the id of one above, or import all of them as a cohort"
    )
    entries.patient = "C-1"
    said = "It holds 530 patients, and C-1 is not one of them; it is used once you give the id of one"
    assert entries.remark(0).text == said
    entries.patient = " P-17 "
    assert entries.used() == [0] and entries.remark(0).level == "info"


def test_the_guessed_patient_stays_where_one_of_the_files_is_used():
    many = table("clinical.csv", Modality.CLINICAL, patients=("P-1", "P-2"))
    assert Entries(found(many, slide(), patient="C-1")).patient == "C-1"


def test_a_table_that_is_not_used_says_what_to_do_with_it():
    folds = Finding(Path("folds.csv"), None, "splits", "case_id is in train, val of 5 folds", make="folds")
    entries = Entries(found(folds, table("x.csv", None, "it is a table whose columns say no modality")))
    assert entries.remark(0).text == "case_id is in train, val of 5 folds"
    assert entries.remark(0).more == "It is for a cohort: import it as one"
    assert entries.remark(1).more == "Say on the right what it holds"
    pick(entries, 1, "Clinical")
    assert (entries.remark(1).text, entries.remark(1).more) == ("As you said", "")
    assert entries.for_a_cohort and entries.of_others == 0


def test_a_single_row_of_another_name_is_pointed_out():
    entries = Entries(found(table("rna.csv", Modality.RNA, patients=("OTHER",)), patient="C-1"))
    assert entries.used() == [0] and "called OTHER" in entries.remark(0).text
    tcga = Entries(found(table("r.csv", Modality.RNA, patients=("TCGA-DU-7294",)), patient="tcga-du-7294-01A"))
    assert tcga.remark(0).level == "info"


def test_a_slide_that_cannot_be_opened_is_left_out_but_may_be_kept():
    facts = SlideFacts(FOLDER / "slide.svs", error="the slide is damaged; copy it again")
    entries = Entries(found(slide(), table("rna.csv", Modality.RNA), slides=[facts]))
    assert entries.chosen[0] == NOT_USED and entries.remark(0).level == "error"
    pick(entries, 0, "Slide")
    assert entries.used() == [0, 1] and entries.remark(0).level == "error"
    assert entries.without_pixel_size() == []


def test_only_slides_that_are_used_are_asked_for_their_pixel_size():
    entries = Entries(found(slide("a.svs"), slide("b.svs"), mpp=None))
    assert [facts.name for facts in entries.without_pixel_size()] == ["a.svs", "b.svs"]
    assert "2 slides" in pixel_question(entries.without_pixel_size())
    pick(entries, 0, "Not used")
    assert pixel_question(entries.without_pixel_size()).startswith("b.svs does not say")
    assert "how large" in entries.remark(1).text


def test_of_two_series_of_a_sequence_the_one_chosen_last_is_used():
    one, two = volume("a.dcm", "t1c"), replace(volume("b.dcm", None), title="COR T1 POST · 20 slices")
    entries = Entries(found(one, two, volume("c.dcm", "t2")))
    assert entries.used() == [0, 2]
    pick(entries, 1, "MRI T1c")
    assert entries.used() == [1, 2] and entries.chosen[0] == NOT_USED
    assert [(f.modality, f.role) for f in entries.confirmed()][1] == (Modality.MRI, "t1c")


def test_what_a_volume_holds_and_how_it_was_processed_is_said():
    scans = (
        scan("a.nii"),
        scan("b.nii", grid="b"),
        scan("c.nii", stripped=False),
        scan("d.nii", error="it is cut off"),
    )
    volumes = [volume(f"{name}.nii", role) for name, role in zip("abcd", ("t1c", "t2", "t1", "flair"), strict=True)]
    entries = Entries(found(*volumes, scans=scans))
    assert entries.remark(0).more == "1 × 1 × 5 mm; skull removed"
    assert entries.remark(1).more.startswith("Will be registered to T1c; 1 × 1")
    assert entries.remark(2).level == "warning" and "remove it first" in entries.remark(2).text
    assert entries.remark(3).level == "error" and entries.chosen[3] == NOT_USED


def test_the_pixel_size_that_the_user_gives_wins():
    facts = [
        SlideFacts(FOLDER / "a.svs", 0.5, levels=((40_000, 30_000), (10_000, 7500))),
        SlideFacts(FOLDER / "b.svs", levels=((900, 800),)),
    ]
    entries = Entries(found(slide("a.svs"), slide("b.svs"), slides=facts))
    assert entries.remark(0).more == f"40{THIN}000 × 30{THIN}000 pixels of 0.5 µm, 2 levels"
    assert entries.remark(1).level == "warning"
    assert size_question(facts[0]).startswith("How large are the pixels of a.svs? Its file says 0.5 µm;")
    entries.give_size(FOLDER / "a.svs", 0.25)
    entries.give_size(FOLDER / "b.svs", 1.0)
    assert entries.without_pixel_size() == []
    assert entries.remark(1).more == "900 × 800 pixels of 1 µm as you said, no overview levels"
    assert [finding.mpp for finding in entries.confirmed()] == [0.25, 1.0]
    entries.give_size(FOLDER / "b.svs", None)
    assert [facts.name for facts in entries.without_pixel_size()] == ["b.svs"]


def test_a_header_of_another_patient_is_pointed_out():
    series = replace(volume("a.dcm", "t1"), patients=("TCGA-DU-7294",))
    assert "header names TCGA-DU-7294" in Entries(found(series, patient="C-1")).remark(0).text


def test_a_case_file_is_not_asked_about():
    case = Finding(FOLDER / "case.toml", None, "case", "it says what every file is")
    entries = Entries(found(case, slide(), volume("t1.nii", "t1"), table("r.csv", Modality.RNA, patients=("a", "b"))))
    assert [len(entries.choices(row)) for row in range(4)] == [1, 1, 1, 1]
    assert [choice.words for choice in entries.chosen] == ["Case file", "Slide", "MRI T1", "RNA-seq"]
    assert entries.used() == [1, 2, 3] and entries.confirmed() == entries.findings
    assert summary(entries) == "3 files, all used"


def test_sentences():
    assert sentence("it is a TIFF image") == "It is a TIFF image"
    assert sentence("600 columns are genes") == "600 columns are genes"
