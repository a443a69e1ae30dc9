from dataclasses import replace

import pytest
import torch

from survgui.cases.case import Kind, Modality
from survgui.nets.batch import Batch
from survgui.nets.must import PRESETS, Must, MustConfig

CLINICAL, RNA, SLIDE, MRI = Modality.CLINICAL, Modality.RNA, Modality.PATHOLOGY, Modality.MRI
INPUTS = {
    CLINICAL: (Kind.FIELDS, (1, 4)),
    RNA: (Kind.VECTOR, (3, 5)),
    SLIDE: (Kind.BAG, (6,)),
    MRI: (Kind.VOLUME, (2, 32, 16, 16)),
}
CONFIG = MustConfig(width=16, rank=4, hubs=3, queries=4, hidden=8, factors=2)


@pytest.fixture
def must():
    torch.manual_seed(0)
    network = Must(CONFIG, INPUTS, bins=5)
    torch.nn.init.normal_(network.head.linear.weight, std=0.1)  # as after training: it starts at zero
    return network.eval()


def batch(present, seed=0):
    torch.manual_seed(seed)
    n = len(present)
    inputs = {
        CLINICAL: torch.randn(n, 1, 4), RNA: torch.randn(n, 3, 5),
        SLIDE: torch.randn(n, 7, 6), MRI: torch.randn(n, 2, 32, 16, 16),
    }  # fmt: skip
    return Batch(inputs, {SLIDE: torch.ones(n, 7, dtype=torch.bool)}, torch.tensor(present, dtype=torch.bool))


def test_every_parameter_gets_a_gradient(must):
    must.train()
    read = must.read(b := batch([[1, 1, 1, 1], [1, 0, 1, 1], [0, 0, 0, 1]]))
    crossed = must.cross(read.tokens, b.present)
    parts = must.parts(read.whole, read.unique, b.present)
    survival = must.log_hazards(parts.shared, parts.specific).sum()
    (survival + (crossed**2).sum() + (read.whole**2 * read.unique).sum()).backward()
    learned = [(name, p) for name, p in must.named_parameters() if p.requires_grad]
    silent = [name for name, p in learned if p.grad is None or not p.grad.abs().sum() > 0]
    assert silent == []


def test_shared_and_specific_parts_lie_in_their_subspaces(must):
    parts = must.embed(batch([[1, 1, 1, 1]]))
    assert torch.allclose(must.subspace.shared(parts.shared), parts.shared, atol=1e-5)
    assert torch.allclose(must.subspace.shared(parts.specific), torch.zeros_like(parts.specific), atol=1e-5)


def test_the_content_of_an_absent_modality_is_never_seen(must):
    b = batch([[1, 0, 1, 0]])
    other = Batch({m: x + (m in (RNA, MRI)) * 5.0 for m, x in b.inputs.items()}, b.rows, b.present)
    assert torch.equal(must(b), must(other))


def test_a_modality_is_represented_the_same_whatever_else_is_there(must):
    b = batch([[1, 1, 1, 1]])
    everything = must.embed(b)
    some = must.embed(replace(b, present=torch.tensor([[False, True, False, True]])))
    assert torch.allclose(everything.specific[:, [1, 3]], some.specific[:, [1, 3]])


def test_what_is_missing_stands_at_the_development_mean(must):
    must.remember(torch.randn(9, 16), torch.randn(9, 4, 16), torch.ones(9, 4, dtype=torch.bool))
    parts = must.embed(batch([[1, 0, 0, 1]]))
    assert torch.equal(parts.specific[0, 1], must.mean_specific[1])


def test_fidelity_is_the_cosine_of_what_was_read_with_what_its_parts_recompose_to(must):
    b = batch([[1, 1, 1, 1], [1, 0, 1, 1]])
    read, crossed = must.read(b), must.cross(must.read(b).tokens, b.present)
    recomposed = must.subspace.specific(read.unique) + must.subspace.shared(crossed)
    lengths = read.whole.norm(dim=-1) * recomposed.norm(dim=-1)
    found = must.fidelity(read, b.present)
    assert torch.allclose(found[0], ((read.whole * recomposed).sum(dim=-1) / lengths)[0], atol=1e-5)
    assert bool(torch.isnan(found[1, 1])) and bool(torch.isfinite(found[1, [0, 2, 3]]).all())


