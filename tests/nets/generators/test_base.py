import pytest
import torch

from survgui.nets.batch import Parts
from survgui.nets.generators.base import Generator, SlotGenerator, antithetic
from survgui.nets.generators.diffusion import Ddim


class Noise(SlotGenerator):
    """Fills with the noise itself, and says what it was shown."""

    name = "noise"

    def estimates(self, slots, present, shared, noise, steps):
        self.seen = slots, present, shared
        yield torch.where(present.unsqueeze(-1), slots, noise)


class Net:
    """Components that are twice what they are made of, with a mean and a deviation."""

    mean_specific, specific_deviation = torch.full((2, 3), 5.0), torch.full((2, 3), 0.5)

    def own(self, unique):
        return 2.0 * unique


def test_the_interface_alone_is_no_generator():
    with pytest.raises(TypeError, match="draw"):
        Generator()
    with pytest.raises(TypeError, match="estimates"):
        SlotGenerator()


def test_what_a_generator_says_of_itself():
    assert Generator.takes(Ddim, 7) == 1
    assert (Ddim.name, Ddim.default_steps, Ddim.stochastic) == ("ddim", 50, True)


def test_slots_are_standardised_components_and_draws_become_components_again():
    specific, present = torch.randn(2, 2, 3), torch.tensor([[True, False], [False, True]])
    generator, shared = Noise(), torch.randn(2, 3)
    (drawn,) = generator.draw(Net(), Parts(shared, specific, specific, present), 4, 7, 1)
    slots, shown, given = generator.seen
    assert torch.equal(slots[0], (specific[0] - 5.0) / 0.5) and slots.shape == (8, 2, 3)
    assert torch.equal(shown, present.repeat_interleave(4, 0)) and torch.equal(given, shared.repeat_interleave(4, 0))
    noise = antithetic(7, (4, 2, 3))
    assert torch.allclose(drawn[0, :, 1], 2.0 * (0.5 * noise[:, 1] + 5.0))
    assert torch.allclose(drawn[1, :, 0], 2.0 * (0.5 * noise[:, 0] + 5.0))


def test_noise_comes_in_pairs_that_cancel():
    noise = antithetic(3, (6, 2, 4))
    assert torch.equal(noise[0::2], -noise[1::2])
    assert torch.equal(noise[:5], antithetic(3, (5, 2, 4)))
    many = antithetic(0, (4000, 1, 4))
    assert many.std() == pytest.approx(1.0, abs=0.03)
