"""How good imputations are: modalities of held-out patients, hidden and reconstructed from what is left.

Every modality is hidden wholly from those who have it, and reconstructed from everything else that they have, from
every subset of the other modalities, and from the rest of itself where half of its patches are masked. Beside stand the
training patients' mean and a ridge regression from the same modalities (`engine.masked.ridge`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Cohort, Split
from survgui.cases.imputation_quality import HALF, OTHERS, Feature, FeatureTable, Pattern, QualityRow, collapsed
from survgui.cases.step import Step, Task
from survgui.engine.generators_table import levels
from survgui.engine.inputs import Inputs, Prepared, prepare
from survgui.engine.masked.agreement import Agreement, Values, quantiles, similarity
from survgui.engine.masked.reconstructing import inpaint, reconstruct
from survgui.engine.masked.ridge import Ridge, Smoother, picture_shape, targets
from survgui.nets.masked.imputmae import Imputmae

Row = dict[str, Any]
Shown = NDArray[np.bool_]

MOST_FOR_ALL = 6
"""Modalities up to which every subset of the others is shown; of more each by itself."""
MASKED = 0.5
"""share of patches that is masked where a modality is not hidden wholly"""
AT_ONCE = 2**26
"""reconstructed values that are held in memory, 256 MB"""
LOOKED_AT = 2000
"""values of a patient at which the spread of the draws is looked at, evenly spaced"""
TOLD = 20
"""best and worst features that a bundle names"""


def fold_quality(
    net: Imputmae, inputs: Inputs, cohort: Cohort, split: Split, *, draws: int = 10, seed: int = 0
) -> Task[dict[str, Any]]:
    """The quality of one fold, by a network that was trained on its training part alone.

    Yields:
        A step of the stage `reconstruction` per pattern.

    Returns:
        Plain values for a file: `rows` (see `QualityRow`), and `features`, per table of named features its `names`,
        `correlation`, `mse` and `n`. Folds are joined by `pooled`.
    """
    train, test = (prepare(cohort, ids, inputs) for ids in (split.train, split.test))
    judged = Judge(net, train, test, draws=draws, seed=seed)
    rows = yield from judged.rows(patterns_for(net.modalities))
    features = {}
    for modality, agreement in judged.from_others.items():
        names = inputs.specs[modality].names
        if inputs.specs[modality].kind is Kind.VECTOR and len(names) == len(agreement.mean):
            found = agreement.correlations()
            known = np.flatnonzero(np.isfinite(found))
            features[str(modality)] = {
                "names": [names[k] for k in known],
                "correlation": found[known].tolist(),
                "mse": agreement.errors[known].tolist(),
                "n": agreement.patients,
            }
    return {"rows": [row.stored() for row in rows], "features": features}


def quality(
    net: Imputmae,
    train: Prepared,
    test: Prepared,
    *,
    draws: int = 10,
    seed: int = 0,
    patterns: Sequence[Pattern] | None = None,
) -> Task[list[Row]]:
    """Judge reconstructions of held-out patients.

    Args:
        train: The patients that the network learned from: for the mean and the ridge regression.
        draws: Imputations that are averaged, and whose spread is judged.
        patterns: What is shown; left out: `patterns_for`.

    Returns:
        Rows as a manifest keeps them (`QualityRow`); a modality that nobody has under a pattern has none.
    """
    wanted = patterns_for(net.modalities) if patterns is None else patterns
    rows = yield from Judge(net, train, test, draws=draws, seed=seed).rows(wanted)
    return [row.stored() for row in rows]


def patterns_for(modalities: Sequence[Modality]) -> list[Pattern]:
    """What is shown: all others, half of itself, and every subset that leaves something to reconstruct."""
    names = [str(m) for m in modalities]
    largest = len(names) - 1 if len(names) <= MOST_FOR_ALL else 1
    subsets = chain.from_iterable(combinations(names, k) for k in range(1, largest + 1))
    return [OTHERS, HALF, *subsets]


class Judge:
    """One network before the held-out patients of one fold.

    Attributes:
        from_others: After `rows`, what was reconstructed from all others, value by value.
    """

    def __init__(self, net: Imputmae, train: Prepared, test: Prepared, *, draws: int, seed: int) -> None:
        self.net, self.test, self.draws, self.seed = net, test, draws, seed
        self.ridge = Ridge(train, test)
        self.means: dict[Modality, Values] = {}
        for place, m in enumerate(net.modalities):
            owners = targets(train, m)[train.present[:, place]]
            self.means[m] = owners.mean(axis=0, dtype=np.float64) if len(owners) else np.zeros(owners.shape[1])
        self.from_others: dict[Modality, Agreement] = {}

    def rows(self, patterns: Sequence[Pattern]) -> Task[list[QualityRow]]:
        """One row per pattern and modality that somebody has and is not shown."""
        found = []
        for done, pattern in enumerate(patterns):
            yield Step("reconstruction", done, len(patterns), " + ".join(pattern))
            found += list(self._pattern(pattern))
        yield Step("reconstruction", len(patterns), len(patterns))
        return sorted(found, key=lambda row: self.net.modalities.index(row.modality))

    def _pattern(self, pattern: Pattern) -> Iterator[QualityRow]:
        if pattern == HALF:
            for m in self.net.modalities:
                yield from self._masked(m)
        elif pattern == OTHERS:
            for m in self.net.modalities:
                yield from self._hidden([m], tuple(o for o in self.net.modalities if o is not m), OTHERS)
        else:
            shown = tuple(m for m in self.net.modalities if str(m) in pattern)
            yield from self._hidden([m for m in self.net.modalities if m not in shown], shown, pattern)

    def _hidden(self, modalities: Sequence[Modality], shown: Sequence[Modality], name: Pattern) -> Iterator[QualityRow]:
        """Rows of what is wholly hidden, of those who have it and all that is shown; of `OTHERS` any of that."""
        present = self.test.present
        given, wanted = ([self.net.modalities.index(m) for m in some] for some in (shown, modalities))
        seen = present[:, given].any(axis=1) if name == OTHERS else present[:, given].all(axis=1)
        rows = np.flatnonzero(seen & present[:, wanted].any(axis=1)) if shown else np.zeros(0, dtype=np.intp)
        tallies = {m: Tally(self.test, m, self.means[m]) for m in modalities}
        for some, drawn in self._reconstructed(rows, given):
            for m, tally in tallies.items():
                for row, several in zip(some, drawn[m], strict=True):
                    if present[row, self.net.modalities.index(m)]:
                        tally.add(row, several)
        for m, tally in tallies.items():
            if tally.rows:
                if name == OTHERS:
                    self.from_others[m] = tally.agreement
                yield tally.row(name, self.ridge.fit(m, shown), targets(self.ridge.train, m))

    def _reconstructed(
        self, rows: NDArray[np.intp], given: Sequence[int]
    ) -> Iterator[tuple[NDArray[np.intp], Mapping[Modality, NDArray[np.float32]]]]:
        """Patients, a few at a time, and per modality (n, S, *shape) what is made of what is shown of them."""
        size = AT_ONCE // (self.draws * sum(len(mean) for mean in self.means.values()))
        for start in range(0, len(rows), max(1, min(size, 64))):
            some = rows[start : start + max(1, min(size, 64))]
            shown = np.zeros((len(some), len(self.net.modalities)), dtype=bool)
            shown[:, given] = True
            yield some, reconstruct(self.net, part(self.test, some), shown, draws=self.draws, seed=self.seed)

    def _masked(self, modality: Modality) -> Iterator[QualityRow]:
        """The row of a modality half of whose patches are masked; the others are shown."""
        if self.net.autoencoder.patches[modality].count < 2:
            return  # its only patch is masked wholly
        rows = np.flatnonzero(self.test.present[:, self.net.modalities.index(modality)])
        tally = Tally(self.test, modality, self.means[modality])
        for start in range(0, len(rows), 64):
            some = rows[start : start + 64]
            mixed, masked = inpaint(self.net, part(self.test, some), modality, MASKED, seed=self.seed + start)
            for row, found, mask in zip(some, mixed, masked, strict=True):
                tally.add(row, found[None], mask)
        if tally.rows:
            yield tally.row(HALF, None, None)


class Tally:
    """What was made of one modality of some patients under one pattern."""

    def __init__(self, test: Prepared, modality: Modality, mean: Values) -> None:
        self.test, self.modality = test, modality
        self.kind, self.shape = test.kinds[modality], picture_shape(test, modality)
        self.agreement, self.rows = Agreement(mean), list[int]()
        self._inside: list[float] = []
        self._similar: list[tuple[float, float]] = []

    def add(self, row: int, several: NDArray[np.float32], masked: Shown | None = None) -> None:
        """One patient more, from (S, *shape) draws; where given, only what was masked counts."""
        real, counted = measured(self.test, self.modality, row)
        drawn = several.reshape(len(several), -1).astype(np.float64)
        channels = counted[0].reshape(self.shape).any(axis=(1, 2, 3)) if self.kind is Kind.VOLUME else slice(None)
        if masked is not None:  # of several tiles the first one alone was masked
            real, counted = real[:1], counted[:1] & masked.reshape(1, -1)
        found = drawn.mean(axis=0)
        self.agreement.add(real, found, counted)
        self.rows.append(row)
        if len(drawn) > 1:
            self._inside.append(_inside(real, drawn, counted))
        if self.kind in (Kind.TILES, Kind.VOLUME):
            mean = self.agreement.mean if masked is None else np.where(masked.ravel(), self.agreement.mean, real[0])
            picture, *others = (values.reshape(self.shape)[channels] for values in (real[0], found, mean))
            if len(picture):
                said, beside = (similarity(self.kind, picture, other) for other in others)
                self._similar.append((said, beside))

    def row(self, pattern: Pattern, smoother: Smoother | None, values: NDArray[np.float32] | None) -> QualityRow:
        """The figures of all that were added.

        Args:
            smoother, values: The ridge regression, and the training patients' (n, F) values.
        """
        a = self.agreement
        ssim, mean_ssim = np.mean(self._similar, axis=0).tolist() if self._similar else (None, None)
        spread = a.spread_ratio()
        return QualityRow(
            modality=self.modality,
            pattern=pattern,
            n=a.patients,
            mse=a.mse,
            mean_mse=a.mean_mse,
            ridge_mse=None if smoother is None or values is None else self._ridge(smoother, values),
            ssim=ssim,
            mean_ssim=mean_ssim,
            spread_ratio=spread,
            coverage=float(np.mean(self._inside)) if self._inside else None,
            collapsed=collapsed(a.mse, a.mean_mse, spread),
            **({} if self._similar else quantiles(a.correlations())),
        )

    def _ridge(self, smoother: Smoother, values: NDArray[np.float32]) -> float:
        agreement = Agreement(self.agreement.mean)
        known, weights = values[smoother.rows], smoother.weights.astype(np.float32)
        for start in range(0, len(self.rows), 16):
            some = self.rows[start : start + 16]
            for row, found in zip(some, weights[some] @ known, strict=True):
                real, counted = measured(self.test, self.modality, row)
                agreement.add(real, found, counted)
        return agreement.mse


def measured(prepared: Prepared, modality: Modality, row: int) -> tuple[Values, Shown]:
    """(K, F) what a patient has, of several tiles one row each, and where it was measured: not in empty sequences."""
    array = prepared.arrays[modality][row]
    assert array is not None
    values = array.reshape(-1, int(np.prod(picture_shape(prepared, modality)))).astype(np.float64)
    counted = np.ones(values.shape, dtype=bool)
    if prepared.kinds[modality] is Kind.VOLUME:
        there = array.reshape(len(array), -1).any(axis=1)
        counted = np.repeat(there, values.shape[1] // len(array))[None]
    return values, counted


def part(prepared: Prepared, rows: Iterable[int]) -> Prepared:
    """Some of the patients."""
    chosen = list(rows)
    arrays = {m: tuple(column[row] for row in chosen) for m, column in prepared.arrays.items()}
    return replace(prepared, ids=tuple(prepared.ids[row] for row in chosen), arrays=arrays, refused={})


def pooled(folds: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """All folds as one: what `Manifest.training` keeps under `reconstruction` and `reconstruction_features`.

    Figures are means weighted by the folds' numbers of patients, of those folds that have the figure.

    Args:
        folds: Of `fold_quality`.
    """
    names = dict.fromkeys(name for fold in folds for name in fold["features"])
    tables = {name: _table(Modality(name), [f["features"][name] for f in folds if name in f["features"]])
              for name in names}  # fmt: skip
    return {
        "reconstruction": pool([fold["rows"] for fold in folds]),
        "reconstruction_features": {name: table.stored() for name, table in tables.items() if table is not None},
    }


def pool(folds: Sequence[Sequence[Mapping[str, Any]]]) -> list[Row]:
    """Rows of several folds as one row per modality and pattern, weighted by n."""
    groups: dict[tuple[str, Pattern], list[Mapping[str, Any]]] = {}
    for row in chain.from_iterable(folds):
        groups.setdefault((row["modality"], tuple(row["pattern"])), []).append(row)
    order = {str(m): place for place, m in enumerate(Modality)}
    found = [_pool(rows) for rows in groups.values()]
    return sorted(found, key=lambda row: (order[row["modality"]], len(row["pattern"]), row["pattern"] != list(OTHERS)))


def _pool(rows: Sequence[Mapping[str, Any]]) -> Row:
    joined = {**rows[0], "n": sum(row["n"] for row in rows)}
    for name in joined:
        if name not in ("modality", "pattern", "n", "collapsed"):
            known = [(row[name], row["n"]) for row in rows if row[name] is not None]
            values, weights = zip(*known, strict=True) if known else ((), ())
            joined[name] = round(float(np.average(values, weights=weights)), 5) if known else None
    joined["collapsed"] = collapsed(joined["mse"], joined["mean_mse"], joined["spread_ratio"])
    return joined


def _table(modality: Modality, folds: Sequence[Mapping[str, Any]]) -> FeatureTable | None:
    """The features of all folds in which they vary, each by its mean over them."""
    seen: dict[str, list[tuple[float, float, int]]] = {}
    for fold in folds:
        for name, correlation, mse in zip(fold["names"], fold["correlation"], fold["mse"], strict=True):
            seen.setdefault(name, []).append((correlation, mse, fold["n"]))
    if not seen:
        return None
    features = []
    for name, found in seen.items():
        values = np.array(found)
        correlation, mse = np.average(values[:, :2], axis=0, weights=values[:, 2])
        features.append(Feature(name, float(correlation), float(mse)))
    features.sort(key=lambda f: (-f.correlation, f.name))
    deciles = np.quantile([f.correlation for f in features], np.linspace(0, 1, 11))
    told = min(TOLD, len(features) // 2)
    worst = tuple(reversed(features[len(features) - told :]))
    people = sum(int(fold["n"]) for fold in folds)
    return FeatureTable(
        modality, people, len(features), tuple(float(d) for d in deciles), tuple(features[:told]), worst
    )


def _inside(real: Values, drawn: Values, counted: Shown) -> float:
    """Share of (K, F) values that lie within the spread of (S, F) draws, at `LOOKED_AT` of them."""
    at = np.unique(np.linspace(0, real.shape[1] - 1, min(LOOKED_AT, real.shape[1])).astype(int))
    low, high = np.quantile(drawn[:, at], levels(len(drawn)).numpy(), axis=0)
    hit = (real[:, at] >= low) & (real[:, at] <= high)
    return float(hit[counted[:, at]].mean()) if counted[:, at].any() else 0.0
