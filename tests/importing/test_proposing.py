"""Every make of file as the portals hand it out: what it is taken for, how it is read, and who is in it."""

from __future__ import annotations

import gzip
import tarfile
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from survgui.cases.case import Modality
from survgui.cases.proposal import Conversion, TablePlan, Use
from survgui.cases.step import run_to_end
from survgui.errors import SurvguiError
from survgui.importing import load, propose, recount, revise, write
from survgui.readers.cohort import load_cohort
from tests.importing import makers

PATIENTS = makers.barcodes(12)


def chosen(proposal, modality):
    return proposal.modalities[Modality(modality)]


def test_xena_and_tcga_cdr_become_a_cohort(proposed, tmp_path):
    makers.xena(tmp_path / "in" / "TCGA-BLCA.htseq_fpkm.tsv", PATIENTS)
    makers.cdr(tmp_path / "in" / "TCGA-CDR.xlsx", PATIENTS)
    proposal = proposed(tmp_path / "in")
    rna = chosen(proposal, "rna")
    assert (rna.format, rna.values, rna.patients, rna.features) == ("UCSC Xena matrix", "log", 12, 12)
    assert rna.plan.orientation == "cases-in-columns" and rna.plan.transform == "none"
    assert (rna.genes.kind, rna.genes.known) == ("Ensembl ids", 12)
    assert [e.name for e in proposal.endpoints] == ["OS", "PFI"]
    days, events = makers.outcome([*PATIENTS, *PATIENTS])
    assert (proposal.outcome.event, proposal.outcome.unit) == ("OS", "days")
    assert proposal.outcome.plan.filter == {"type": ("BLCA",)}  # of the table's two tumours the one that was measured
    assert proposal.outcome.words == f"1 = death: {sum(events[:12])} events, {12 - sum(events[:12])} without"
    clinical = chosen(proposal, "clinical")
    assert clinical.plan.columns == ("age_at_initial_pathologic_diagnosis", "gender", "ajcc_pathologic_tumor_stage")
    assert clinical.plan.ordered["ajcc_pathologic_tumor_stage"][0] == "Stage I"
    cohort = run_to_end(load(proposal))
    assert cohort.ids == tuple(PATIENTS)
    assert cohort.months == pytest.approx(np.array(days[:12]) / 30.4375)
    assert cohort.blocks[Modality.RNA].names == makers.GENES  # versions stripped, ids named by symbols
    assert cohort.blocks[Modality.RNA].items[PATIENTS[3]] == pytest.approx(makers.values(12)[3], abs=1e-3)


@pytest.mark.parametrize("first", ["sample", "Ensembl_ID", ""])
def test_symbols_under_any_heading(proposed, tmp_path, first):
    makers.xena(tmp_path / "HiSeqV2", PATIENTS, first=first, ids=False)
    (source,) = proposed(tmp_path / "HiSeqV2").sources
    assert (source.modality, source.patients, source.features) == (Modality.RNA, 12, 12)
    assert source.genes.kind == "symbols"


@pytest.mark.parametrize("sheet", ["sheet", "metadata"])
def test_gene_counts_of_the_gdc_are_joined(proposed, tmp_path, sheet):
    folder = makers.star(tmp_path / "gdc", PATIENTS[:4], sheet)
    proposal = proposed(folder)
    rna = proposal.source("gdc#rna")
    assert (rna.conversion, rna.values, rna.plan.transform) == (Conversion.GDC, "counts", "log2p1")
    assert (rna.patients, rna.features, rna.plan.value) == (4, 12, "unstranded")
    frame = pd.read_parquet(rna.made)
    expected = np.random.default_rng(3).integers(0, 90_000, (4, 12))
    assert frame["gene"].tolist() == list(makers.GENES)  # without the four rows that are no genes
    assert frame.iloc[:, 1:].to_numpy().T.tolist() == expected.tolist()


def test_gene_counts_of_nobody_are_said(proposed, tmp_path):
    proposal = proposed(makers.star(tmp_path / "gdc", PATIENTS[:2], sheet=""))
    assert proposal.sources[0].use is Use.NONE
    (note,) = [n for n in proposal.notes if n.code == "GDC-01"]
    assert "2 gene count files are nobody's" in note.text and "sample sheet" in note.text


