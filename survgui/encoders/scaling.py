"""From measurements to what a network takes, fitted on the training part and stored in the bundle.

Every modality's scaling turns a patient's item into an array, and says why it cannot. Absent features of
a usable item are filled with the development mean, which after standardising is zero.

    FIELDS   one column per number and ordered field, one per word            (1, width)
    VECTOR   principal components of all features and of each gene group      (groups, components)
    BAG      principal components of every row                                (rows, components)
    VOLUME   as encoded                                                       (channels, X, Y, Z)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from survgui.cases.bundle import Input
from survgui.cases.case import Kind
from survgui.cases.cohort import Bag, Block, Fields, Item
from survgui.readers import genes

Array = NDArray[np.float32]

COVERAGE = 0.8
"""Least share of a bundle's features that a case must have (quality.md 2.2: below that, block)."""

_CLIP = 6.0
"""Standardised values are clipped there: z-scores of TCGA reach 36,893."""

TRANSFORMS: Mapping[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "none": lambda x: x,
    "log1p": lambda x: np.log1p(np.maximum(x, 0.0)),
    "log2p1": lambda x: np.log2(np.maximum(x, 0.0) + 1.0),
    "signed-log1p": lambda x: np.sign(x) * np.log1p(np.abs(x)),
    "beta-to-m": lambda x: np.log2(np.clip(x, 1e-3, 1 - 1e-3) / (1.0 - np.clip(x, 1e-3, 1 - 1e-3))),
}


class Unusable(Exception):
    """Why a modality that was given cannot be used; the sentence goes into chip, JSON and report."""


class Scaling(Protocol):
    """What turns one modality's items into arrays."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one patient's array without the rows of a bag."""
        ...

    def apply(self, item: Item, names: tuple[str, ...]) -> Array:
        """One patient's array.

        Args:
            names: Feature names of the item, in its order.

        Raises:
            Unusable: With the reason.
        """
        ...

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """What must be stored beside the manifest's `Input` to build this scaling again."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class VectorScaling:
    """Standardised features, projected on principal components of all of them and of each group.

    Attributes:
        names: (D,) features of the development cohort that vary.
        mean, deviation: (D,) after the transform.
        components: (groups, D, C) principal axes, zero outside their group; each group is divided by
            the deviation of its first component, so that groups of any size count alike.
    """

    names: tuple[str, ...]
    transform: str
    mean: Array
    deviation: Array
    components: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """(groups, components)."""
        return self.components.shape[0], self.components.shape[2]

    def standardise(self, item: Item, names: tuple[str, ...]) -> Array:
        """(D,) standardised values in the order of `self.names`, zero where missing.

        Raises:
            Unusable: Fewer than `COVERAGE` of the features are there.
        """
        values = np.asarray(item, dtype=np.float64)
        column = np.array(genes.places(self.names, names))
        ordered = np.where(column >= 0, values[np.clip(column, 0, None)], np.nan)
        found = int(np.isfinite(ordered).sum())
        if found < COVERAGE * len(self.names):
            absent = [name for name, value in zip(self.names, ordered, strict=True) if not np.isfinite(value)]
            raise Unusable(
                f"only {found} of the bundle's {len(self.names)} features are there "
                f"(missing: {', '.join(absent[:5])}…); check the identifiers"
            )
        scaled = (TRANSFORMS[self.transform](ordered) - self.mean) / self.deviation
        return np.clip(np.nan_to_num(scaled, nan=0.0), -_CLIP, _CLIP).astype(np.float32)

    def apply(self, item: Item, names: tuple[str, ...]) -> Array:
        """(groups, C) projection of one patient."""
        projected: Array = np.einsum("d,gdc->gc", self.standardise(item, names), self.components)
        return projected

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Means, deviations and axes."""
        return {
            "mean": self.mean,
            "deviation": self.deviation,
            "components": self.components.astype(np.float16),
        }


