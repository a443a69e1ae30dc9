import pytest
import torch

from tests.engine.methods.peers.conftest import make_batch, make_net

WHOLE = [[1, 1, 1]] * 4


def test_the_distance_moves_the_translation_and_not_what_is_translated(monkeypatch):
    net = make_net("cmta")
    encoded, decoded = ([torch.randn(4, 16, requires_grad=True) for _ in range(2)] for _ in range(2))
    monkeypatch.setattr(net, "classes", lambda batch: (encoded, decoded))
    term = net.terms(make_batch(WHOLE), lambda log_hazards: log_hazards.sum() * 0.0, 0.0)["alignment"]
    expected = sum(float((d - e).abs().mean().detach()) for e, d in zip(encoded, decoded, strict=True))
    assert float(term.detach()) == pytest.approx(expected, rel=1e-5)
    term.backward()
    assert encoded[0].grad is None and encoded[1].grad is None
    assert torch.allclose(decoded[0].grad, (decoded[0] - encoded[0]).sign() / encoded[0].numel())


def test_each_decoder_reads_the_other_modality():
    net = make_net("cmta").eval()
    batch, other = make_batch(WHOLE), make_batch(WHOLE, seed=1)
    changed = type(batch)({**other.inputs, "pathology": batch.inputs["pathology"]}, batch.rows, batch.present)
    with torch.no_grad():
        (slide, _), (slide_decoded, _) = net.classes(batch)
        (same, _), (not_same, _) = net.classes(changed)
    assert torch.equal(slide, same) and not torch.allclose(slide_decoded, not_same, atol=1e-6)
