"""What every network of a bundle is: from whatever is present to components, from components to hazards.

A component is a vector that contributes to the output: one that modalities share, of width 0 where a network has none,
and one of each modality. Prediction, imputation, explanation and evaluation work on components alone, and so with any
network (`survgui.nets.must.Must`, `survgui.nets.masked.imputmae.Imputmae`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from torch import Tensor, nn

from survgui.cases.case import Modality
from survgui.nets.batch import Batch, Parts, Read


class SurvivalNet(nn.Module, ABC):
    """A network of survival over components.

    Attributes:
        modalities: In the network's order.
        mean_shared: (D_s,) development mean of the shared component; D_s is 0 without one.
        mean_specific: (M, D) development means of the modalities' own components.
        specific_deviation: (M, D) their standard deviations over the development cohort.
    """

    modalities: tuple[Modality, ...]
    mean_shared: Tensor
    mean_specific: Tensor
    specific_deviation: Tensor

    @abstractmethod
    def read(self, batch: Batch) -> Read:
        """Every modality by itself, so that hiding one afterwards costs no second pass."""

    @abstractmethod
    def parts(self, whole: Tensor, unique: Tensor, present: Tensor) -> Parts:
        """Components of what is present; the development mean where missing.

        Args:
            whole, unique: Of `Read`.
            present: (B, M) True where a modality is shown.
        """

    @abstractmethod
    def own(self, unique: Tensor) -> Tensor:
        """(..., M, D) the modalities' own components of (..., M, D) unique vectors, or of drawn ones."""

    @abstractmethod
    def fidelity(self, read: Read, present: Tensor) -> Tensor:
        """(B, M) how well the components recompose what was read, a cosine; NaN where absent or where nothing does."""

    def embed(self, batch: Batch) -> Parts:
        """Components of a batch; all of them the development mean for a patient without any modality."""
        read = self.read(batch)
        return self.parts(read.whole, read.unique, batch.present)

    @abstractmethod
    def log_hazards(self, shared: Tensor, specific: Tensor) -> Tensor:
        """(..., K) log cumulative hazard per bin from (..., D_s) shared and (..., M, D) own components."""

    @property
    def has_shared(self) -> bool:
        """Whether there is a component that modalities share."""
        return bool(self.mean_shared.numel())
