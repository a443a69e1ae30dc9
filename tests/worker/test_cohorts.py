import pytest

from survgui.cases.case import Modality
from survgui.cases.step import run_to_end
from survgui.engine.simulation import simulate
from survgui.errors import CohortError
from survgui.worker import cohorts


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("cohorts") / "simulated"
    made = (Modality.CLINICAL, Modality.RNA)
    return run_to_end(simulate(place, patients=80, seed=3, modalities=made, missing="mar", rate=0.4))


@pytest.mark.parametrize("named", ["folder", "file"])
def test_a_cohort_by_its_folder_or_its_file(folder, named):
    found = run_to_end(cohorts.open(folder if named == "folder" else folder / "cohort.toml"))
    assert found.file == folder / "cohort.toml" and len(found.ids) == 80
    assert sum(count for _, count in found.patterns) == 80 and len(found.patterns) > 1
    assert found.curve.patients == 80 and found.trainable


def test_what_missingness_tells(folder):
    found = run_to_end(cohorts.mask_risk(folder))
    assert 0 < found < 1


def test_a_cohort_that_is_not_there(tmp_path):
    for task in (cohorts.open(tmp_path), cohorts.mask_risk(tmp_path)):
        with pytest.raises(CohortError):
            run_to_end(task)


def test_the_demo_cohort_is_made_once(home):
    first = run_to_end(cohorts.demo())
    written = first.file.stat().st_mtime_ns
    again = run_to_end(cohorts.demo())
    assert again.file.stat().st_mtime_ns == written and len(again.ids) == cohorts.DEMO_PATIENTS
    assert first.trainable and len(first.patterns) > 3
