from __future__ import annotations

import pytest

from survgui.importing.cbioportal import described, sequenced

LIST = "cancer_study_identifier: s\nstable_id: s_sequenced\ncase_list_ids: A-1\tA-2  A-3\n"


@pytest.mark.parametrize(
    ("text", "samples"),
    [
        (LIST, ("A-1", "A-2", "A-3")),
        (LIST.replace("_sequenced", "_cna"), ()),
        (
            LIST.replace("_sequenced", "_x") + "case_list_category: all_cases_with_mutation_data\n",
            ("A-1", "A-2", "A-3"),
        ),
        ("type_of_cancer: x\nname: a study\n", ()),
    ],
)
def test_of_the_lists_the_one_of_those_who_were_sequenced(tmp_path, text, samples):
    path = tmp_path / "cases.txt"
    path.write_text(text)
    assert sequenced(described(path)) == samples


@pytest.mark.parametrize("content", [b"id\tage\nP1\t3\n", b"\xff\xfe\0\1", b""])
def test_other_text_is_no_description(tmp_path, content):
    path = tmp_path / "table.txt"
    path.write_bytes(content)
    assert described(path) is None and described(tmp_path / "gone.txt") is None
