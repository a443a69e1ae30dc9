"""Every table and cohort of real data through the import: what each is, and that what is written reads the same."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from survgui.cases.case import Modality
from survgui.cases.proposal import Use
from survgui.cases.step import run_to_end
from survgui.importing import load, propose, write
from survgui.readers.cohort import load_cohort
from tests.importing.makers import tables_of

pytestmark = pytest.mark.slow

TABLES = {
    "tcga_omics/combine_signatures.csv": "gene groups",
    "tcga_omics/hallmarks_signatures.csv": "gene groups",
    "tcga_omics/signatures.csv": "gene groups",
    "tcga_omics/xena_signatures.csv": "gene groups",
    "tcga_omics/porpoise_tcga_blca_all_clean.csv.zip": "cnv 256 of 373, mutation 371 of 373, "
    "rna 1554 of 373; OS 169/373",
    "tcga_omics/porpoise_tcga_gbmlgg_all_clean.csv.zip": "cnv 30 of 569, mutation 16 of 569, "
    "rna 1544 of 569; OS 187/569",
    "tcga_omics/porpoise_tcga_luad_all_clean.csv.zip": "cnv 517 of 453, mutation 864 of 453, "
    "rna 1555 of 453; OS 158/453",
    "tcga_omics/subtypegan_BLCA.miRNA.fea.gz": "mirna 383 of 399",
    "tcga_omics/subtypegan_LUAD.miRNA.fea.gz": "mirna 383 of 490",
    "tcga_omics/survpath_xena_blca_rna_clean.csv.gz": "rna 1577 of 360",
    "tcga_omics/tcgabiolinks_blca.subtype.csv.gz": "clinical of 412; OS 180/409",
    "tcga_omics/tcgabiolinks_lgg.gbm.subtype.csv.gz": "clinical of 1122; OS 524/1043",
    "tcga_omics/tcgabiolinks_luad.subtype.csv.gz": "clinical of 230",
    "tcga_omics/tdatcga_LGG_NonSynMuts.txt.gz": "mutation of 513",
    "tcga_survival/TCGA-CDR-SupplementalTableS1.xlsx": "clinical of 11160, not used, "
    "outcome, not used, not used, not used, not used, not used; OS 3592/11094 PFI 3983/10907 "
    "DSS 2487/10540 DFI 1118/5521 PFS 4817/10907 PFI 3856/10907",
    "tcga_survival/mcat_5foldcv_splits_long.csv.gz": "splits",
    "tcga_survival/multisurv_clinical_data.tsv.gz": "clinical of 11081; OS 3602/11081",
    "tcga_survival/survpath_tcga_blca_clinical.csv": "clinical of 412",
    "tcga_survival/survpath_tcga_gbmlgg_clinical.csv": "clinical of 1122",
    "glioma_methylation/methylmix_GBM_GEcancer.csv": "rna 14 of 251",
    "glioma_methylation/methylmix_GBM_METcancer.csv": "dnam 14 of 251",
    "glioma_methylation/tcga_glioma_dnam_idh.csv.gz": "dnam 1205 of 880",
    "mri_features/brats2019_name_mapping.csv": "ids",
    "mri_features/brats2019_os_features_Train_final.xlsx": "not used IMP-06",
    "mri_features/brats2019_survival_data.csv": "clinical of 259 IMP-06",
    "mri_features/brats20_survival_info.csv": "clinical of 236 IMP-06",
    "mri_features/sunyue_R6_1-GBM_Rfeatuer_data.txt.gz": "mri 86 of 361",
    "mri_features/sunyue_R6_1-LGG_Rfeatuer_data.txt.gz": "mri 86 of 103",
    "mri_features/tcga_glioma_mri_wsi_idh_table.csv.gz": "cnv 35 of 187; OS 106/187",
    "mri_features/tcga_glioma_pyradiomics2d_long.csv.gz": "mri 86 of 139",
    "pathology_features/TCGA-BL-A3JM-01Z-00-DX1_feat.mat": "pathology 2048 of 1",
    "pathology_features/blca_labels_tmb_entropy_til.csv": "not used",
    "pathology_features/blca_til_density_of_tumor.csv": "not used",
    "pathology_features/blca_xception2048_slide_features.npz": "pathology 2048 of 377",
    "pathology_features/gbmlgg_pathomicfusion_oof_patch_scores.parquet": "pathology 6 of 738",
    "pathology_features/gevaert_early_example.csv.gz": "outcome; OS 15/22",
    "pathology_features/hif2gene_luad_hifs.csv.gz": "pathology 607 of 444",
    "pathology_features/iatlas_til_global_pattern.csv.gz": "clinical of 2100",
    "baseline_predictions/mcat_published_oof_risks.csv.gz": "outcome; OS",
}
"""What each table is, features of patients, and events/patients of its endpoints: counted from the files, or as the
README beside them says"""


def said(proposal) -> str:
    """The proposal in the words of `TABLES`."""
    words = []
    for source in sorted(proposal.sources, key=lambda s: s.key.rsplit("#", 1)[-1]):
        if source.use is Use.MODALITY:
            counted = source.modality is not Modality.CLINICAL and source.made is None
            features = f" {source.features}" if counted else ""
            words.append(f"{source.modality}{features} of {source.patients}")
        else:
            words.append(str(source.use))
    text = ", ".join(words)
    text += "".join(f" {n.code}" for n in proposal.notes if n.code == "IMP-06")
    ends = " ".join(f"{e.name} {e.events}/{e.patients}" for e in proposal.endpoints)
    return f"{text}; {ends}" if ends else text


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_what_it_is(shared_data: Path, tmp_path: Path, name: str):
    found = said(run_to_end(propose([shared_data / name], tmp_path / "work")))
    expected = TABLES[name]
    assert found == expected or (expected.endswith("; OS") and found.startswith(expected)), found


@pytest.mark.parametrize("name", ["tcga-blca", "tcga-gbmlgg", "tcga-luad", "tcga-glioma-all"])
def test_every_cohort_imports_from_its_files(shared_data: Path, tmp_path: Path, name: str):
    folder = shared_data / "cohorts"
    proposal = run_to_end(propose(tables_of(folder / f"{name}.toml"), tmp_path / "work", name))
    cohort = run_to_end(load(proposal))
    written = load_cohort(run_to_end(write(proposal, tmp_path / "out")))
    assert written.digest() == cohort.digest()
    assert not [note for note in written.notes if note.level == "error"]
    with (folder / "expected_counts.csv").open() as file:
        expected = {row["block"]: row for row in csv.DictReader(file) if row["cohort"] == name}
    patients = set(load_cohort(folder / f"{name}.toml").ids)
    assert len(patients & set(written.ids)) == len(patients)
    for modality, block in written.blocks.items():
        same = len(block.patients & patients)
        assert same == int(expected[modality]["patients"]), modality
        if modality is not Modality.CLINICAL:
            assert block.width == int(expected[modality]["features"]), modality
    assert set(written.blocks) == set(expected) - {"outcome"}


def test_every_case_folder_of_scans_and_slides_is_told(shared_data: Path, tmp_path: Path):
    for folder, modality in (("mri", Modality.MRI), ("wsi_rois", Modality.PATHOLOGY)):
        proposal = run_to_end(propose([shared_data / folder], tmp_path / folder))
        source = proposal.modalities[modality]
        assert source.files and source.patients >= 2
        assert sum(len(s.paths) for s in proposal.sources) >= len(source.paths)
