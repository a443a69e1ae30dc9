"""The population that simulated patients come from: factors, features, survival times.

Of every patient there are shared factors z_c, seen by all modalities, and specific factors z_m of each
modality, all N(0, I). Modality m shows them as

    x_m = A_m z_c + B_m z_m + sigma eps,         A_m, B_m with orthonormal columns, eps ~ N(0, I),

and the log-risk is

    eta = <w_c, z_c> + sum_m <w_m, z_m>  (+ sum_m v_m z_c[j_m] z_m[0] where `nonlinear`).

Our choices: A_m and B_m are orthogonal to each other; the shared factors carry a quarter of the variance
of eta and the modalities equal parts of the rest; the products, where there are any, carry a quarter and
the linear terms what is left; eta has standard deviation 1.7 whatever the modalities. There is one
population, fixed by constants: cohorts differ in their patients alone, and a model of one cohort holds
for the others with the same modalities, level and linearity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Modality

Array = NDArray[np.float64]

LEVELS = ("features", "raw")
SHARED = 4
SPECIFIC = {m: 2 if m is Modality.CLINICAL else 4 for m in Modality}
WIDTH = {
    Modality.CLINICAL: 8,
    Modality.PATHOLOGY: 48,
    Modality.RNA: 64,
    Modality.DNAM: 64,
    Modality.CNV: 32,
    Modality.MUTATION: 32,
    Modality.MIRNA: 32,
    Modality.MRI: 32,
}
"""Width of x_m at level `features`."""
NOISE = {"features": 0.5, "raw": 0.2}
"""sigma: at `features` a factor can be read with R2 = 0.8, at `raw` the traits that are rendered hold 0.96 of it."""

ETA_SD = 1.7
SHARED_PART = 0.25
PRODUCT_PART = 0.25
SHAPE = 1.2
SCALE_MONTHS = 30.0
EVENT_RATE = 0.55
_POPULATION = 20_240_601


@dataclass(frozen=True, slots=True, eq=False)
class Loading:
    """How one modality shows the factors, and what its own factors mean for survival.

    Attributes:
        shared: A_m (d, r_c), orthonormal columns.
        specific: B_m (d, r_m), orthonormal columns, orthogonal to those of A_m.
        risk: w_m (r_m,) log-risk per unit of a specific factor.
        product: v_m, log-risk per unit of z_c[partner] * z_m[0]; 0 where linear.
        partner: j_m.
    """

    shared: Array
    specific: Array
    risk: Array
    product: float
    partner: int


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Everything that does not depend on the patients drawn.

    Attributes:
        risk: w_c (r_c,) log-risk per unit of a shared factor.
        noise: sigma.
        censor_months: Follow-up ends at a time drawn evenly from 0 to this, independent of all else.
    """

    level: str
    risk: Array
    loadings: Mapping[Modality, Loading]
    noise: float
    censor_months: float

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """In the order of `Modality`."""
        return tuple(self.loadings)


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """Latent factors of n patients, or their conditional means.

    Attributes:
        shared: z_c (n, r_c).
        specific: z_m (n, r_m).
    """

    shared: Array
    specific: Mapping[Modality, Array]

    def __len__(self) -> int:
        return len(self.shared)


@dataclass(frozen=True, slots=True, eq=False)
class Patients:
    """n patients with all that is true of them; what a cohort hides is `survgui.engine.simulation.missing`.

    Attributes:
        factors: The true factors.
        features: x_m (n, d).
        eta: (n,) log-risk; higher dies sooner.
        true_months: (n,) time of death.
        months: (n,) end of follow-up: death or censoring, whichever came first.
        events: (n,) True where death was seen.
    """

    factors: Factors
    features: Mapping[Modality, Array]
    eta: Array
    true_months: Array
    months: Array
    events: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.eta)


def population(
    modalities: Iterable[Modality],
    level: str = "features",
    *,
    nonlinear: bool = False,
    traits: Mapping[Modality, Sequence[float]] | None = None,
) -> Population:
    """The one population, seen through these modalities.

    Args:
        modalities: Without order or repetition.
        level: One of `LEVELS`.
        traits: Modalities whose features are named traits, one per entry: +1 where more of the trait should
            go with a higher risk, -1 where with a lower. Rows of A_m and B_m are turned round accordingly,
            which leaves their columns orthonormal. Others have `WIDTH` features.
    """
    wanted = set(modalities)
    chosen = tuple(m for m in Modality if m in wanted)
    linear = ETA_SD**2 * (1.0 - PRODUCT_PART * nonlinear)
    risk = _direction(_random(0), SHARED) * np.sqrt(linear * SHARED_PART)
    specific_sd = float(np.sqrt(linear * (1.0 - SHARED_PART) / len(chosen)))
    product = float(ETA_SD * np.sqrt(PRODUCT_PART / len(chosen))) if nonlinear else 0.0
    signs = traits or {}
    loadings = {m: _loading(m, risk, specific_sd, product, signs.get(m)) for m in chosen}
    return Population(level, risk, loadings, NOISE[level], _censor_months())