def test_fidelity_is_one_where_the_parts_recompose(must, monkeypatch):
    b = batch([[1, 1, 1, 1]])
    read = replace(must.read(b), unique=must.read(b).whole)
    monkeypatch.setattr(must, "cross", lambda tokens, present: read.whole)
    assert torch.allclose(must.fidelity(read, b.present), torch.ones(1, 4), atol=1e-5)


def test_patients_do_not_see_each_other(must):
    b = batch([[1, 1, 0, 1], [0, 1, 1, 1], [1, 1, 1, 1]])
    together = must(b)
    for row in range(3):
        alone = Batch({m: x[row : row + 1] for m, x in b.inputs.items()},
                      {m: x[row : row + 1] for m, x in b.rows.items()}, b.present[row : row + 1])  # fmt: skip
        assert torch.allclose(must(alone)[0], together[row], atol=1e-5)


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 66}, {"rank": 63}, {"factors": 20}, {"patch": 10}, {"batch": 0}, {"dropout": 1.0},
        {"diffusion_width": 30}, {"epochs": -3}, {"epochs": True}, {"learning_rate": -1.0}, {"horizon": -5.0},
        {"weight_decay": float("nan")},
    ],
)  # fmt: skip
def test_settings_that_no_network_has_are_refused(changes):
    with pytest.raises(ValueError, match="setting"):
        MustConfig().changed(changes)


def test_a_patient_without_any_modality_is_the_development_mean(must):
    present = torch.tensor([[1, 1, 1, 1], [0, 0, 0, 0]], dtype=torch.bool)
    must.remember(torch.randn(2, 16), torch.randn(2, 4, 16), present)
    parts = must.embed(batch([[0, 0, 0, 0]]))
    assert torch.equal(parts.shared[0], must.mean_shared) and torch.equal(parts.specific[0], must.mean_specific)


def test_the_remembered_shared_mean_does_not_count_who_has_nothing(must):
    shared = torch.randn(2, 16)
    must.remember(shared, torch.randn(2, 4, 16), torch.tensor([[True] * 4, [False] * 4]))
    assert torch.equal(must.mean_shared, shared[0])


def test_remembered_means_count_only_who_is_present(must):
    specific = torch.randn(4, 4, 16)
    present = torch.tensor([[1, 1, 1, 1], [1, 0, 1, 1], [1, 0, 1, 1], [1, 0, 1, 1]], dtype=torch.bool)
    must.remember(torch.randn(4, 16), specific, present)
    assert torch.allclose(must.mean_specific[1], specific[0, 1])
    assert torch.allclose(must.mean_specific[0], specific[:, 0].mean(dim=0), atol=1e-6)


def test_attention_grows_linearly_with_the_modalities(must):
    calls = []
    for tower in must.towers.values():
        tower.to_hub.register_forward_hook(lambda *_: calls.append("read"))
        tower.from_hub.register_forward_hook(lambda *_: calls.append("answer"))
    b = batch([[1, 1, 1, 1]])
    must.cross(must.read(b).tokens, b.present)
    assert sorted(calls) == ["answer"] * 4 + ["read"] * 4


def test_config_changes_are_checked():
    assert MustConfig().changed({"width": 32, "dropout": 0}).width == 32
    with pytest.raises(ValueError, match="unknown setting 'wdith'"):
        MustConfig().changed({"wdith": 32})
    with pytest.raises(ValueError, match="takes int"):
        MustConfig().changed({"width": "wide"})


def test_the_published_sizes_are_a_preset():
    c = PRESETS["published"]
    assert (c.width, c.rank, c.bins, c.diffusion_layers) == (256, 64, 4, 4)
    assert (c.lambda_decomposition, c.lambda_shared, c.lambda_orthogonality) == (1.0, 1.0, 0.5)


def test_the_published_form_has_no_anchor():
    assert not PRESETS["published"].anchor
