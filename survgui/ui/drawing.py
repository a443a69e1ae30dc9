"""How missing parts are drawn: by which generator, in how many steps, how often; and what a model offers of that."""

from __future__ import annotations

from dataclasses import dataclass

from survgui.cases.display import BundleFacts
from survgui.figures.words import generator, plural
from survgui.settings import Settings

ORDER = ("latent", "reencode", "gaussian", "flow", "ddim", "mean")
STEPS = {"flow": (4, (1, 2, 4, 8)), "ddim": (50, (5, 10, 25, 50))}
"""Usual number of steps, and those that are offered, of generators that go step by step."""
DRAWS = (5, 20, 50, 100)
_SHORT = {"latent": "decoder", "reencode": "re-encoded", "gaussian": "Gaussian", "flow": "Flow", "ddim": "DDIM"}
MEAN = "mean"
"""The generator that says one answer and no spread."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a prediction is asked for.

    Attributes:
        generator: By name; empty for the bundle's own.
        steps: 0 for the generator's usual number.
        draws: How often missing parts are drawn.
    """

    generator: str = ""
    steps: int = 0
    draws: int = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """The generators that a bundle holds, in the usual order, its own one and that one's steps."""

    generators: tuple[str, ...] = ()
    own: str = ""
    steps: int = 0

    @classmethod
    def of(cls, facts: BundleFacts | None) -> Offer:
        """What a bundle offers; without one nothing."""
        manifest = facts.manifest if facts is not None else None
        if manifest is None:
            return cls()
        held = [*(name for name in ORDER if name in manifest.generators)]
        held += [name for name in manifest.generators if name not in ORDER]
        return cls(tuple(held), manifest.generator, manifest.steps)

    def meant(self, drawing: Drawing) -> Drawing:
        """The generator and the steps that a drawing comes to with this bundle."""
        name = drawing.generator or self.own
        usual = self.steps if name == self.own else STEPS.get(name, (0, ()))[0]
        return Drawing(name, (drawing.steps or usual) if name in STEPS else 0, drawing.draws)


def drawing_of(settings: Settings, facts: BundleFacts | None) -> Drawing:
    """What is asked of a bundle: what the user has chosen, as far as it holds it, else its own."""
    if settings.generator not in Offer.of(facts).generators:
        return Drawing(draws=settings.draws)
    return Drawing(settings.generator, settings.steps if settings.generator in STEPS else 0, settings.draws)


def short_title(drawing: Drawing) -> str:
    """What the fan of a curve is made of, where there is little room: `fan: 20 × Flow 4`; the mean makes none."""
    if drawing.generator == MEAN:
        return "mean, no fan"
    named = _SHORT.get(drawing.generator, drawing.generator)
    return f"fan: {drawing.draws} × {named}" + (f" {drawing.steps}" if drawing.steps else "")


def title(drawing: Drawing) -> str:
    """`Flow, 4 steps · 20 draws`; the mean is not drawn."""
    said = generator(drawing.generator, drawing.steps)
    return said if drawing.generator == MEAN else f"{said} · {plural(drawing.draws, 'draw')}"
