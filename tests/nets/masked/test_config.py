import pytest
import torch

from survgui.cases.case import Kind, Modality
from survgui.nets.batch import Batch
from survgui.nets.losses import logistic_hazard_nll
from survgui.nets.masked.config import PRESETS, ImputmaeConfig
from survgui.nets.masked.imputmae import Imputmae

PUBLISHED = {
    Modality.PATHOLOGY: (Kind.TILES, (1, 3, 256, 256)),
    Modality.RNA: (Kind.VECTOR, (1, 16_384)),
    Modality.DNAM: (Kind.VECTOR, (1, 24_576)),
    Modality.MRI: (Kind.VOLUME, (1, 64, 64, 64)),
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": 0}, "'width' must be at least 1"),
        ({"heads": 0}, "'heads' must be at least 1"),
        ({"bins": 0}, "'bins' must be at least 1"),
        ({"epochs": -1}, "'epochs' must be 0 or more"),
        ({"horizon": float("inf")}, "'horizon' must be 0 or more"),
        ({"pretrain_rate": 0.0}, "'pretrain_rate' must be more than 0"),
        ({"learning_rate": float("nan")}, "'learning_rate' must be more than 0"),
        ({"whole": 1.0}, "'whole' is a chance"),
        ({"hide": -0.1}, "'hide' is a chance"),
        ({"freezing": "some"}, "'freezing' is one of published, encoders, none"),
        ({"order": "name"}, "'order' is one of file, cluster"),
        ({"fusion": "sum"}, "'fusion' is one of latents, tokens"),
        ({"width": 60}, "multiple of twice the 4 heads"),
        ({"tile_patch": 7}, "a patch must divide"),
        ({"volume_patch": 5}, "a patch must divide"),
        ({"tile_pixels": 96}, "must divide 256"),
        ({"volume_side": 24}, "'volume_side' 64"),
        ({"factors": 0, "freezing": "none"}, "an 'anchor' needs"),
        ({"keep": 1.5}, "at most 1"),
        ({"mask_ratio": 0.0}, "between 0 and 1"),
        ({"mask_ratios": "rna=1.0"}, "between 0 and 1"),
        ({"mask_ratios": "rna:0.5"}, "written as rna=0.5,mri=0.75, not 'rna:0.5'"),
        ({"mask_ratios": "liver=0.5"}, "written as rna=0.5,mri=0.75, not 'liver=0.5'"),
        ({"sequences": "t1,dwi"}, "'sequences' takes some of t1, t1c, t2, flair"),
        ({"sequences": " , "}, "'sequences' takes some of"),
        ({"widht": 64}, "unknown setting 'widht'"),
    ],
)
def test_what_no_network_has_is_refused_with_a_sentence(changes, message):
    with pytest.raises(ValueError, match=message):
        ImputmaeConfig().changed(changes)


def test_sequences_come_in_the_order_of_the_encoder():
    assert ImputmaeConfig(sequences="flair, t1").taken == ("t1", "flair")
    assert ImputmaeConfig(sequences="t2,t2").taken == ("t2",)
    assert PRESETS["published"].taken == ("t1c",)


def test_without_pretraining_nothing_is_frozen():
    for freezing in ("published", "encoders", "none"):
        assert ImputmaeConfig(freezing=freezing).recipe == freezing
        assert ImputmaeConfig(freezing=freezing, pretrain_epochs=0).recipe == "none"


def test_ratios_patches_and_layers_are_those_of_the_modality():
    config = PRESETS["published"].changed({"mask_ratios": "mri=0.75, rna=0.25"})
    assert [config.ratio(m) for m in (Modality.MRI, Modality.RNA, Modality.DNAM)] == [0.75, 0.25, 0.5]
    expected = {Modality.PATHOLOGY: (16, 4), Modality.RNA: (512, 6), Modality.DNAM: (1024, 6), Modality.MRI: (16, 4)}
    assert {m: (config.patch(m, kind), config.layers(kind)) for m, (kind, _) in PUBLISHED.items()} == expected
    # features of a slide are a table, whose patches are those of tables
    assert config.patch(Modality.PATHOLOGY, Kind.BAG) == config.patch(Modality.CNV, Kind.VECTOR) == 512


@pytest.fixture(scope="module")
def published():
    torch.manual_seed(0)
    return Imputmae(PRESETS["published"], PUBLISHED, 20)


def test_the_published_network_has_the_published_size(published):
    assert published.counts == [256, 32, 24, 64]
    assert sum(p.numel() for p in published.autoencoder.parameters()) / 1e6 == pytest.approx(19, abs=0.5)
    assert all(p.numel() for p in published.parameters())


def test_the_published_network_runs_forwards_and_backwards(published):
    inputs = {m: torch.randn(2, *shape) for m, (_, shape) in PUBLISHED.items()}
    batch = Batch(inputs, {}, torch.tensor([[1, 1, 1, 1], [1, 0, 1, 0]], dtype=torch.bool))
    body = published.autoencoder
    patched = {m: x[:, 0] if m is Modality.PATHOLOGY else x for m, x in body.cut(batch).items()}
    masks = {}
    for k, (m, cut) in enumerate(body.patches.items()):
        masks[m] = (torch.arange(cut.count) % 2 == 0).expand(2, -1) | ~batch.present[:, k, None]
    sum(body.loss(patched, masks, batch.present).values()).backward()
    logits = published.head(published.embed(batch).specific)
    index, share = torch.tensor([3, 19]), torch.tensor([0.5, 1.0])
    logistic_hazard_nll(logits, index, share, torch.tensor([1.0, 0.0])).backward()
    assert logits.shape == (2, 20)
    assert all(p.grad is not None and bool(torch.isfinite(p.grad).all()) for p in published.parameters())
