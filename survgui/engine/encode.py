"""From files to features: every slide becomes a bag of patches or a few tiles, every patient's MRI a volume.

A file that cannot be used is a note and leaves that patient without the modality; it never ends the run.
Nothing is computed twice: finished slides, and chunks of unfinished ones, are found in the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from survgui import __version__
from survgui.cases.case import Kind, Modality, Source
from survgui.cases.cohort import Bag, Block, Cohort, Item, Note, Tiles
from survgui.cases.step import Step, Task
from survgui.encoders import cache as store
from survgui.encoders import tile_choice, volumes
from survgui.encoders.cache import CHUNK, Slot
from survgui.encoders.registry import DEFAULT, TILES, PatchEncoder, patch_encoder
from survgui.encoders.tiles import Grid, read_tiles, tile_grid
from survgui.errors import OutOfMemory, ReadError, StorageError, UsageError
from survgui.nets.device import pick
from survgui.readers.apart import open_slide
from survgui.readers.slide import Slide

GPU_BATCH = 256
MOST_DAMAGED = 0.05
"""share of a slide's tiles that may be unreadable"""
_UNITS = 1000
"""of progress for each file, so that the bar moves evenly over slides of unknown size"""


@dataclass(slots=True)
class _Run:
    """What the parts of one run share: settings, what was noted, and how far it is."""

    cache: Path | None
    batch: int
    total: int
    done: int = 0
    notes: list[Note] = field(default_factory=list)

    def warn(self, code: str, text: str) -> None:
        if all(note.text != text for note in self.notes):
            self.notes.append(Note("warning", code, text))

    def fail(self, error: ReadError) -> None:
        self.warn(error.code, f"{error.path.name}: {error.reason}")

    def step(self, text: str, share: float = 0.0) -> Step:
        """The current progress, `share` (0 to 1) into the file at hand."""
        return Step("encode", self.done * _UNITS + int(share * _UNITS), self.total * _UNITS, text)


Made = TypeVar("Made", bound=Bag | Tiles)
_Work = Callable[[Slide, _Run, str], Task[Made]]
"""What makes a slide into something, from the slide, the run and the words beside its progress."""


@contextmanager
def _kept(run: _Run) -> Iterator[None]:
    """A cache that cannot be written costs time at the next run, not this run's result."""
    try:
        yield
    except StorageError as error:
        run.warn("ENC-08", f"features are not kept for the next time: {error}")


def encode(
    cohort: Cohort,
    *,
    device: str = "auto",
    batch: int = 16,
    encoder: str = DEFAULT,
    cache: Path | None = None,
) -> Task[Cohort]:
    """Encode the slides and volumes of a cohort.

    Args:
        device: auto | cpu | cuda | mps, for the patch encoder.
        batch: Tiles at once on the CPU; other devices take more, and less where their memory runs out.
        encoder: Of slides: the name of a patch encoder, or `tiles-256`, which takes some tiles as they are.
        cache: Folder of the feature cache; by default in the user's cache folder.

    Returns:
        The cohort with `items` where there were only `files`, `Block.encoder` set, and a note for every file
        that could not be used.

    Raises:
        DeviceError: The device asked for is not there.
        UsageError: There is no such encoder.
    """
    blocks = {modality: block for modality, block in cohort.blocks.items() if _to_do(block)}
    total = sum(len(block.files[patient]) for block in blocks.values() for patient in _to_do(block))
    run = _Run(cache, batch, total)
    encoded: dict[Modality, Block] = {}
    with store.in_use(cache):
        for modality, block in blocks.items():
            if block.kind is Kind.VOLUME:
                encoded[modality] = yield from _volumes(block, run)
            elif block.kind in (Kind.BAG, Kind.TILES):
                encoded[modality] = yield from _slides(block, run, encoder, device)
            else:
                run.warn("ENC-06", f"{modality.title}: files of this kind cannot be encoded; give a table instead")
    yield run.step("encoded")
    return replace(cohort, blocks={**cohort.blocks, **encoded}, notes=(*cohort.notes, *run.notes))


def _to_do(block: Block) -> list[str]:
    """Patients who have files but no item yet."""
    return [patient for patient, files in block.files.items() if files and patient not in block.items]


def _filled(block: Block, items: Mapping[str, Item], encoder: str) -> Block:
    return replace(block, items={**block.items, **items}, encoder=encoder)


# Slides


