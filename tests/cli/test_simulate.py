from __future__ import annotations

import json

import pytest

from survgui.cli.main import run


def test_a_cohort_is_written_where_asked(tmp_path, capsys):
    folder = tmp_path / "sim"
    words = f"simulate {folder} --patients 12 --seed 3 --modalities clinical,rna --missing mcar --rate 0.2".split()
    assert run(words) == 0
    assert capsys.readouterr().out == f"{folder}\n"
    assert (folder / "cohort.toml").is_file()
    truth = json.loads((folder / "truth.json").read_text())
    assert set(truth["oracle_c"]) == {"clinical", "rna", "clinical+rna"}


@pytest.mark.parametrize("options", ["--rate 1", "--rate -0.1", "--level deep", "--missing always", "--modalities dna"])
def test_options_that_make_no_cohort(tmp_path, options):
    assert run(f"simulate {tmp_path / 'sim'} --patients 12 --seed 3 {options}".split()) == 2
    assert not (tmp_path / "sim").exists()


def test_without_a_choice_the_simulators_own_modalities_are_made():
    from survgui.cli import simulate
    from survgui.engine.simulation import write

    assert simulate.MODALITIES == write.DEFAULT
