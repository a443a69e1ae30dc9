import nibabel as nib
import numpy as np
import pytest

from survgui.cases.case import Kind, Modality, Source, State
from survgui.cases.cohort import Block
from survgui.cases.prediction import Taken
from survgui.cases.step import run_to_end
from survgui.engine import exhibits
from survgui.engine.omics import omics_tables
from survgui.engine.predict import Choices, predict


def predicted(cohort, bundle, **choices):
    (found,) = run_to_end(predict(cohort, bundle, Choices(steps=3, **choices), device="cpu"))
    return found


def test_features_that_stand_out_are_measured_and_sorted(newcomer, bundle):
    genes = exhibits.standing_out(predicted(newcomer, bundle), newcomer, bundle)
    assert 0 < len(genes) <= exhibits.GENES and {g.modality for g in genes} == {Modality.RNA}
    assert [abs(g.z) for g in genes] == sorted((abs(g.z) for g in genes), reverse=True)
    hidden = predicted(newcomer, bundle, hide=frozenset({Modality.RNA}))
    assert exhibits.standing_out(hidden, newcomer, bundle) == ()


def test_features_stand_out_under_a_network_that_takes_them_one_by_one(newcomer, masked):
    genes = exhibits.standing_out(predicted(newcomer, masked), newcomer, masked)
    (table,) = omics_tables(newcomer, "P-001", masked)
    far = sorted(zip(table.names, table.z, strict=True), key=lambda pair: -abs(pair[1]))[: exhibits.GENES]
    assert [(g.name, g.z) for g in genes] == [(name, pytest.approx(z, abs=1e-5)) for name, z in far]


def test_files_that_are_gone_are_left_out(newcomer, bundle):
    shown = exhibits.exhibits(predicted(newcomer, bundle), newcomer, bundle)
    assert shown.slides == () and shown.mri == () and shown.genes


@pytest.mark.parametrize("flip", [1.0, -1.0])
def test_the_crop_is_found_on_the_volumes_own_grid(flip):
    affine = np.diag([flip, 1.0, 2.0, 1.0])
    affine[:3, 3] = [flip * -50, -60, -40]
    crop = np.diag([2.0, 2.0, 2.0, 1.0])
    crop[:3, 3] = [-9, -9, -9]  # voxel centres; the cube spans -10 to 10 mm
    box = exhibits.crop_box((100, 120, 60), affine, (10, 10, 10), crop)
    corners = np.array(box).T  # (2, 3)
    world = np.array([affine[:3, :3] @ corner + affine[:3, 3] for corner in corners])
    assert np.sort(world, axis=0) == pytest.approx(np.array([[-10, -10, -10], [10, 10, 10]]), abs=2.0)


def test_a_crop_beside_the_volume_is_no_box():
    far = np.eye(4)
    far[:3, 3] = 1000
    assert exhibits.crop_box((10, 10, 10), np.eye(4), (4, 4, 4), far) is None


def test_three_planes_with_the_crop_where_the_model_used_the_mri(newcomer, bundle, tmp_path):
    from dataclasses import replace

    z = np.zeros((40, 40, 40), dtype=np.float32)
    z[8:32, 8:32, 8:32] = 100.0
    nib.save(nib.Nifti1Image(z, np.diag([4.0, 4.0, 4.0, 1.0])), tmp_path / "t1c.nii.gz")
    files = {"P-001": (Source(Modality.MRI, tmp_path / "t1c.nii.gz", role="t1c"),)}
    mri = Block(Modality.MRI, Kind.VOLUME, ("t1c",), {}, files=files)
    case = replace(newcomer, blocks={**newcomer.blocks, Modality.MRI: mri})
    prediction = predicted(case, bundle)
    assert prediction.states[Modality.MRI] is State.UNUSED
    (unused,) = exhibits.exhibits(prediction, case, bundle).mri
    assert unused.sequence == "t1c" and all(plane.box is None for plane in unused.planes)
    used = replace(prediction, states={**prediction.states, Modality.MRI: State.MEASURED})
    (seen,) = exhibits.exhibits(used, case, bundle).mri
    assert all(plane.box is not None for plane in seen.planes)


def test_tiles_that_were_taken_are_shown_in_their_order_and_framed(newcomer, bundle, tmp_path):
    from dataclasses import replace

    from PIL import Image

    pixels = np.random.default_rng(0).integers(60, 200, (64, 96, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    files = {"P-001": (Source(Modality.PATHOLOGY, tmp_path / "a.png", mpp=0.5),)}
    slides = Block(Modality.PATHOLOGY, Kind.TILES, (), {}, files=files)
    case = replace(newcomer, blocks={**newcomer.blocks, Modality.PATHOLOGY: slides})
    taken = Taken(np.array([[64, 32], [0, 0]]), 32.0, ("a.png", "a.png"))
    prediction = replace(predicted(newcomer, bundle), attention={}, taken={Modality.PATHOLOGY: taken})
    shown = exhibits.exhibits(prediction, case, bundle)
    (slide,) = shown.slides
    assert (slide.coords.tolist(), slide.patch, len(slide.ranks), shown.least) == (taken.coords.tolist(), 32.0, 0, ())
    assert [(tile.rank, tile.side_um) for tile in shown.top] == [(None, 16.0)] * 2
    assert shown.top[0].pixels[::7, ::7].mean() == pytest.approx(pixels[32:, 64:].mean(), abs=3.0)
