"""Losses. Each is finite and has a gradient on any batch, also one in which nobody died."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def survival_nll(log_hazards: Tensor, index: Tensor, share: Tensor, events: Tensor) -> Tensor:
    """Negative log likelihood of a hazard that is constant inside each bin.

    With H_k = exp(a_k) the cumulative hazard of bin k, a patient whose follow-up ends in bin k after the
    share s of it has  -log L = sum_{j<k} H_j + s H_k - event * a_k  (up to a constant). A censored
    patient counts for exactly the time that he was followed. Source: piecewise exponential model; the
    four-bin form of MCAT counts whole bins instead.

    Args:
        log_hazards: (B, K) a, log cumulative hazard per bin.
        index: (B,) bin in which follow-up ends.
        share: (B,) share of that bin lived through, 0 to 1.
        events: (B,) 1 where the patient died.

    Returns:
        Scalar, mean over the batch.
    """
    k = torch.arange(log_hazards.shape[1], device=log_hazards.device)
    exposed = (k < index[:, None]).float() + (k == index[:, None]).float() * share[:, None]  # (B, K)
    own = log_hazards.gather(1, index[:, None]).squeeze(1)
    return ((exposed * log_hazards.exp()).sum(dim=1) - events * own).mean()


def logistic_hazard_nll(logits: Tensor, index: Tensor, share: Tensor, events: Tensor) -> Tensor:
    """Negative log likelihood of a hazard per bin, h_k = sigmoid(logit_k) (Kvamme and Borgan 2021; impuTMAE).

    Who dies in bin k has -log h_k - sum_{j<k} log(1 - h_j). A censored patient has the same sum, and of the bin in
    which his follow-up ends the share that he lived through (our choice; pycox counts none of it). Written with
    softplus: finite for every logit and every batch.

    Args:
        logits: (B, K).
        index: (B,) bin in which follow-up ends.
        share: (B,) share of that bin lived through, 0 to 1.
        events: (B,) 1 where the patient died.

    Returns:
        Scalar, mean over the batch.
    """
    k = torch.arange(logits.shape[1], device=logits.device)
    last = (k == index[:, None]).float() * (share * (1.0 - events))[:, None]
    survived = (k < index[:, None]).float() + last  # (B, K)
    died = functional.softplus(-logits.gather(1, index[:, None]).squeeze(1))
    return ((survived * functional.softplus(logits)).sum(dim=1) + events * died).mean()


def decomposition_loss(whole: Tensor, recomposed: Tensor, present: Tensor) -> Tensor:
    """Mean squared distance of g and (I - P) u + P c over present modalities (MUST L_decomp; MSE is our choice)."""
    return _over_present(((whole - recomposed) ** 2).mean(dim=-1), present)


def shared_loss(shared: Tensor, present: Tensor) -> Tensor:
    """How far each modality's P c lies from the patient's mean P c (MUST L_shared for any number of modalities).

    For two modalities this is half of ||P c_1 - P c_2||² per modality.
    """
    weights = present.unsqueeze(-1).float()
    mean = (weights * shared).sum(dim=1, keepdim=True) / weights.sum(dim=1, keepdim=True).clamp_min(1.0)
    return _over_present(2.0 * ((shared - mean) ** 2).mean(dim=-1), present)


def orthogonality_loss(u: Tensor, specific: Tensor, c: Tensor, present: Tensor) -> Tensor:
    """Squared cosines that should vanish (MUST L_orth): specific parts of two modalities, and u with c of one.

    The second acts on the raw u and c: on the projected ones it is zero by identity B.
    """
    unit = functional.normalize(specific, dim=-1)
    cosines = (unit @ unit.transpose(1, 2)) ** 2  # (B, M, M)
    pairs = (present[:, :, None] & present[:, None, :]).float()
    pairs = pairs * (1.0 - torch.eye(pairs.shape[1], device=pairs.device))
    between = (cosines * pairs).sum() / pairs.sum().clamp_min(1.0)
    within = functional.cosine_similarity(u, c, dim=-1) ** 2
    return between + _over_present(within, present)


def _over_present(values: Tensor, present: Tensor) -> Tensor:
    """Mean of (B, M) values where present."""
    weights = present.float()
    return (values * weights).sum() / weights.sum().clamp_min(1.0)
