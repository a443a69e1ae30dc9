import pytest

from survgui.nets.generators.base import Generator
from survgui.nets.generators.diffusion import Ddim


def test_the_interface_alone_is_no_generator():
    with pytest.raises(TypeError, match="estimates"):
        Generator()


def test_what_a_generator_says_of_itself():
    assert Generator.takes(Ddim, 7) == 1
    assert (Ddim.name, Ddim.default_steps, Ddim.stochastic) == ("ddim", 50, True)
