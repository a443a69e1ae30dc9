import torch

from survgui.cases.case import Modality
from survgui.nets.batch import Batch


def test_a_batch_moves_as_a_whole():
    batch = Batch({Modality.RNA: torch.zeros(2, 1, 3)}, {}, torch.tensor([[True, False], [True, True]]))
    moved = batch.to(torch.device("meta"))
    assert len(moved) == 2
    assert moved.inputs[Modality.RNA].device.type == moved.present.device.type == "meta"