@dataclass(frozen=True, slots=True, eq=False)
class FieldsScaling:
    """Clinical fields as columns: numbers and ordered words standardised, other words one column each.

    Attributes:
        columns: One per output: (field, word) where word is empty for numbers and ordered fields.
        ordered: Words of ordered fields, lowest first; the longest matching prefix decides.
        mean, deviation: (width,) of the development cohort.
    """

    names: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    ordered: Mapping[str, tuple[str, ...]]
    mean: Array
    deviation: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """(1, width)."""
        return 1, len(self.columns)

    def apply(self, item: Item, names: tuple[str, ...]) -> Array:
        """(1, width) standardised columns of one patient; zero where a field is missing.

        Raises:
            Unusable: None of the bundle's fields is there.
        """
        fields = dict(zip(names, cast(Fields, item), strict=True))
        row = _columns([tuple(fields.get(name) for name in self.names)], self.names, self.columns, self.ordered)
        if not np.isfinite(row).any():
            raise Unusable(f"none of the fields {', '.join(self.names)} is there")
        scaled = (row - self.mean) / self.deviation
        return np.clip(np.nan_to_num(scaled, nan=0.0), -_CLIP, _CLIP).astype(np.float32)

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Means and deviations."""
        return {"mean": self.mean, "deviation": self.deviation}


@dataclass(frozen=True, slots=True, eq=False)
class BagScaling:
    """Standardised rows, projected on their principal components where the rows are wide.

    Attributes:
        mean, deviation: (F,) over all rows of the training part.
        components: (F, C).
    """

    transform: str
    mean: Array
    deviation: Array
    components: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """(C,) per row."""
        return (self.components.shape[1],)

    def apply(self, item: Item, names: tuple[str, ...]) -> Array:
        """(N, C) rows of one patient.

        Raises:
            Unusable: Rows of another width.
        """
        assert isinstance(item, Bag)
        if item.values.shape[1] != len(self.mean):
            raise Unusable(
                f"its rows have {item.values.shape[1]} features, the bundle takes {len(self.mean)}: "
                "another encoder made them"
            )
        return np.asarray(self.standardise(item.values) @ self.components, dtype=np.float32)

    def standardise(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """(N, F) rows as measured to (N, F) standardised ones, zero where missing."""
        changed = TRANSFORMS[self.transform](rows.astype(np.float64))
        return np.asarray(np.nan_to_num(np.clip((changed - self.mean) / self.deviation, -_CLIP, _CLIP)))

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Means, deviations and axes."""
        return {
            "mean": self.mean,
            "deviation": self.deviation,
            "components": self.components.astype(np.float16),
        }


