from pathlib import Path

import pytest
import torch

from survgui.errors import DeviceError, OutOfMemory
from survgui.nets import device
from survgui.nets.device import CPU, halving, halving_here, pick


@pytest.mark.parametrize(("there", "expected"), [("cuda mps", "cuda"), ("mps", "mps"), ("", "cpu")])
def test_auto_takes_the_fastest_there_is(monkeypatch, there, expected):
    monkeypatch.setattr(device, "_there", lambda name: name in ("cpu", *there.split()))
    assert pick("auto").type == expected


def test_a_device_that_is_not_there_is_refused_with_advice(monkeypatch):
    monkeypatch.setattr(device, "_there", lambda name: name == "cpu")
    assert pick("cpu") == CPU
    with pytest.raises(DeviceError, match="choose auto or cpu"):
        pick("cuda")
    with pytest.raises(DeviceError, match="auto, cpu, cuda or mps"):
        pick("tpu")
    with pytest.raises(DeviceError, match="auto, cpu, cuda or mps"):
        pick("cuda-5")


def test_a_second_card_that_is_not_there(monkeypatch):
    monkeypatch.setattr(device, "_there", lambda name: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert pick("cuda:0").type == "cuda"
    with pytest.raises(DeviceError, match="its last is cuda:0"):
        pick("cuda:1")


def failing_above(limit, seen, error=torch.OutOfMemoryError):
    def work(batch, where):
        seen.append((batch, where.type))
        if batch > limit.get(where.type, 0):
            raise error("CUDA out of memory")
        return batch

    return work


def test_the_batch_is_halved_until_it_fits():
    seen = []
    assert halving(failing_above({"cpu": 5}, seen), 32, CPU) == (4, 4, CPU)
    assert [batch for batch, _ in seen] == [32, 16, 8, 4]


def test_then_the_processor_takes_over_with_the_first_batch(monkeypatch):
    monkeypatch.setattr(device, "_release", lambda _: None)
    seen = []
    assert halving(failing_above({"cpu": 64}, seen), 8, torch.device("cuda")) == (8, 8, CPU)
    assert seen == [(8, "cuda"), (4, "cuda"), (2, "cuda"), (1, "cuda"), (8, "cpu")]


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, MemoryError, RuntimeError])
def test_nothing_fits(error):
    with pytest.raises(OutOfMemory, match="one at a time"):
        halving(failing_above({}, [], error), 4, CPU)


def test_what_is_bound_to_its_device_goes_nowhere_else(monkeypatch):
    monkeypatch.setattr(device, "_release", lambda _: None)
    seen = []

    def work(batch):
        seen.append(batch)
        if batch > room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return batch

    room = 2
    assert halving_here(work, 9, torch.device("cuda")) == (2, 2) and seen == [9, 4, 2]
    room = 0
    with pytest.raises(OutOfMemory, match="memory of cuda is exhausted even with one patient"):
        halving_here(work, 2, torch.device("cuda"))
    with pytest.raises(OutOfMemory, match="exhausted"):
        halving_here(work, 2, CPU)


def test_nothing_becomes_64_bits_before_it_has_left_a_device_that_has_none():
    for file in (Path(device.__file__).parents[1] / "engine").rglob("*.py"):
        assert ".double().cpu()" not in file.read_text("utf-8"), file.name


def test_other_errors_pass():
    def work(batch, where):
        raise RuntimeError("shapes do not agree")

    with pytest.raises(RuntimeError, match="shapes"):
        halving(work, 4, CPU)


def test_one_core_inside_the_block_and_all_of_them_after_it():
    before = torch.get_num_threads()
    with device.one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
    with pytest.raises(ValueError), device.one_thread():
        raise ValueError
    assert torch.get_num_threads() == before
    with device.one_thread(False):
        assert torch.get_num_threads() == before
