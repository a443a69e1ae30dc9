"""Peers of the papers' tables: compact re-implementations from their descriptions (methods.md 3).

All see the inputs that `must` sees, with one trainer and one likelihood: what differs between their rows is what
they do with modalities. None of the published training set-ups, of weeks of a GPU over whole slides, is repeated here:
these rows say what the idea is worth on these inputs, not what the paper's numbers are worth.
"""

from __future__ import annotations

from collections.abc import Mapping

from survgui.engine.methods.contract import Fit
from survgui.engine.methods.peers import cmta, drim, ldcvae, shaspec, survpath
from survgui.engine.methods.peers.training import every_modality, peer

PEERS: Mapping[str, Fit] = {
    "cmta": peer(cmta.Cmta),
    "survpath": peer(survpath.SurvPath),
    "shaspec": peer(shaspec.ShaSpec, every_modality),
    "ldcvae": peer(ldcvae.LdCvae),
    "drim": peer(drim.Drim, drim.two_or_more),
}

NOTES: Mapping[str, str] = {
    "cmta": cmta.NOTE,
    "survpath": survpath.NOTE,
    "shaspec": shaspec.NOTE,
    "ldcvae": ldcvae.NOTE,
    "drim": drim.NOTE,
}
"""What each peer cannot do, in a sentence, for the row beside which it stands."""