def test_cbioportal_study_with_samples_of_other_names(proposed, tmp_path):
    proposal = proposed(makers.cbioportal(tmp_path / "study", 30))
    rna, cna, mutation = (chosen(proposal, m) for m in ("rna", "cnv", "mutation"))
    assert (rna.conversion, rna.patients, rna.matched, rna.features) == (Conversion.RENAMED, 30, 30, 12)
    assert (cna.values, cna.matched) == ("cnv", 30)
    assert (mutation.conversion, mutation.patients, mutation.values) == (Conversion.MUTATIONS, 30, "binary")
    assert proposal.outcome.event_value == ("1:DECEASED",)
    assert (proposal.outcome.time, proposal.outcome.unit) == ("OS_MONTHS", "months")
    cohort = run_to_end(load(proposal))
    assert cohort.ids[7] == "P-00007" and len(cohort) == 30
    body = makers.values(30, seed=5)
    assert cohort.blocks[Modality.RNA].items["P-00007"] == pytest.approx(body[7], abs=1e-3)
    table = pd.read_parquet(mutation.made).set_index("case")
    # of sample k the five first genes are mutated, (k + j) % 3 == 1 of them silently
    assert table.loc["P-00000", list(makers.GENES[:5])].tolist() == [1, 0, 1, 1, 0]
    assert not set(makers.GENES[5:]) & set(table.columns)


def test_follow_up_of_the_gdc_is_one_time(proposed, tmp_path):
    rows = [
        [p, 60 + k, *((100 + k, "'--", "Dead") if k % 2 else ("'--", 900 + k, "Alive"))] for k, p in enumerate(PATIENTS)
    ]
    head = ["case_submitter_id", "age_at_index", "days_to_death", "days_to_last_follow_up", "vital_status"]
    path = makers.table(tmp_path / "clinical.tsv", head, rows)
    proposal = proposed(path)
    assert (proposal.outcome.name, proposal.outcome.unit, proposal.outcome.events) == ("OS", "days", 6)
    cohort = run_to_end(load(proposal))
    assert cohort.months * 30.4375 == pytest.approx([100 + k if k % 2 else 900 + k for k in range(12)])


@pytest.mark.parametrize(
    ("scale", "unit"), [(lambda b: b, "beta"), (lambda b: np.log2((b + 0.01) / (1.01 - b)), "m-value")]
)
def test_betas_and_m_values_and_the_array(proposed, tmp_path, scale, unit):
    beta = np.random.default_rng(2).beta(0.5, 0.5, (40, 12))
    rows = [[name, *row] for name, row in zip(makers.probes(40), scale(beta).round(4), strict=True)]
    path = makers.table(tmp_path / "HumanMethylation450", ["sample", *(f"{p}-01" for p in PATIENTS)], rows)
    (source,) = proposed(path).sources
    assert (source.modality, source.values, source.features) == (Modality.DNAM, unit, 40)
    assert any("a selection of HM27, HM450 or EPIC" in reason for reason in source.evidence)


