import pytest
import torch

from survgui.cases.prediction import as_json
from survgui.engine.model import open_model
from survgui.engine.predict import Choices, predict_one
from survgui.engine.rehearsal import rehearse


@pytest.mark.parametrize("kind", ["bundle", "masked"])
def test_a_rehearsal_goes_through_everything_and_leaves_nothing(kind, newcomer, monkeypatch, request):
    from survgui.engine import inference

    bundle = request.getfixturevalue(kind)
    opened, fresh = (open_model(bundle, torch.device("cpu")) for _ in range(2))
    asked = []
    for name in ("impute", "shapley"):
        real = getattr(inference, name)
        monkeypatch.setattr(
            inference, name, lambda *a, _name=name, _real=real, **k: asked.append(_name) or _real(*a, **k)
        )
    real_read, seen = type(opened.fitted.net).read, []
    monkeypatch.setattr(type(opened.fitted.net), "read", lambda net, b: seen.append(b) or real_read(net, b))
    rehearse(opened)
    for modality, (_, shape) in opened.inputs.shapes().items():
        rows = (1,) if len(shape) == 1 else ()  # rows of a bag; the mean row of one is as any table
        assert seen[0].inputs[modality].shape == (1, *rows, *shape)
    assert asked == ["impute", "shapley"]
    rehearsed, first = (as_json(predict_one(m, newcomer, "P-001", Choices())) for m in (opened, fresh))
    assert {**rehearsed, "seconds": 0} == {**first, "seconds": 0}
