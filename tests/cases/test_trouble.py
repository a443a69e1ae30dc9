from __future__ import annotations

from pathlib import Path

import pytest

from survgui.cases.trouble import trouble_of
from survgui.errors import DeviceError, ReadError

SECRET = "TCGA-02-0001 of /patients/Jane Doe"


def raised(error: Exception, cause: Exception | None = None) -> Exception:
    """The error with the traceback that raising gives it."""
    try:
        raise error from cause
    except Exception as caught:
        return caught


def test_what_survgui_says_is_passed_on_with_its_code():
    trouble = trouble_of(ReadError("/a/b.svs", "the file is empty; copy it again", "SLD-02"))
    assert (trouble.kind, trouble.code) == ("ReadError", "SLD-02")
    assert trouble.text == "b.svs: the file is empty; copy it again [SLD-02]"


def test_a_code_within_the_text_is_found():
    assert trouble_of(DeviceError("there is no device called x; it is auto [DEV-01]")).code == "DEV-01"
    assert trouble_of(DeviceError("nothing in brackets [at all]")).code == ""


def test_an_unforeseen_fault_tells_nothing_of_the_patient():
    trouble = trouble_of(raised(ValueError(SECRET), raised(KeyError(SECRET))))
    for word in SECRET.split():
        if word != "of":
            assert word not in trouble.text + trouble.details
    assert "/" not in trouble.details
    assert trouble.kind == "ValueError" and "ValueError" in trouble.text


def test_details_name_modules_lines_and_causes():
    error = raised(ValueError("x"), raised(KeyError("y")))
    lines = trouble_of(error).details.splitlines()
    here = raised.__code__.co_firstlineno + 3
    assert lines[0].startswith("survgui ")
    assert lines[1:] == [
        "ValueError", f"  {__name__}:{here} in raised",
        "KeyError", f"  {__name__}:{here} in raised",
    ]  # fmt: skip


class OutOfMemoryError(RuntimeError):
    """As torch names its own."""


@pytest.mark.parametrize(
    "error",
    [MemoryError(), OutOfMemoryError("CUDA"), RuntimeError("MPS backend out of memory"),
     RuntimeError("DefaultCPUAllocator: can't allocate memory")],
)  # fmt: skip
def test_exhausted_memory_is_one_kind_of_trouble(error):
    trouble = trouble_of(error)
    assert (trouble.kind, trouble.code) == ("OutOfMemory", "DEV-03")
    assert "Close other programs" in trouble.text


def test_a_value_error_about_memory_is_a_fault():
    assert trouble_of(ValueError("out of memory")).kind == "ValueError"


def test_what_the_system_refuses_is_said_without_the_path():
    try:
        Path("/no/such/folder/patient.csv").read_bytes()
    except OSError as error:
        trouble = trouble_of(error)
    assert trouble.code == "STO-02" and trouble.text.startswith("patient.csv: the system refused it (No such file")
    assert "/no/such" not in trouble.text + trouble.details
    assert trouble_of(OSError("odd")).code == ""