def test_archives_are_looked_into_and_cannot_write_elsewhere(tmp_path):
    makers.xena(tmp_path / "in" / "rna.tsv", PATIENTS)
    makers.cdr(tmp_path / "in" / "cdr.xlsx", PATIENTS)
    with tarfile.open(tmp_path / "all.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "in", "study")
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("../outside.csv", "a,b\n1,2\n")
        archive.writestr("inside.csv", "a,b\n1,2\n")
    proposal = run_to_end(propose([tmp_path / "all.tar.gz", tmp_path / "bad.zip"], tmp_path / "deep" / "work"))
    assert set(proposal.modalities) == {Modality.RNA, Modality.CLINICAL}
    assert "TBL-12" in {note.code for note in proposal.notes}
    assert not list((tmp_path).rglob("outside.csv"))


def test_decimal_commas_semicolons_and_utf_16(proposed, tmp_path):
    body = [
        [p, *(f"{v:.2f}".replace(".", ",") for v in row)] for p, row in zip(PATIENTS, makers.values(12), strict=True)
    ]
    path = makers.table(tmp_path / "rna.csv", ["patient", *makers.GENES], body, separator=";")
    path.write_bytes(path.read_text().encode("utf-16"))
    (source,) = proposed(path).sources
    assert (source.modality, source.values, source.features) == (Modality.RNA, "log", 12)
    assert sorted({n.code for n in source.notes}) == ["TBL-23", "TBL-24", "TBL-25"]


def test_slides_and_scans_by_the_ids_in_their_names(proposed, tmp_path):
    from tests.readers.conftest import write_slide

    makers.xena(tmp_path / "rna.tsv", PATIENTS)
    slide = tmp_path / "slides" / f"{PATIENTS[0]}-01Z-00-DX1.tif"
    slide.parent.mkdir()
    write_slide(slide, np.zeros((64, 64, 3), np.uint8), levels=1, tile=16)
    (tmp_path / "slides" / f"{PATIENTS[1]}-01Z-00-DX1.tif").write_bytes(slide.read_bytes())
    (tmp_path / "slides" / "unnamed.tif").write_bytes(slide.read_bytes())
    proposal = proposed(tmp_path)
    slides = proposal.source("pathology#slide")
    assert slides.files == (f"{(tmp_path / 'slides').as_posix()}/{{case}}*.tif",)
    assert (slides.patients, [n.code for n in slides.notes]) == (2, ["IMP-04"])


def test_a_file_that_cannot_be_read_is_a_source_with_its_reason(proposed, tmp_path):
    (tmp_path / "rna.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n")[:-6])
    (source,) = proposed(tmp_path / "rna.csv.gz").sources
    assert (source.use, source.format, source.notes[0].code) == (Use.NONE, "cannot be read", "TBL-10")


def test_a_table_of_nothing_but_the_outcome_is_used_for_that(proposed, tmp_path):
    patients = makers.barcodes(20)
    makers.xena(tmp_path / "HiSeqV2", patients)
    days, events = makers.outcome(patients)
    rows = list(zip(patients, days, events, strict=True))
    makers.table(tmp_path / "outcome.csv", ["case_id", "days", "died"], rows, ",")
    found = proposed(tmp_path / "HiSeqV2", tmp_path / "outcome.csv")
    table = next(source for source in found.sources if source.paths[0].name == "outcome.csv")
    assert table.use is Use.OUTCOME and table.format == "table of the outcome" and "days" in table.evidence[0]
    assert found.outcome.patients == 20 and found.outcome.events == sum(events)


@pytest.fixture
def workbook(tmp_path):
    """A study in one workbook: notes, an empty sheet, outcomes and expression."""
    rows = [[p, 40 + k, ("F", "M")[k % 2], 5 + 3 * k, k % 2] for k, p in enumerate(PATIENTS)]
    path = tmp_path / "in" / "study.xlsx"
    path.parent.mkdir()
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"About": ["our study", "2019"]}).to_excel(book, sheet_name="Notes", index=False)
        pd.DataFrame().to_excel(book, sheet_name="Empty", index=False)
        head = ["patient", "age", "sex", "OS_MONTHS", "OS_STATUS"]
        pd.DataFrame(rows, columns=head).to_excel(book, sheet_name="Patients", index=False)
        body = pd.DataFrame(makers.values(12), columns=makers.GENES, index=pd.Index(PATIENTS, name="patient"))
        body.to_excel(book, sheet_name="RNA")
    return path


def test_every_sheet_of_a_workbook_is_looked_at(proposed, workbook, tmp_path):
    proposal = proposed(workbook)
    assert [s.name for s in proposal.sources] == [f"study.xlsx, sheet {n}" for n in ("Notes", "Patients", "RNA")]
    assert proposal.sources[0].use is Use.NONE
    assert (proposal.outcome.plan.sheet, proposal.outcome.patients) == ("Patients", 12)
    assert (chosen(proposal, "rna").matched, chosen(proposal, "clinical").plan.columns) == (12, ("age", "sex"))
    cohort = run_to_end(load(proposal))
    assert cohort.blocks[Modality.RNA].items[PATIENTS[3]] == pytest.approx(makers.values(12)[3])
    file = run_to_end(write(proposal, tmp_path / "cohort"))
    assert 'sheet = "RNA"' in file.read_text() and load_cohort(file).digest() == cohort.digest()


