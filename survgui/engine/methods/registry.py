"""All methods by the names of contracts.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from survgui.cases.case import Modality
from survgui.encoders.registry import DEFAULT, TILES
from survgui.engine.methods.contract import Fit
from survgui.engine.methods.cox import cox_on, fit_mask
from survgui.engine.methods.forest import fit_forest
from survgui.engine.methods.imputmae import IMPUTMAE
from survgui.engine.methods.late_fusion import fit_fusion
from survgui.engine.methods.must import MUST
from survgui.engine.methods.network import Recipe, network_with
from survgui.engine.methods.paper import NOTE as PAPER_NOTE
from survgui.engine.methods.paper import fit_must_paper
from survgui.engine.methods.peers import NOTES, PEERS
from survgui.engine.methods.published import PREFIX, published
from survgui.engine.methods.specialist import fit_specialist
from survgui.errors import UsageError

METHODS: Mapping[str, Fit] = {
    "must": network_with(MUST),
    "must-meanfill": network_with(MUST, "meanfill"),
    "must-knn": network_with(MUST, "knn"),
    "imputmae": network_with(IMPUTMAE),
    "imputmae-reencode": network_with(IMPUTMAE, "reencode"),
    "imputmae-latent": network_with(IMPUTMAE, "latent"),
    "imputmae-scratch": network_with(IMPUTMAE, pretrain_epochs=0),
    "must-paper": fit_must_paper,
    "cox-clinical": cox_on([Modality.CLINICAL]),
    "cox-rna-clinical": cox_on([Modality.RNA, Modality.CLINICAL]),
    "cox-all": cox_on(None),
    "cox-specialist": fit_specialist,
    "rsf": fit_forest,
    "late-fusion": fit_fusion,
    "mask-only": fit_mask,
    **PEERS,
}

NETWORKS: Mapping[str, Recipe] = {recipe.method: recipe for recipe in (MUST, IMPUTMAE)}
"""What a bundle can be trained by."""

COX = ("cox-clinical", "cox-rna-clinical", "cox-all", "cox-specialist")
"""The linear rows that stand beside every model."""

TAKES_TILES = "imputmae"
"""How methods are called that take a slide as pixels; the others take features of it."""

DETERMINISTIC = frozenset({*COX, "late-fusion", "mask-only"})
"""Methods without a random start: one seed says all."""


def fit_of(method: str) -> Fit:
    """How a method is fitted.

    Raises:
        UsageError: There is no such method.
    """
    if method.startswith(PREFIX):
        return published(method.removeprefix(PREFIX))
    if method not in METHODS:
        raise UsageError(f"unknown method {method!r}; there are {', '.join(METHODS)} and {PREFIX}MODEL")
    return METHODS[method]


def encoder_of(methods: Iterable[str]) -> str:
    """The encoder of slides for these methods: features as soon as one of them takes nothing else."""
    return TILES if all(method.startswith(TAKES_TILES) for method in methods) else DEFAULT


def note_of(method: str) -> str:
    """What whoever reads a method's row should know of what it cannot do, or nothing."""
    if method.startswith(PREFIX):
        return "Out-of-fold risks as published for the same patients and folds: no curves, nothing can be hidden."
    own = {
        "must-paper": PAPER_NOTE,
        "imputmae": "A forecast is the mean of its draws' curves; missing latents are drawn in closed form, given "
        "those that are there. Reconstruction starts from a factor analysis, which is not in the paper.",
        "imputmae-latent": "Missing latents are what the decoder makes of a random share of the visible patches, with "
        "drawn factors.",
        "imputmae-reencode": "The decoder's raw reconstructions are encoded again, as in the paper.",
        "imputmae-scratch": "Two things differ from imputmae: nothing is pre-trained, and every encoder learns in "
        "fine-tuning. It still starts from the factor analysis.",
        "late-fusion": "Its curves come from scores of the training part itself: they part more than they should.",
        "mask-only": "It knows only which modalities a patient has: what missingness gives away.",
    }
    return {**NOTES, **own}.get(method, "")


def needs_one_seed(method: str) -> bool:
    """Whether a method comes out the same whatever the seed."""
    return method in DETERMINISTIC or method.startswith(PREFIX)