def _slides(block: Block, run: _Run, name: str, device: str) -> Task[Block]:
    """Every patient's slides, as one bag or as tiles."""
    patients = _to_do(block)
    if block.items and block.encoder not in ("", name):
        run.warn(
            "ENC-07", f"{len(patients)} slides are not encoded: the other patients have features of {block.encoder}"
        )
        run.done += sum(len(block.files[patient]) for patient in patients)
        return block
    if name == TILES:
        chosen = yield from _each(block, run, _chosen, tile_choice.shared)
        return replace(_filled(block, chosen, name), kind=Kind.TILES)
    where = pick(device)
    yield run.step(f"starting {name} on {where.type}")
    encoder = patch_encoder(name, where)
    if where.type != "cpu":
        run.batch = max(run.batch, GPU_BATCH)
    bags = yield from _each(block, run, partial(_bag, encoder=encoder), pooled)
    return replace(_filled(block, bags, encoder.name), kind=Kind.BAG)


def _each(block: Block, run: _Run, work: _Work[Made], join: Callable[[Sequence[Made]], Made]) -> Task[dict[str, Made]]:
    """What is made of each patient's slides; of a slide that cannot be used, a note."""
    made: dict[str, Made] = {}
    patients = _to_do(block)
    for count, patient in enumerate(patients, 1):
        found = []
        for source in block.files[patient]:
            one = yield from _slide_or_note(source, work, run, f"slide {count} of {len(patients)}")
            if one is not None:
                found.append(one)
            run.done += 1
        if found:
            made[patient] = join(found)
    return made


def _slide_or_note(source: Source, work: _Work[Made], run: _Run, text: str) -> Task[Made | None]:
    """What is made of a slide, or None and a note."""
    try:
        yield run.step(text)
        with open_slide(source.path, source.mpp) as slide:
            for note in slide.notes:
                run.warn("SLD-25", f"{source.path.name}: {note}")
            made = yield from work(slide, run, text)
        # the name is not of the cache: the same slide may have another one today
        return replace(made, slides=(source.path.name,) * len(made))
    except ReadError as error:
        run.fail(error)
    except (UsageError, OutOfMemory) as error:
        run.warn("ENC-05", f"{source.path.name}: {error}")
    return None


def _identity(slide: Slide) -> tuple[str, str]:
    """The content of a slide: of its file, and of slides made of several files."""
    return store.content_of([slide.path]), slide.properties.get("openslide.quickhash-1", "")


def _bag(slide: Slide, run: _Run, text: str, encoder: PatchEncoder) -> Task[Bag]:
    """A slide's bag, from the cache as far as it is there."""
    mpp, (digest, quick) = slide.require_mpp(), _identity(slide)
    precision = encoder.backend.split()[-1]
    slot = Slot(store.key(store.RECIPE, digest, quick, encoder.name, encoder.digest, precision, mpp), run.cache)
    bag = slot.bag()
    if bag is None:
        bag = yield from _encoded(slide, encoder, slot, run, text)
        facts = {"encoder": encoder.name, "encoder_sha256": encoder.digest, "backend": encoder.backend}
        numbers = {"mpp": mpp, "patch_mpp": encoder.mpp, "patch_size": encoder.pixels}
        with _kept(run):
            slot.keep_bag(bag, {**facts, **numbers, "slide_sha256": digest, "survgui": __version__})
    return bag


def _chosen(slide: Slide, run: _Run, text: str) -> Task[Tiles]:
    """Some tiles of a slide, from the cache if they are there."""
    mpp, identity = slide.require_mpp(), _identity(slide)
    slot = Slot(store.key(store.RECIPE, *identity, TILES, mpp), run.cache)
    tiles = slot.tiles()
    if tiles is None:
        tiles = yield from _looked_at(slide, run, text)
        with _kept(run):
            slot.keep_tiles(tiles)
    return tiles


def _looked_at(slide: Slide, run: _Run, text: str) -> Task[Tiles]:
    """Some tiles of a slide: candidates are read, and those with most nuclei kept."""
    grid, stretch = tile_choice.candidates(_grid(slide, run, tile_choice.PIXELS, tile_choice.MPP))
    pixels, read = [], []
    for tiles, which in read_tiles(slide, grid, range(len(grid)), run.batch):
        pixels.append(tiles)
        read.append(which)
        yield run.step(f"{text}: choosing tiles", sum(map(len, read)) / len(grid))
    found, rows = np.concatenate(pixels), np.concatenate(read)
    if not len(rows):
        raise ReadError(slide.path, "none of its tissue can be read; copy the slide again", "SLD-23")
    scores = np.concatenate([tile_choice.nuclei(part) for part in pixels])
    taken = tile_choice.choose(scores, stretch[rows])
    return Tiles(found[taken], grid.coords[rows[taken]], grid.side)


