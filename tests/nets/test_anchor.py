import numpy as np
import pytest
import torch

from survgui.cases.case import Kind, Modality
from survgui.nets.anchor import LinearPart, mean_row
from survgui.nets.batch import Batch
from survgui.nets.must import Must, MustConfig
from survgui.survival.anchor.factors import pool
from survgui.survival.anchor.hazard import fit_anchor
from survgui.survival.metrics import Followed

CLINICAL, RNA, MRI = Modality.CLINICAL, Modality.RNA, Modality.MRI
CONFIG = MustConfig(width=16, rank=4, hubs=2, queries=4, hidden=8, factors=2, leading=2)


@pytest.fixture(scope="module")
def started():
    """A network that starts from an anchor with products, its rows, and the anchor."""
    draw = np.random.default_rng(0)
    shared, own = draw.standard_normal((2, 300))
    rows = {
        CLINICAL: np.stack([shared, draw.standard_normal(300)], axis=1) + 0.3 * draw.standard_normal((300, 2)),
        RNA: np.stack([shared, own, shared - own], axis=1) + 0.3 * draw.standard_normal((300, 3)),
    }
    death = draw.exponential(20 * np.exp(-0.5 * shared - 0.8 * shared * own))
    anchor = fit_anchor(rows, Followed(death, death < 60), rank=2, leading=2, most=11)
    torch.manual_seed(0)
    kinds = {CLINICAL: (Kind.FIELDS, (1, 2)), RNA: (Kind.VECTOR, (1, 3)), MRI: (Kind.VOLUME, (1, 16, 16, 16))}
    must = Must(CONFIG, kinds, bins=3).eval()
    must.start(anchor)
    return must, rows, anchor


def batch(rows, present):
    n = len(present)
    inputs = {m: torch.from_numpy(x[:n]).float().unsqueeze(1) for m, x in rows.items()}
    return Batch({**inputs, MRI: torch.randn(n, 1, 16, 16, 16)}, {}, torch.tensor(present, dtype=torch.bool))


def test_the_score_of_the_components_is_the_anchors(started):
    must, rows, anchor = started
    assert any(v.any() for v in anchor.products.values())
    parts = must.embed(batch(rows, [[1, 1, 0]] * 20))
    found = must.head.score(parts.shared, parts.specific).detach().numpy()
    assert found == pytest.approx(anchor.score(rows)[:20], abs=1e-4)


def test_the_shared_part_holds_the_factors_whatever_is_present(started):
    must, rows, anchor = started
    hidden = {m: np.where([[m is not RNA]] * 300, x, np.nan) for m, x in rows.items()}
    for given, shown in (([1, 1, 0], rows), ([1, 0, 0], hidden), ([1, 0, 1], hidden)):
        parts = must.embed(batch(rows, [given] * 5))
        assert parts.shared[:, :2].detach().numpy() == pytest.approx(pool(anchor.views, shown)[:5], abs=1e-5)


def test_what_is_learned_writes_beside_the_anchor_and_never_over_it(started):
    must, rows, _ = started
    b = batch(rows, [[1, 1, 1]] * 4)
    before = must.read(b).whole
    with torch.no_grad():
        for tower in must.towers.values():
            tower.level1.norm.bias.add_(1.0)
    after = must.read(b).whole
    with torch.no_grad():
        for tower in must.towers.values():
            tower.level1.norm.bias.sub_(1.0)
    room = torch.stack([must.tower(m).linear.room for m in must.modalities])
    moved = (after - before).abs().sum(dim=0) > 0
    assert torch.equal(moved, room.bool())
    assert not room[:, -1].any() and not room[:, :2].any() and room[2, 4:-1].all()


def test_nothing_is_anchored_in_a_network_that_is_told_so():
    must = Must(CONFIG.changed({"anchor": False}), {RNA: (Kind.VECTOR, (1, 3))}, bins=3).eval()
    parts = must.embed(Batch({RNA: torch.randn(2, 1, 3)}, {}, torch.ones(2, 1, dtype=torch.bool)))
    assert not must.head.score(parts.shared, torch.zeros_like(parts.specific)).any()
    assert must.tower(RNA).linear.room.all() and must.subspace.raw.requires_grad


def test_a_bags_row_is_the_mean_of_its_real_rows():
    x = torch.arange(12.0).view(1, 4, 3)
    real = torch.tensor([[True, True, False, False]])
    assert mean_row(x, real).tolist() == [[1.5, 2.5, 3.5]]
    assert mean_row(x, None).tolist() == [[0.0, 1.0, 2.0]]


def test_the_linear_part_is_one_linear_map():
    part = LinearPart(2, 3)
    part.fill(np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 1.0]]), np.array([0.5, 0.0, -1.0]), 1, 1)
    assert part(torch.tensor([[2.0, 3.0]])).tolist() == [[2.5, 0.0, 6.0]]
    assert part.room.tolist() == [0.0, 1.0, 0.0]
