import torch

from survgui.nets.generators.frame import fit_frame


def test_coordinates_of_who_is_present_have_unit_variance_and_no_correlation(world):
    frame = world.frame()
    for m, axes in enumerate((6, 6, 2)):
        rows = frame.into(world.slots[world.present[:, m]])[:, m]
        second = rows.T @ rows / len(rows)
        expected = torch.diag(torch.cat([torch.ones(axes), torch.zeros(6 - axes)]))
        assert torch.allclose(second, expected, atol=1e-4)


def test_back_is_the_inverse_where_all_axes_are_kept(world):
    frame = world.frame()
    assert torch.allclose(frame.back(frame.into(world.slots)), world.slots, atol=1e-4)
    assert frame.used.sum(dim=1).tolist() == [6, 6, 2]


def test_fewer_axes_are_kept_where_they_explain_enough(world):
    slots = world.slots.clone()
    slots[..., 4:] *= 1e-3
    frame = fit_frame(slots, world.present, world.shared, explained=0.99)
    assert frame.used.sum(dim=1).tolist() == [2, 2, 2]
    lost = (frame.back(frame.into(slots)) - slots).pow(2).sum() / slots.pow(2).sum()
    assert lost < 0.01


def test_shared_coordinates_have_unit_variance(world):
    coordinates = world.frame().into_shared(world.shared)
    assert coordinates.shape[1] == 2
    assert torch.allclose(coordinates.mean(dim=0), torch.zeros(2), atol=1e-4)
    assert torch.allclose(coordinates.std(dim=0, correction=0), torch.ones(2), atol=1e-3)
