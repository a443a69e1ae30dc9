"""Files that were moved: found by content under another name, by name alone, and never by guessing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from survgui.engine.upkeep import freshness, relink
from survgui.errors import UsageError
from survgui.readers.cohort import load_case
from tests.engine.upkeep.conftest import add, predict, run


def names(found):
    return {one.old.name: one.new.name if one.new else None for one in found}


def test_a_moved_folder_is_relinked_at_once(workspace, key, data, tmp_path):
    predict(workspace, key)
    before = load_case([workspace.case_file(key)])
    data.rename(tmp_path / "elsewhere")
    assert len(relink.missing(workspace, [key])) == 4
    found = run(relink.find(workspace, [key], tmp_path / "elsewhere"))
    assert all(one.certain and one.new.is_file() for one in found)
    assert relink.apply(workspace, found) == 4
    record = workspace.record(key)
    assert record.missing == "" and record.stale == ""  # the content is the same
    after = load_case([workspace.case_file(key)])
    assert {m: b.files for m, b in after.blocks.items()}.keys() == {m: b.files for m, b in before.blocks.items()}.keys()
    assert relink.missing(workspace, [key]) == ()
    workspace.undo(key)
    assert len(relink.missing(workspace, [key])) == 4


def test_content_wins_over_the_name(workspace, key, data, tmp_path):
    predict(workspace, key)
    there = tmp_path / "there" / "deep"
    there.mkdir(parents=True)
    (data / "rna.csv").rename(there / "renamed.csv")
    (there / "rna.csv").write_text("case_id,TP53,EGFR\nC-1,9.9,9.9\n")  # of the same name, another content
    (one,) = run(relink.find(workspace, [key], tmp_path / "there"))
    assert one.new == there / "renamed.csv" and one.certain


def test_a_name_alone_is_offered_as_such_and_makes_the_result_stale(workspace, key, data, tmp_path):
    predict(workspace, key)
    (data / "rna.csv").unlink()
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "rna.csv").write_text("case_id,TP53,EGFR\nC-1,9.9,9.9\n")
    (one,) = run(relink.find(workspace, [key], tmp_path / "there"))
    assert one.new == tmp_path / "there" / "rna.csv" and not one.certain
    relink.apply(workspace, [one])
    assert workspace.record(key).stale


def test_two_of_a_name_are_none(workspace, key, data, tmp_path):
    (data / "rna.csv").unlink()
    for place in ("one", "two"):
        (tmp_path / "there" / place).mkdir(parents=True)
        (tmp_path / "there" / place / "rna.csv").write_text(place)
    (one,) = run(relink.find(workspace, [key], tmp_path / "there"))
    assert one.new is None and relink.apply(workspace, [one]) == 0
    chosen = replace(one, new=tmp_path / "there" / "two" / "rna.csv")  # as the user does in the window
    assert relink.apply(workspace, [chosen]) == 1 and freshness.look(workspace, key).missing == ""


def test_several_cases_at_once(workspace, data, tmp_path):
    keys = [add(workspace, data, f"C-{number}") for number in range(3)]
    data.rename(tmp_path / "elsewhere")
    found = run(relink.find(workspace, keys, tmp_path))
    assert len(found) == 12 and names(found)["t1.nii.gz"] == "t1.nii.gz"
    assert relink.apply(workspace, found) == 12
    assert all(workspace.record(key).missing == "" for key in keys)


def test_what_is_nowhere_is_said(workspace, key, data, tmp_path):
    (data / "rna.csv").unlink()
    (tmp_path / "empty").mkdir()
    assert names(run(relink.find(workspace, [key], tmp_path / "empty"))) == {"rna.csv": None}
    with pytest.raises(UsageError, match="no folder"):
        run(relink.find(workspace, [key], tmp_path / "nowhere"))


def test_the_audit_log_says_how_files_were_found(workspace, key, data, tmp_path):
    predict(workspace, key)
    moved = data.rename(tmp_path / "elsewhere")
    (moved / "rna.csv").write_text("case_id,TP53,EGFR\nC-1,7,7\n")
    relink.apply(workspace, run(relink.find(workspace, [key], moved)))
    last = workspace.audit.entries(key)[-1]
    assert (last.what, last.about) == ("edit", "where its files are - found by name alone")
    workspace.undo(key)
    assert workspace.audit.entries(key)[-1].about == "undo where its files are - found by name alone"


def test_the_file_of_another_case_is_not_found_by_its_name(workspace, tmp_path):
    """P-1's folder is gone and P-2's is there: a volume that is called alike is not P-1's."""
    keys = []
    for number, patient in enumerate(("P-1", "P-2")):
        (tmp_path / patient).mkdir()
        (tmp_path / patient / "t1.nii.gz").write_bytes(bytes([number]) * 99)
        text = f'id = "{patient}"\n[modality.mri.files]\nt1 = ["{tmp_path / patient}/t1.nii.gz"]\n'
        keys.append(workspace.add(patient, "", text, {}).key)
    (tmp_path / "P-1" / "t1.nii.gz").unlink()
    (one,) = run(relink.find(workspace, keys, tmp_path))
    assert one.key == keys[0] and one.new is None
    (tmp_path / "P-2").rename(tmp_path / "moved")  # now it is either's
    found = run(relink.find(workspace, keys, tmp_path))
    assert [one.new for one in found] == [None, None]
    (tmp_path / "moved" / "t1.nii.gz").rename(tmp_path / "P-1" / "t1.nii.gz")
    (one,) = run(relink.find(workspace, keys, tmp_path))
    assert one.key == keys[1] and one.new is None


def test_a_table_that_cases_share_is_found_for_all_of_them(workspace, tmp_path):
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "rna.csv").write_text("case,TP53\nP-1,1\nP-2,2\n")
    text = f'[modality.rna]\ntable = "{tmp_path}/old/rna.csv"\n'
    keys = [workspace.add(patient, "", f'id = "{patient}"\n{text}', {}).key for patient in ("P-1", "P-2")]
    (tmp_path / "old").rename(tmp_path / "new")
    found = run(relink.find(workspace, keys, tmp_path))
    assert [one.new for one in found] == [tmp_path / "new" / "rna.csv"] * 2