def draw(source: Population, patients: int, seed: int) -> Patients:
    """Draw patients; the first of them do not depend on how many are drawn."""
    factors, features, uniform = _rows(source, patients, seed)
    eta = log_risk(source, factors)
    true_months = weibull_months(eta, uniform[:, 0])
    censored = source.censor_months * uniform[:, 1]
    return Patients(factors, features, eta, true_months, np.minimum(true_months, censored), true_months <= censored)


def standard_scores(source: Population, patients: Patients) -> dict[Modality, Array]:
    """Features divided by their standard deviation in the population: the traits that are rendered, each (n, d)."""
    scores = {}
    for m, loading in source.loadings.items():
        variance = (loading.shared**2).sum(axis=1) + (loading.specific**2).sum(axis=1) + source.noise**2
        scores[m] = patients.features[m] / np.sqrt(variance)
    return scores


def log_risk(source: Population, factors: Factors) -> Array:
    """Eta (n,) of known factors; higher dies sooner."""
    eta = factors.shared @ source.risk
    for m, loading in source.loadings.items():
        own = factors.specific[m]
        eta = eta + own @ loading.risk + loading.product * factors.shared[:, loading.partner] * own[:, 0]
    return eta


def weibull_months(eta: Array, uniform: Array) -> Array:
    """Times of death under proportional hazards: S(t) = exp(-exp(eta) (t / scale)^shape), inverted at `uniform`."""
    return SCALE_MONTHS * np.asarray(-np.log(uniform) * np.exp(-eta)) ** (1.0 / SHAPE)


def _rows(source: Population, patients: int, seed: int) -> tuple[Factors, dict[Modality, Array], Array]:
    """Factors, features and two uniform numbers per patient, each modality from a stream of its own."""
    shared = _stream(seed, 0).standard_normal((patients, SHARED))
    specific, features = {}, {}
    for m, loading in source.loadings.items():
        own = _stream(seed, 1 + 2 * _index(m)).standard_normal((patients, loading.specific.shape[1]))
        noise = _stream(seed, 2 + 2 * _index(m)).standard_normal((patients, len(loading.shared)))
        specific[m] = own
        features[m] = shared @ loading.shared.T + own @ loading.specific.T + source.noise * noise
    uniform = 1.0 - _stream(seed, 99).random((patients, 2))  # in (0, 1], so that its logarithm is finite
    return Factors(shared, specific), features, uniform


def _loading(m: Modality, risk: Array, specific_sd: float, product: float, signs: Sequence[float] | None) -> Loading:
    rng = _random(1 + _index(m))
    width, own = (len(signs) if signs else WIDTH[m]), SPECIFIC[m]
    columns, _ = np.linalg.qr(rng.standard_normal((width, SHARED + own)))
    weight = _direction(rng, own) * specific_sd
    if signs:
        towards_risk = columns @ np.concatenate([risk, weight])
        columns = columns * (np.sign(towards_risk) * np.asarray(signs))[:, None]
    return Loading(columns[:, :SHARED], columns[:, SHARED:], weight, product, _index(m) % SHARED)


def _censor_months() -> float:
    """The longest follow-up with which `EVENT_RATE` of the population die under observation.

    Bisected on quantiles of time: eta is N(0, ETA_SD^2) (nearly so with products), and death at t is seen
    with probability max(0, 1 - t / limit).
    """
    rng = _random(90)
    eta = ETA_SD * rng.standard_normal(40_000)
    months = weibull_months(eta, 1.0 - rng.random(40_000))
    low, high = 1.0, 1e4
    for _ in range(60):
        limit = np.sqrt(low * high)
        seen = np.maximum(0.0, 1.0 - months / limit).mean()
        low, high = (limit, high) if seen < EVENT_RATE else (low, limit)
    return float(high)


def _direction(rng: np.random.Generator, size: int) -> Array:
    vector = rng.standard_normal(size)
    return np.asarray(vector / np.linalg.norm(vector))


def _random(part: int) -> np.random.Generator:
    return np.random.default_rng([_POPULATION, part])


def _stream(seed: int, part: int) -> np.random.Generator:
    return np.random.default_rng([seed, part])


def _index(m: Modality) -> int:
    return list(Modality).index(m)
