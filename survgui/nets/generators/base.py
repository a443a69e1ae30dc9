"""What a generator of missing specific components is.

One generator serves every availability pattern. It works on components that are standardised by the
development cohort's mean and deviation, so that zero is the development mean.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from torch import Tensor, nn


class Generator(nn.Module, ABC):
    """Fills the specific components of missing modalities, given the shared part and the present specific parts.

    Attributes:
        name: As users choose it.
        default_steps: Steps where nobody asks for another number; 1 for those in closed form.
        stochastic: Whether two noises give two answers; if not, one draw says all.
        inner: Width of its network, by which the cost of a step is judged; 0 in closed form.
    """

    name: ClassVar[str]
    default_steps: ClassVar[int] = 1
    stochastic: ClassVar[bool] = True
    inner: int = 0

    def takes(self, steps: int) -> int:
        """How many steps it takes when asked for so many, 0 being its own number; in closed form always one."""
        return 1

    @abstractmethod
    def estimates(self, slots: Tensor, present: Tensor, shared: Tensor, noise: Tensor, steps: int) -> Iterator[Tensor]:
        """One estimate per step, the last is the answer.

        Args:
            slots: (B, M, D) standardised components; what stands in missing slots is not looked at.
            present: (B, M) True where the slot is measured.
            shared: (B, D) shared component of what is present.
            noise: (B, M, D) standard normal.
            steps: How many steps the answer may take; those in closed form take one.

        Yields:
            (B, M, D), present slots unchanged.

        Raises:
            ValueError: A number of steps that the generator cannot take.
        """
