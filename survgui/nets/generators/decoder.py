"""impuTMAE's own imputation: what its decoder makes of a missing modality from the tokens of the others.

A draw lets the decoder see a random part of the patches that are present (`Imputmae.resampled`), and draws the factors
of the closed form given these. The spread of such draws says how much an imputation hangs on which patches were seen
and what they leave open of the factors; what no factor tells of the missing modality is not in it. The draws are
centred on the imputation that sees everything: their mean must not be worse for their seeing less.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from itertools import islice

import torch
from torch import Tensor

from survgui.cases.case import Modality
from survgui.nets.batch import Parts
from survgui.nets.generators.base import Generator, antithetic
from survgui.nets.masked.imputmae import Imputmae
from survgui.nets.net import SurvivalNet

TOGETHER = 64
"""Patients times draws that go through the decoder at once."""


class Decoder(Generator):
    """A generator that is the network's decoder; it has no weights of its own."""

    def __init__(self, net: Imputmae) -> None:
        super().__init__()
        tokens, modalities = sum(net.counts), len(net.modalities)
        # of a network with one token for each modality and two of its own, whose layers cost as much as the decoder's
        self.inner = round(net.config.width * (2 * tokens / (2 + modalities)) ** 0.5)

    def draw(self, net: SurvivalNet, parts: Parts, draws: int, seed: int, steps: int) -> Iterator[Tensor]:
        """See `Generator`; one step. A single draw sees all that is present.

        Raises:
            TypeError: A network without such a decoder.
        """
        if not isinstance(net, Imputmae):
            raise TypeError(f"the generator {self.name} is the decoder of an impuTMAE network")
        mean = self._luck(net, 1, seed).to(parts.whole).expand(len(parts.whole), -1)
        everything = self.imputed(net, parts.whole, net.visible(parts.present), mean)
        if draws == 1:
            yield everything.unsqueeze(1)
            return
        drawn = self._draws(net, parts, draws, seed)
        yield drawn + (everything.unsqueeze(1) - drawn.mean(dim=1, keepdim=True))

    def _draws(self, net: Imputmae, parts: Parts, draws: int, seed: int) -> Tensor:
        """(B, S, M, D) latents, each draw with its own part of the patches and its own factors."""
        seen = net.resampled(parts.present, draws, seed)
        at_once = max(1, TOGETHER // len(parts.whole))
        luck = iter(self._luck(net, draws, seed).to(parts.whole.device))
        drawn: list[Tensor] = []
        while some := list(islice(seen, at_once)):
            visible = {m: torch.cat([one[m] for one in some]) for m in net.modalities}
            own = torch.stack(list(islice(luck, len(some)))).repeat_interleave(len(parts.whole), 0)
            drawn += self.imputed(net, parts.whole.repeat(len(some), 1, 1), visible, own).chunk(len(some))
        return torch.stack(drawn, dim=1)

    def _luck(self, net: Imputmae, draws: int, seed: int) -> Tensor:
        """(S, r) standard normal numbers in antithetic pairs; zero, which is the mean, for a single draw."""
        luck = antithetic(seed, (draws, 1, net.autoencoder.factors.rank))[:, 0]
        return luck if draws > 1 else torch.zeros_like(luck)

    @abstractmethod
    def imputed(self, net: Imputmae, whole: Tensor, visible: Mapping[Modality, Tensor], luck: Tensor) -> Tensor:
        """(B, M, D) latents of every modality from the tokens that are visible and (B, r) luck of the factors."""


class Latent(Decoder):
    """The decoder's hidden states, mapped to the latent by a regression (our choice)."""

    name = "latent"

    def imputed(self, net: Imputmae, whole: Tensor, visible: Mapping[Modality, Tensor], luck: Tensor) -> Tensor:
        """See `Decoder`."""
        return net.decoded_latents(whole, visible, luck)


class Reencode(Decoder):
    """The decoder's raw reconstruction, encoded again as if it had been measured (impuTMAE)."""

    name = "reencode"

    def imputed(self, net: Imputmae, whole: Tensor, visible: Mapping[Modality, Tensor], luck: Tensor) -> Tensor:
        """See `Decoder`."""
        return net.reencoded_latents(whole, visible, luck)
