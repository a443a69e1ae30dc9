import torch

from survgui.nets.generators.trunk import Trunk, time_code


def test_the_field_depends_on_what_is_present_on_what_is_shared_and_on_time():
    torch.manual_seed(0)
    trunk = Trunk(8, 5, 16, 1, torch.randn(3, 12)).eval()
    assert not trunk(torch.randn(2, 3, 8), torch.ones(2, 3).bool(), torch.randn(2, 5), torch.tensor([1, 2])).any()
    for parameter in (trunk.state, trunk.out.weight):
        torch.nn.init.normal_(parameter)
    slots, shared, t = torch.randn(2, 3, 8), torch.randn(2, 5), torch.tensor([10, 500])
    present = torch.tensor([[True, False, False]] * 2)
    field = trunk(slots, present, shared, t)
    assert field.shape == (2, 3, 8)
    changed = slots.clone()
    changed[:, 0] += 1.0
    for other in (
        trunk(changed, present, shared, t),
        trunk(slots, ~present, shared, t),
        trunk(slots, present, shared + 1.0, t),
        trunk(slots, present, shared, t + 100),
    ):
        assert not torch.allclose(other[:, 1:], field[:, 1:], atol=1e-4)


def test_times_are_told_apart():
    code = time_code(torch.arange(0, 1001, 10), 32)
    assert torch.cdist(code, code).fill_diagonal_(9.0).min() > 0.1
