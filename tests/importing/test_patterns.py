from __future__ import annotations

from pathlib import Path

import pytest

from survgui.cases.case import Modality
from survgui.importing.patterns import patient_of, patterns
from survgui.readers.files import files_by_patient
from survgui.readers.spec import BlockSpec


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("slides/TCGA-A1-0001-01Z-00-DX1.svs", "TCGA-A1-0001"),
        ("slides/tcga-a1-0001.svs", "TCGA-A1-0001"),
        ("P-12/slide.svs", "P-12"),
        ("slides/P-123.svs", "P-123"),
        ("slides/P-1234.svs", None),  # not P-123
        ("other/slide.svs", None),
        ("slides/P-12_P-123.svs", None),  # of two patients, and nobody's
        ("slides/P-12 again P-12.svs", "P-12"),
        ("P-123/P-12_1.svs", "P-12"),
        ("slides/TCGA-A1-0001_TCGA-A1-0002.svs", None),
    ],
)
def test_the_patient_in_a_path(path, who):
    assert patient_of(Path("/data") / path, ["P-123", "P-12"]) == who


@pytest.mark.parametrize(
    "names",
    [
        ["slides/P-1a.svs", "slides/P-2b.svs"],
        ["P-1a/P-1a_flair.nii.gz", "P-1a/P-1a_t1.nii.gz", "P-2b/P-2b_t1.nii.gz"],
        ["P-1a/scan [raw]/vol.nii.gz", "P-2b/scan [raw]/vol.nii.gz"],
        [f"{k:04d}/P-{'12'[k % 2]}{'ab'[k % 2]}-{k}.svs" for k in range(20)],  # a folder a file, as the GDC has
    ],
)
def test_patterns_name_exactly_the_files_they_were_made_of(tmp_path, names):
    paths = [tmp_path / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    made, owned = patterns(paths, ["P-1a", "P-2b"])
    spec = BlockSpec(Modality.PATHOLOGY, Path("/"), files=made)
    found = files_by_patient(spec, ("P-1a", "P-2b"))
    assert {p: sorted(s.path for s in mine) for p, mine in found.items()} == {p: sorted(m) for p, m in owned.items()}
    assert sorted(path for mine in owned.values() for path in mine) == sorted(paths)
    assert len(made) <= 2