def test_another_sheet_is_read_by_its_own_columns(proposed, workbook):
    proposal = proposed(workbook)
    notes, clinical = proposal.sources[0], chosen(proposal, "clinical")
    said = replace(notes, use=Use.MODALITY, modality=Modality.RNA, chosen=True, plan=TablePlan(sheet="RNA"))
    assert chosen(run_to_end(revise(proposal, said)), "rna").features == 12
    moved = run_to_end(revise(proposal, replace(clinical, plan=replace(clinical.plan, sheet="RNA"))))
    assert set(chosen(moved, "clinical").plan.columns) <= set(makers.GENES)
    with pytest.raises(SurvguiError, match="there is no sheet 'Nope'; it has Notes"):
        run_to_end(revise(proposal, replace(clinical, plan=replace(clinical.plan, sheet="Nope"))))


def test_a_table_that_was_taken_for_nothing_is_what_the_user_says(proposed, tmp_path):
    rows = [[p, k / 3, (7 * k) % 5] for k, p in enumerate(PATIENTS)]
    makers.table(tmp_path / "scores.csv", ["Case ID", "entropy", "til"], rows, ",")
    proposal = proposed(tmp_path / "scores.csv")
    said = replace(proposal.sources[0], use=Use.MODALITY, modality=Modality.PATHOLOGY, chosen=True)
    found = chosen(run_to_end(revise(proposal, said)), "pathology")
    assert (found.plan.columns, found.patients) == (("entropy", "til"), 12)
    first = replace(proposal.sources[0], plan=TablePlan(case="Case ID", columns=("til",)))  # columns before the role
    before = run_to_end(revise(proposal, first))
    said = replace(before.sources[0], use=Use.MODALITY, modality=Modality.PATHOLOGY, chosen=True)
    assert chosen(run_to_end(revise(before, said)), "pathology").plan.columns == ("til",)


def test_words_in_capitals_are_no_genes(proposed, tmp_path):
    tumours = ["ACC", "BLCA", "BRCA", "CESC", "CHOL", "COAD", "DLBC", "ESCA", "GBM", "HNSC", "KICH", "KIRC"]
    rows = [[t, k, k / 7, k / 9] for k, t in enumerate(tumours)]
    makers.table(tmp_path / "tests.csv", ["", "n", "os_p", "pfi_p"], rows, ",")
    assert proposed(tmp_path / "tests.csv").sources[0].use is Use.NONE


def test_who_was_sequenced_and_has_no_mutation_is_measured(proposed, tmp_path):
    folder = makers.cbioportal(tmp_path / "study", 30)
    maf = folder / "data_mutations.txt"
    lines = maf.read_text().splitlines()
    samples = list(dict.fromkeys(line.split("\t")[2] for line in lines[1:]))
    maf.write_text("\n".join(line for line in lines if line.split("\t")[2] not in samples[20:]) + "\n")
    head = "cancer_study_identifier: s\nstable_id: s_sequenced\ncase_list_name: Sequenced\ncase_list_ids: "
    (folder / "case_lists").mkdir()
    (folder / "case_lists" / "cases_sequenced.txt").write_text(head + "\t".join(samples[:25]))
    (folder / "case_lists" / "cases_all.txt").write_text(head.replace("_sequenced", "_all") + "\t".join(samples))
    (folder / "meta_study.txt").write_text("type_of_cancer: x\ncancer_study_identifier: s\n")
    proposal = proposed(folder)
    cohort = run_to_end(load(proposal))
    block = cohort.blocks[Modality.MUTATION]
    assert len(block.patients) == 25  # five have none, and of five others nobody knows
    none = [i for i in sorted(block.patients) if not block.items[i].any()]
    assert none == [f"P-{k:05d}" for k in range(20, 25)]
    (note,) = [n for n in chosen(proposal, "mutation").notes if n.code == "MUT-01"]
    assert note.level == "info" and "5 patients were sequenced and have no mutation" in note.text
    uses = {s.paths[0].name: s.use for s in proposal.sources}
    assert uses["cases_sequenced.txt"] is Use.IDS and uses["cases_all.txt"] is Use.NONE  # with meta_study.txt


