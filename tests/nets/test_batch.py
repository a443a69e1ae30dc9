import torch

from survgui.cases.case import Modality
from survgui.nets.batch import Batch


def test_hiding_never_shows_what_is_absent():
    batch = Batch({Modality.RNA: torch.zeros(2, 1, 3)}, {}, torch.tensor([[True, False], [True, True]]))
    shown = batch.showing(torch.tensor([[True, True], [False, True]]))
    assert shown.present.tolist() == [[True, False], [False, True]]
    assert len(shown) == 2
    assert shown.to(torch.device("cpu")).inputs[Modality.RNA].shape == (2, 1, 3)
