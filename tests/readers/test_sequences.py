"""MRI sequences by the names that the public collections give them, and by what scanners write."""

from __future__ import annotations

import pytest

from survgui.readers.sequences import SEGMENTATION, Timing, by_header, by_name, is_spare, sequence_of

NAMES = {
    "TCGA-DU-7294_fla_bet.nii.gz": "flair",
    "TCGA-DU-7294_t1c_bet.nii.gz": "t1c",
    "TCGA-DU-7294_seg_hnfnetv1-20.nii.gz": SEGMENTATION,
    "TCGA-FG-6692_hdbet_native_t1.nii.gz": "t1",
    "TCGA-02-0006_1996.08.23_t1Gd.nii.gz": "t1c",
    "TCGA-02-0006_1996.08.23_GlistrBoost_ManuallyCorrected.nii.gz": SEGMENTATION,
    "BraTS19_CBICA_AAB_1_t1ce.nii.gz": "t1c",
    "BraTS20_Training_001_flair.nii": "flair",
    "BraTS-GLI-00000-000-t1n.nii.gz": "t1",
    "BraTS-GLI-00000-000-t1c.nii.gz": "t1c",
    "BraTS-GLI-00000-000-t2w.nii.gz": "t2",
    "BraTS-GLI-00000-000-t2f.nii.gz": "flair",
    "BraTS-GLI-00000-000-seg.nii.gz": SEGMENTATION,
    "MU-Glioma-Post_0001_Timepoint_1_brain_t1n.nii.gz": "t1",
    "UCSF-PDGM-0004_T1c_bias.nii.gz": "t1c",
    "UCSF-PDGM-0004_FLAIR.nii.gz": "flair",
    "UCSF-PDGM-0004_tumor_segmentation.nii.gz": SEGMENTATION,
    "UCSF-PDGM-0004_brain_segmentation.nii.gz": None,
    "UCSF-PDGM-0004_ADC.nii.gz": None,
    "UCSF-PDGM-0004_SWI.nii.gz": None,
    "UPENN-GBM-00001_11_T1GD_unstripped.nii.gz": "t1c",
    "UPENN-GBM-00001_11_automated_approx_segm.nii.gz": SEGMENTATION,
    "CT1.nii.gz": "t1c",
    "C-0039_t1.nii.gz": "t1",
    "C-0039_t1_c.nii.gz": "t1c",
    "ce-t1.nii": "t1c",
    "T1-weighted post-contrast.nii.gz": "t1c",
    "post-contrast T1.nii": "t1c",
    "T1 weighted, pre-contrast.nii": "t1",
    "T2-weighted.nii.gz": "t2",
    "FLAIR_T2.nii": "flair",
    "p1_t1c_mask.nii": SEGMENTATION,
    "p1_t1_brain_mask.nii": None,
    "p1_adc.nii.gz": None,
    "part1.nii.gz": None,
}

HEADERS = (
    ("AX T1 POST GD", False, Timing(), "t1c"),
    ("AX T1", True, Timing(), "t1c"),
    ("AX T1 PRE", True, Timing(), "t1"),
    ("SAG 3D FSPGR +C", False, Timing(), "t1c"),
    ("t1_mprage_sag_p2_iso", False, Timing(2000, 3, 900), "t1"),
    ("AX T1 FLAIR", False, Timing(), "t1"),
    ("AX T2 FLAIR FS", True, Timing(9000, 120, 2500), "flair"),
    ("t2_tse_tra", False, Timing(), "t2"),
    ("Ax T2* GRE", False, Timing(), None),
    ("3-pl T2 FGRE LOC", False, Timing(), None),
    ("ep2d_diff_b1000", False, Timing(4000, 90, 0), None),
    ("head", True, Timing(500, 14, 0), "t1c"),
    ("head", False, Timing(9000, 120, 2500), "flair"),
    ("head", False, Timing(4000, 100, 0), "t2"),
    ("head", False, Timing(1900, 3, 900), "t1"),
    ("head", True, Timing(3000, 15, 0), None),
    ("", True, Timing(), None),
)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_the_public_collections(name: str) -> None:
    assert sequence_of(name) == NAMES[name]
    assert by_name(name).why


@pytest.mark.parametrize(("description", "agent", "timing", "sequence"), HEADERS)
def test_headers_of_scanners(description: str, agent: bool, timing: Timing, sequence: str | None) -> None:
    assert by_header(description, agent, timing).sequence == sequence


def test_the_words_are_said() -> None:
    assert by_name("T1_ax_post_GD").why == "its name says T1 POST"
    assert "contrast agent is named in its header" in by_header("AX T1", True, Timing()).why
    assert by_header("head", False, Timing(500, 14)).why == "of TR 500 and TE 14 ms"


def test_the_lesser_of_two_forms() -> None:
    assert is_spare("UPENN-GBM-00001_11_T1_unstripped.nii.gz") and is_spare("UCSF-PDGM-0004_T1_bias.nii.gz")
    assert not is_spare("UPENN-GBM-00001_11_T1.nii.gz")
