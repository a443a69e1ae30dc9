import torch

from survgui.nets.generators.fill import NEIGHBOURS, MeanFill, Nearest
from tests.nets.generators.conftest import D, M, make_world

PATTERN = torch.tensor([True, False, True])


def test_mean_fill_is_the_development_mean(others):
    slots, present, shared = others.shown(PATTERN)
    (found,) = MeanFill().estimates(slots, present, shared, torch.randn_like(slots), 1)
    assert torch.equal(found[:, [0, 2]], slots[:, [0, 2]]) and not found[:, 1].any()


def test_the_nearest_are_those_that_a_plain_search_finds(others):
    world = make_world(60, seed=3)
    generator = Nearest(world.frame(), world.slots, world.present, world.shared)
    slots, present, shared = (x[:3] for x in others.shown(PATTERN))
    (found,) = generator.estimates(slots, present, shared, torch.zeros(3, M, D), 1)
    frame = world.frame()
    for row in range(3):
        distances = []
        for other in range(len(world.slots)):
            differences = [frame.into_shared(shared[row]) - frame.into_shared(world.shared[other])]
            for m, axes in ((0, 6), (2, 2)):
                if world.present[other, m]:
                    own, theirs = frame.into(slots[row])[m, :axes], frame.into(world.slots[other])[m, :axes]
                    differences.append(own - theirs)
            distances.append(float((torch.cat(differences) ** 2).mean()))
        order = [o for o in torch.tensor(distances).argsort().tolist() if world.present[o, 1]][:NEIGHBOURS]
        assert torch.allclose(found[row, 1], world.slots[order, 1].mean(dim=0), atol=1e-4)


def test_fewer_patients_than_neighbours_are_all_taken(others):
    few = make_world(8, seed=4)
    generator = Nearest(few.frame(), few.slots, few.present, few.shared)
    slots, present, shared = (x[:2] for x in others.shown(PATTERN))
    (found,) = generator.estimates(slots, present, shared, torch.zeros(2, M, D), 1)
    assert torch.allclose(found[:, 1], few.slots[few.present[:, 1], 1].mean(dim=0).expand(2, -1), atol=1e-5)