def _grid(slide: Slide, run: _Run, pixels: int, mpp: float) -> Grid:
    """The tiles of a slide; one that is smaller than a tile is noted."""
    grid = tile_grid(slide, pixels, mpp)
    if grid.side > min(slide.width, slide.height):
        run.warn("SLD-26", f"{slide.path.name}: it is smaller than a tile; it was encoded with white around it")
    return grid


def _encoded(slide: Slide, encoder: PatchEncoder, slot: Slot, run: _Run, text: str) -> Task[Bag]:
    """A slide's bag, computed; whole chunks of an earlier run are taken over."""
    grid = _grid(slide, run, encoder.pixels, encoder.mpp)
    chunks = []
    for number, start in enumerate(range(0, len(grid), CHUNK)):
        rows = range(start, min(start + CHUNK, len(grid)))
        chunk = slot.chunk(number)
        if chunk is None or not np.isin(chunk[1], rows).all():
            chunk = yield from _chunk(slide, grid, rows, encoder, run, text)
            with _kept(run):
                slot.keep_chunk(number, chunk)
        chunks.append(chunk)
    features = np.concatenate([chunk[0] for chunk in chunks])
    rows_read = np.concatenate([chunk[1] for chunk in chunks])
    lost = 1 - len(rows_read) / len(grid)
    if lost > MOST_DAMAGED:
        raise ReadError(slide.path, f"{lost:.0%} of its tissue is damaged; copy the slide again", "SLD-23")
    if lost > 0:
        run.warn("SLD-24", f"{slide.path.name}: {len(grid) - len(rows_read)} damaged tiles were left out")
    return Bag(_rounded(features), grid.coords[rows_read], grid.side)


def _chunk(
    slide: Slide, grid: Grid, rows: range, encoder: PatchEncoder, run: _Run, text: str
) -> Task[tuple[NDArray[np.float32], NDArray[np.int64]]]:
    """Features of some of the grid's tiles, and the rows of those that could be read."""
    features, good = [np.zeros((0, encoder.dim), np.float32)], [np.zeros(0, np.int64)]
    done = rows.start
    for tiles, which in read_tiles(slide, grid, rows, run.batch):
        if len(tiles):
            features.append(encoder.encode(tiles))
            good.append(which)
        done = min(done + run.batch, rows.stop)
        yield run.step(f"{text}: {done:,} of {len(grid):,} patches", done / len(grid))
    return np.concatenate(features), np.concatenate(good)


def _rounded(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """As the cache will give them back, so that the first run and the next predict the same."""
    return features.astype(np.float16).astype(np.float32)


def pooled(bags: Sequence[Bag]) -> Bag:
    """The bags of a patient's slides as one; its patch side is 0 where the slides differ in it."""
    sides = {round(bag.patch, 3) for bag in bags}
    return Bag(
        np.concatenate([bag.values for bag in bags]),
        np.concatenate([bag.coords for bag in bags if bag.coords is not None]),
        bags[0].patch if len(sides) == 1 else 0.0,
        tuple(name for bag in bags for name in bag.slides),
    )


# MRI


def _volumes(block: Block, run: _Run) -> Task[Block]:
    """Every patient's sequences, on one grid."""
    items: dict[str, Item] = {}
    patients = _to_do(block)
    for count, patient in enumerate(patients, 1):
        yield run.step(f"MRI {count} of {len(patients)}")
        try:
            items[patient] = yield from _volume(block.files[patient], run, f"MRI {count} of {len(patients)}")
        except ReadError as error:
            run.fail(error)
        run.done += len(block.files[patient])
    return replace(_filled(block, items, volumes.NAME), names=volumes.SEQUENCES)


def _volume(sources: tuple[Source, ...], run: _Run, text: str) -> Task[NDArray[np.float32]]:
    """A patient's volume, from the cache if it is there."""
    slot = store.volume_slot(sources, run.cache)
    prepared = slot.volume()
    if prepared is None:
        prepared = yield from volumes.preparing(sources, lambda doing: run.step(f"{text}: {doing}"))
        with _kept(run):
            slot.keep_volume(prepared)
    for note in prepared.notes:
        run.warn("MRI-21", f"MRI of {sources[0].path.name}: {note}")
    return _rounded(prepared.values)