def test_tables_of_one_patient_each_are_joined(proposed, tmp_path):
    for k, patient in enumerate(PATIENTS[:4]):
        rows = [[gene, 7 * k + j, (7 * k + j) / 3] for j, gene in enumerate(makers.GENES)]
        makers.table(tmp_path / "in" / patient / "quant.tsv", ["gene", "read_count", "TPM"], rows[: 11 if k else 12])
    makers.table(tmp_path / "in" / "somebody" / "quant.tsv", ["gene", "read_count", "TPM"], rows)
    outcome = [[p, 9 + k, k % 2] for k, p in enumerate(PATIENTS)]
    makers.table(tmp_path / "in" / "outcome.csv", ["id", "OS_MONTHS", "OS_STATUS"], outcome, ",")
    proposal = proposed(tmp_path / "in")
    rna = chosen(proposal, "rna")
    assert (rna.conversion, rna.patients, rna.matched, rna.features) == (Conversion.JOINED, 4, 4, 12)
    assert "read_count is taken of each file" in rna.evidence
    assert [n.code for n in rna.notes] == ["IMP-04"]  # nobody says who somebody is
    items = run_to_end(load(proposal)).blocks[Modality.RNA].items
    assert items[PATIENTS[0]].tolist() == list(range(12))
    assert items[PATIENTS[3]][:11].tolist() == list(range(21, 32)) and np.isnan(items[PATIENTS[3]][11])
    other = replace(rna, plan=replace(rna.plan, value="TPM", transform="none"))
    revised = run_to_end(revise(proposal, other))
    assert run_to_end(load(revised)).blocks[Modality.RNA].items[PATIENTS[3]][0] == pytest.approx(7)
    with pytest.raises(SurvguiError, match="no column is named fpkm"):
        run_to_end(revise(proposal, replace(rna, plan=replace(rna.plan, value="fpkm"))))


def test_lists_of_one_tumour_each_become_one_table(proposed, tmp_path):
    for k, patient in enumerate(PATIENTS[:3]):
        rows = [[gene, "Missense_Mutation", f"{patient}-01A"] for gene in ("TP53", ("EGFR", "KRAS")[k % 2])]
        head = ["Hugo_Symbol", "Variant_Classification", "Tumor_Sample_Barcode"]
        makers.table(tmp_path / "in" / f"{k}" / "masked.maf", head, rows)
    (source,) = proposed(tmp_path / "in").sources
    assert (source.conversion, source.patients, source.features) == (Conversion.MUTATIONS, 3, 2)  # KRAS is in one alone


def test_tables_of_one_name_give_endpoints_of_their_own(proposed, tmp_path):
    for folder, shift in (("a", 0), ("b", 50)):
        rows = [[p, 9 + k + shift, k % 2] for k, p in enumerate(PATIENTS)]
        makers.table(tmp_path / "in" / folder / "outcome.csv", ["id", "OS_MONTHS", "OS_STATUS"], rows, ",")
    makers.xena(tmp_path / "in" / "rna.tsv", PATIENTS)
    proposal = proposed(tmp_path / "in")
    first, second = proposal.endpoints
    assert proposal.endpoint == first.key != second.key
    other = run_to_end(recount(replace(proposal, endpoint=second.key)))
    assert other.outcome.follow_up == proposal.outcome.follow_up + 50


def test_gene_groups_of_a_gmt_file_are_those_of_rna(proposed, tmp_path):
    makers.xena(tmp_path / "in" / "rna.tsv", PATIENTS)
    makers.cdr(tmp_path / "in" / "TCGA-CDR.xlsx", PATIENTS)
    lines = ["\t".join((name, "a url", *of)) for name, of in (("A", makers.GENES[:5]), ("B", makers.GENES[3:6]))]
    (tmp_path / "in" / "h.all.gmt").write_text("\n".join(lines) + "\n")
    proposal = proposed(tmp_path / "in")
    (groups,) = [s for s in proposal.sources if s.use is Use.GROUPS]
    assert groups.chosen and groups.evidence == ("each of its 2 lines is a group of genes",)
    file = run_to_end(write(proposal, tmp_path / "cohort"))
    assert set(load_cohort(file).blocks[Modality.RNA].groups) == {"A", "B"}