@dataclass(frozen=True, slots=True)
class VolumeScaling:
    """Volumes are already normalised by their encoder."""

    size: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, X, Y, Z)."""
        return self.size

    def apply(self, item: Item, names: tuple[str, ...]) -> Array:
        """The volume itself.

        Raises:
            Unusable: Another grid or number of channels.
        """
        volume = np.asarray(item, dtype=np.float32)
        if volume.shape != self.size:
            raise Unusable(f"its grid is {volume.shape}, the bundle takes {self.size}")
        return volume

    def tensors(self) -> dict[str, NDArray[np.generic]]:
        """Nothing."""
        return {}


@dataclass(frozen=True, slots=True)
class ScalingConfig:
    """How wide the projections are. Our choice: 30 components, as the reference rows have."""

    components: int = 30
    group_components: int = 12
    bag_components: int = 48


def fit(block: Block, train: Iterable[str], config: ScalingConfig = ScalingConfig()) -> Scaling:
    """Fit the scaling of one modality on the training patients alone.

    Raises:
        ValueError: Nobody in `train` has the modality.
    """
    items = [block.items[i] for i in train if i in block.items]
    if not items:
        raise ValueError(f"no training patient has {block.modality}")
    if block.kind is Kind.FIELDS:
        return _fit_fields(block, items)  # type: ignore[arg-type]  # the kind says that items are fields
    if block.kind is Kind.VECTOR:
        return _fit_vector(block, np.stack(items).astype(np.float64), config)  # type: ignore[arg-type]
    if block.kind is Kind.BAG:
        return _fit_bag(block, [item for item in items if isinstance(item, Bag)], config)
    return VolumeScaling(tuple(np.asarray(items[0]).shape))


def check_unit(item_block: Block, wanted: Input) -> None:
    """Whether a case's block can be put through a bundle's scaling.

    Raises:
        Unusable: Another encoder, other columns of a bag or another unit.
    """
    if item_block.kind is not wanted.kind and Kind.TILES not in (item_block.kind, wanted.kind):
        raise Unusable(f"it was given as {item_block.kind}, the bundle takes {wanted.kind}")
    if wanted.encoder != item_block.encoder:
        given, taken = _form(item_block.kind, item_block.encoder), _form(wanted.kind, wanted.encoder)
        raise Unusable(f"it was given as {given}, the bundle takes {taken}")
    if wanted.kind is Kind.BAG and wanted.names and item_block.names != wanted.names:
        # a bag's rows are projected as they stand: other columns, or another order, would not be noticed
        given, taken = (", ".join(names[:3]) or "unnamed" for names in (item_block.names, wanted.names))
        raise Unusable(f"its columns are {given}…, the bundle takes {taken}… in this order")
    if "mixed" not in (wanted.unit, item_block.unit) and wanted.unit != item_block.unit:
        if {wanted.unit, item_block.unit} <= {"cnv", "binary"}:
            return  # a patient without a deletion looks binary, and one without any change too
        raise Unusable(f"its values look like {item_block.unit}, the bundle takes {wanted.unit}")


def _form(kind: Kind, encoder: str) -> str:
    if kind is Kind.TILES:
        return f"tiles of the slide ({encoder})"
    return f"features of {encoder}" if encoder else "a table"


def rebuild(wanted: Input, extra: Mapping[str, object], tensors: Mapping[str, NDArray[np.generic]]) -> Scaling:
    """The scaling of a bundle, from its manifest and `inputs.safetensors`.

    Args:
        extra: What the manifest keeps beyond `Input` (`describe`).

    Raises:
        AttributeError, KeyError, TypeError, ValueError: Something is missing, or is not what it should be.
    """
    arrays = plain_arrays(wanted, tensors)
    if wanted.kind is Kind.FIELDS:
        columns = tuple((str(f), str(w)) for f, w in extra["columns"])  # type: ignore[attr-defined]
        ordered = {str(f): tuple(words) for f, words in extra["ordered"].items()}  # type: ignore[attr-defined]
        expect(arrays, len(columns))
        return FieldsScaling(wanted.names, columns, ordered, arrays["mean"], arrays["deviation"])
    if wanted.kind is Kind.VECTOR:
        expect(arrays, len(wanted.names), components=(None, len(wanted.names), None))
        return VectorScaling(wanted.names, wanted.transform, **arrays)
    if wanted.kind is Kind.BAG:
        expect(arrays, arrays["mean"].size, components=(arrays["mean"].size, None))
        return BagScaling(wanted.transform, **arrays)
    return VolumeScaling(whole_numbers(extra["size"], 4))


def plain_arrays(wanted: Input, tensors: Mapping[str, NDArray[np.generic]]) -> dict[str, Array]:
    """The tensors of a bundle's scaling in 32 bits.

    Raises:
        ValueError: The manifest names a transform that there is not.
    """
    if wanted.transform not in TRANSFORMS:
        raise ValueError(f"there is no transform {wanted.transform!r}")
    return {name: np.asarray(value, dtype=np.float32) for name, value in tensors.items()}


def expect(arrays: Mapping[str, Array], count: int, **others: tuple[int | None, ...]) -> None:
    """Refuse arrays of a bundle that do not fit each other.

    Args:
        count: Of means and deviations.
        others: Shapes of further arrays; None stands for any length.

    Raises:
        KeyError: One is missing.
        ValueError: One has another shape.
    """
    for name, shape in {"mean": (count,), "deviation": (count,), **others}.items():
        found = arrays[name].shape
        if len(found) != len(shape) or any(w not in (None, n) for n, w in zip(found, shape, strict=True)):
            raise ValueError(f"{name} has the shape {found}, which does not fit")


def whole_numbers(given: object, count: int | None = None) -> tuple[int, ...]:
    """Numbers of a manifest, such as sides of a grid.

    Raises:
        TypeError, ValueError: They are none, or not as many, or one of them is below zero.
    """
    found = tuple(int(number) for number in given)  # type: ignore[attr-defined]
    if min(found, default=-1) < 0 or count not in (None, len(found)):
        raise ValueError(f"{given} are no sizes")
    return found


def describe(scaling: Scaling) -> dict[str, object]:
    """What a manifest keeps of a scaling beyond `Input` and the tensors."""
    if isinstance(scaling, FieldsScaling):
        return {
            "columns": [list(c) for c in scaling.columns],
            "ordered": {k: list(v) for k, v in scaling.ordered.items()},
        }
    if isinstance(scaling, VolumeScaling):
        return {"size": list(scaling.size)}
    return {}


def feature_names(scaling: Scaling, block: Block) -> tuple[str, ...]:
    """Names of the features that a scaling takes."""
    if isinstance(scaling, VectorScaling | FieldsScaling):
        return scaling.names
    return block.names


def _fit_vector(block: Block, values: NDArray[np.float64], config: ScalingConfig) -> VectorScaling:
    changed = TRANSFORMS[block.transform](values)
    with np.errstate(invalid="ignore"):
        known = np.isfinite(changed).sum(axis=0)
        mean = np.nansum(changed, axis=0) / np.maximum(known, 1)
        deviation = np.sqrt(np.nansum((changed - mean) ** 2, axis=0) / np.maximum(known, 1))
    varies = (deviation > 1e-6) & (known > 0.5 * len(values))
    names = tuple(name for name, ok in zip(block.names, varies, strict=True) if ok)
    mean, deviation = mean[varies], deviation[varies]
    scaled = np.clip(np.nan_to_num((changed[:, varies] - mean) / deviation), -_CLIP, _CLIP)
    axes = [_principal_axes(scaled, config.components)]
    for members in (block.groups or {}).values():
        wanted = set(members)
        inside = np.array([name in wanted for name in names])
        if inside.sum() >= 3:
            part = np.zeros((len(names), config.group_components))
            found = _principal_axes(scaled[:, inside], config.group_components)
            part[inside, : found.shape[1]] = found
            axes.append(part)
    width = max(a.shape[1] for a in axes)
    padded = np.stack([np.pad(a, ((0, 0), (0, width - a.shape[1]))) for a in axes])
    return VectorScaling(
        names, block.transform, mean.astype(np.float32), deviation.astype(np.float32), padded.astype(np.float32)
    )


def _fit_bag(block: Block, bags: list[Bag], config: ScalingConfig) -> BagScaling:
    """Bag by bag: the rows of a cohort, joined in 64 bits, take tens of gigabytes."""

    def rows() -> Iterator[NDArray[np.float64]]:
        return (TRANSFORMS[block.transform](bag.values.astype(np.float64)) for bag in bags)

    known = np.maximum(sum(np.isfinite(x).sum(axis=0) for x in rows()), 1)
    mean = sum(np.nansum(x, axis=0) for x in rows()) / known
    deviation = np.maximum(np.sqrt(sum(np.nansum((x - mean) ** 2, axis=0) for x in rows()) / known), 1e-6)
    count, total = 0, np.zeros(len(mean))
    products = np.zeros((len(mean), len(mean)))
    for x in rows():
        scaled = np.nan_to_num(np.clip((x - mean) / deviation, -_CLIP, _CLIP))
        count, total = count + len(scaled), total + scaled.sum(axis=0)
        products += scaled.T @ scaled
    most = min(config.bag_components, len(mean), count - 1)
    axes = _leading(*np.linalg.eigh(products - np.outer(total, total) / count), count, most)
    return BagScaling(block.transform, mean.astype(np.float32), deviation.astype(np.float32), axes.astype(np.float32))


def _fit_fields(block: Block, items: list[Fields]) -> FieldsScaling:
    columns: list[tuple[str, str]] = []
    for place, name in enumerate(block.names):
        words = [item[place] for item in items if isinstance(item[place], str)]
        if name in block.ordered or not words:
            columns.append((name, ""))
        else:
            columns += [(name, word) for word in _common(words)]
    rows = _columns(items, block.names, columns, block.ordered)
    with np.errstate(invalid="ignore"):
        known = np.maximum(np.isfinite(rows).sum(axis=0), 1)
        mean = np.nansum(rows, axis=0) / known
        deviation = np.sqrt(np.nansum((rows - mean) ** 2, axis=0) / known)
    deviation = np.where(deviation > 1e-6, deviation, 1.0)
    return FieldsScaling(
        block.names, tuple(columns), dict(block.ordered), mean.astype(np.float32), deviation.astype(np.float32)
    )


def _common(words: Sequence[object], least: int = 5) -> list[str]:
    """Words that at least `least` patients have, without the commonest one, which the others imply."""
    names, counts = np.unique(np.array([str(w) for w in words]), return_counts=True)
    kept = names[(counts >= least) & (np.arange(len(names)) != np.argmax(counts))]
    return [str(name) for name in kept]


def _columns(
    items: list[Fields],
    names: tuple[str, ...],
    columns: Iterable[tuple[str, str]],
    ordered: Mapping[str, tuple[str, ...]],
) -> NDArray[np.float64]:
    """(n, width) raw columns; NaN where missing."""
    place = {name: k for k, name in enumerate(names)}
    return np.array(
        [[_value(item[place[field]], word, ordered.get(field)) for field, word in columns] for item in items],
        dtype=np.float64,
    ).reshape(len(items), -1)


def _value(value: float | str | None, word: str, levels: tuple[str, ...] | None) -> float:
    if value is None:
        return float("nan")
    if word:
        return float(str(value) == word)
    if levels is not None:
        matches = [(len(level), rank) for rank, level in enumerate(levels) if str(value).startswith(level)]
        return float(max(matches)[1]) if matches else float("nan")
    return float(value) if not isinstance(value, str) else float("nan")


def _principal_axes(scaled: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """(D, C) leading axes of standardised rows, divided by the deviation of the first component.

    Signs are fixed (the largest entry of each axis is positive), so that the same data give the same axes.
    """
    n, width = scaled.shape
    if width == 0:
        return np.zeros((0, 0))
    centred = scaled - scaled.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred) if n > width else _by_rows(centred)
    return _leading(values, vectors, n, min(most, width, n - 1))


def _leading(values: NDArray[np.float64], vectors: NDArray[np.float64], n: int, most: int) -> NDArray[np.float64]:
    """(D, C) the axes of the largest eigenvalues of n rows' products, at least one."""
    order = np.argsort(values)[::-1][: max(1, most)]
    axes = vectors[:, order]
    signs = np.sign(axes[np.argmax(np.abs(axes), axis=0), np.arange(axes.shape[1])])
    first = np.sqrt(max(float(values[order[0]]), 1e-12) / max(1, n))
    return np.asarray(axes * signs / first)


def _by_rows(centred: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Eigenvalues and axes of X'X by way of the smaller XX'."""
    values, left = np.linalg.eigh(centred @ centred.T)
    kept = values > values.max() * 1e-10
    return values[kept], (centred.T @ left[:, kept]) / np.sqrt(values[kept])
