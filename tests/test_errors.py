from __future__ import annotations

import copy
import re

import pytest

from survgui import errors
from survgui.errors import PixelSizeMissing, ReadError, SurvguiError


def test_the_tree_in_the_docstring_is_the_tree():
    drawn = re.findall(r"^ *([│├└─ ]*)(\w+)(?:  |$)", errors.__doc__.split("\n\n")[1], flags=re.MULTILINE)
    depths = [(len(lead) // 4, name) for lead, name in drawn]
    assert {name for _, name in depths} == set(errors.__all__) - {"Trouble"}  # which is what is told of an error
    parents: list[str] = []
    for depth, name in depths:
        del parents[depth:]
        base = getattr(errors, name).__bases__[0].__name__
        assert base == (parents[-1] if parents else "Exception")
        parents.append(name)


def test_a_read_error_names_the_file_not_its_folder():
    error = ReadError("/patients/Jane Doe/slide.svs", "the file is empty; copy it again", "SLD-02")
    assert str(error) == "slide.svs: the file is empty; copy it again [SLD-02]"
    assert error.path.name == "slide.svs" and error.code == "SLD-02"


def test_a_missing_pixel_size_says_how_to_give_it():
    error = PixelSizeMissing("a.tif")
    assert "--mpp" in str(error) and error.code == "SLD-05"


def test_every_message_is_one_line():
    assert "\n" not in str(PixelSizeMissing("a.tif"))
    assert issubclass(ReadError, SurvguiError)


@pytest.mark.parametrize("error", [ReadError("/a/b.svs", "it is empty", "SLD-02"), PixelSizeMissing("/a/b.tif")])
def test_a_copy_of_a_read_error_says_the_same(error):
    again = copy.copy(error)
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))
