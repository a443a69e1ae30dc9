"""Which device computes, and what to do when its memory is not enough."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch

from survgui.errors import DeviceError, OutOfMemory

log = logging.getLogger(__name__)

Result = TypeVar("Result")

CPU = torch.device("cpu")


def pick(device: str = "auto") -> torch.device:
    """The device of this name; `auto` is the first of cuda, mps and cpu that is there.

    Raises:
        DeviceError: The device asked for is not there, or the name is none of auto, cpu, cuda, mps.
    """
    if device == "auto":
        return next((torch.device(name) for name in ("cuda", "mps") if _there(name)), CPU)
    name = device.partition(":")[0]
    if name not in ("cpu", "cuda", "mps"):
        raise DeviceError(f"there is no device called {device}; it is auto, cpu, cuda or mps [DEV-01]")
    if not _there(name):
        raise DeviceError(f"this machine has no {name} device that torch can use; choose auto or cpu [DEV-02]")
    if name == "cuda" and (torch.device(device).index or 0) >= torch.cuda.device_count():
        raise DeviceError(f"this machine has no {device}; its last is cuda:{torch.cuda.device_count() - 1} [DEV-02]")
    return torch.device(device)


def halving(
    work: Callable[[int, torch.device], Result], batch: int, device: torch.device
) -> tuple[Result, int, torch.device]:
    """Do `work(batch, device)`; where memory runs out, with half the batch, and in the end on the CPU.

    Args:
        work: Must be repeatable: it is called anew after a failure.
        batch: To begin with.

    Returns:
        The result, and the batch and device that it was done with, for the next call.

    Raises:
        OutOfMemory: Not even one at a time on the CPU.
    """
    first = batch
    while True:
        try:
            return work(batch, device), batch, device
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
        # outside the handler, so that the failed call's tensors are no longer held by its traceback
        _release(device)
        if batch > 1:
            batch //= 2
        elif device.type != "cpu":
            batch, device = first, CPU
        else:
            raise OutOfMemory("the memory is exhausted even with one at a time; close other programs [DEV-03]")
        log.warning("out of memory: going on with %d at a time on %s", batch, device)


def halving_here(work: Callable[[int], Result], batch: int, device: torch.device) -> tuple[Result, int]:
    """Do `work(batch)` on the device that it is bound to; where memory runs out, with half the batch.

    Args:
        work: As of `halving`.

    Returns:
        The result, and the batch that it was done with, for the next call.

    Raises:
        OutOfMemory: Not even one at a time; whoever has a checkpoint goes on elsewhere.
    """

    def here(size: int, where: torch.device) -> Result:
        if where != device:
            raise OutOfMemory(f"the memory of {device} is exhausted even with one patient at a time [DEV-03]")
        return work(size)

    result, taken, _ = halving(here, batch, device)
    return result, taken


@contextmanager
def one_thread(when: bool = True) -> Iterator[None]:
    """Compute on one core inside the block: for tensors so small that cores spend longer waiting for each other."""
    before = torch.get_num_threads()
    if when:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if when:
            torch.set_num_threads(before)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether this is a device or the machine running out of memory, in any of the ways torch says so."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return "out of memory" in text or "can't allocate memory" in text or "failed to allocate memory" in text


def _there(name: str) -> bool:
    if name == "cuda":
        return torch.cuda.is_available()
    return torch.backends.mps.is_available() if name == "mps" else True


def _release(device: torch.device) -> None:
    """Give the cached blocks of the failed call back."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
