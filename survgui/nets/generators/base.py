"""What a generator of missing components is.

One generator serves every availability pattern. Most work on components that are standardised by the development
cohort's mean and deviation, so that zero is the development mean (`SlotGenerator`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import torch
from torch import Tensor, nn

from survgui.nets.batch import Parts
from survgui.nets.net import SurvivalNet


class Generator(nn.Module, ABC):
    """Draws the own components of missing modalities, given what is present.

    Attributes:
        name: As users choose it.
        default_steps: Steps where nobody asks for another number; 1 for those that take no steps.
        stochastic: Whether two draws are two answers; if not, one draw says all.
        inner: Width of its network, by which the cost of a step is judged; 0 in closed form.
    """

    name: ClassVar[str]
    default_steps: ClassVar[int] = 1
    stochastic: ClassVar[bool] = True
    inner: int = 0

    def takes(self, steps: int) -> int:
        """How many steps it takes when asked for so many, 0 being its own number; without steps always one."""
        return 1

    @abstractmethod
    def draw(self, net: SurvivalNet, parts: Parts, draws: int, seed: int, steps: int) -> Iterator[Tensor]:
        """One estimate per step, the last is the answer.

        Args:
            net: Whose components are drawn.
            parts: Of B patients.
            draws: S.
            seed: Decides the draws; every patient has the same luck, whoever else is there.
            steps: How many steps the answer may take; those without steps take one.

        Yields:
            (B, S, M, D) own components; what stands where a modality is present is not looked at.

        Raises:
            ValueError: A number of steps that the generator cannot take.
        """


class SlotGenerator(Generator):
    """A generator that fills standardised components, given the shared part and the present components."""

    def draw(self, net: SurvivalNet, parts: Parts, draws: int, seed: int, steps: int) -> Iterator[Tensor]:
        """See `Generator`; noise comes in antithetic pairs."""
        b, m, d = parts.specific.shape
        noise = antithetic(seed, (draws, m, d)).to(parts.specific.device).repeat(b, 1, 1)  # (B * S, M, D)
        slots = (parts.specific - net.mean_specific) / net.specific_deviation
        many = [x.repeat_interleave(draws, 0) for x in (slots, parts.present, parts.shared)]
        for clean in self.estimates(many[0], many[1], many[2], noise, steps):
            yield net.own(clean * net.specific_deviation + net.mean_specific).view(b, draws, m, d)

    @abstractmethod
    def estimates(self, slots: Tensor, present: Tensor, shared: Tensor, noise: Tensor, steps: int) -> Iterator[Tensor]:
        """One estimate per step, the last is the answer.

        Args:
            slots: (B, M, D) standardised components; what stands in missing slots is not looked at.
            present: (B, M) True where the slot is measured.
            shared: (B, D_s) shared component of what is present; of width 0 where the network has none.
            noise: (B, M, D) standard normal.
            steps: How many steps the answer may take; those in closed form take one.

        Yields:
            (B, M, D), present slots unchanged.

        Raises:
            ValueError: A number of steps that the generator cannot take.
        """


def antithetic(seed: int, shape: tuple[int, int, int]) -> Tensor:
    """(S, M, D) standard normal noise in pairs z, -z, from a seeded CPU generator, so that devices agree."""
    draws, m, d = shape
    half = torch.randn((draws + 1) // 2, m, d, generator=torch.Generator().manual_seed(seed))
    return torch.stack([half, -half], dim=1).flatten(0, 1)[:draws]
