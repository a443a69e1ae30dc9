from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from survgui.cases.case import Modality
from survgui.ui import tasks
from survgui.ui.tasks import BATCH, COMPUTE, FILES, Request
from survgui.worker.registry import TASKS, resolve

FOLDER = Path("folder")
REQUESTS = {
    request.name: request
    for request in (
        tasks.recognise([FOLDER]),
        tasks.adopt([], "patient", 0.25),
        tasks.open_case("key"),
        tasks.demo_case(),
        tasks.set_pixel_size("key", FOLDER, 0.25),
        tasks.delete_cases({"key"}),
        tasks.step_back("key", True),
        tasks.look_after(),
        tasks.missing_files({"key"}),
        tasks.find_files({"key"}, FOLDER),
        tasks.relink([]),
        tasks.export_case("key", FOLDER, False),
        tasks.take_in(FOLDER),
        tasks.keep_report("key", "prediction", "report"),
        tasks.disk_use(),
        tasks.clear("features"),
        tasks.trim(),
        tasks.predict("key", FOLDER, frozenset({Modality.RNA}), draws=5, seed=1, device="cpu"),
        tasks.compare("key", FOLDER, Modality.RNA),
        tasks.try_generators("key", FOLDER, Modality.RNA),
        tasks.report("key", FOLDER, None),
        tasks.warm(FOLDER),
        tasks.omics("key", None),
        tasks.volume("key", "t1c", None),
        tasks.open_cohort(FOLDER),
        tasks.demo_cohort(),
        tasks.mask_risk(FOLDER),
        tasks.propose([FOLDER]),
        tasks.revise(None, None),
        tasks.recount(None),
        tasks.outcome(None),
        tasks.look(FOLDER, None, None),
        tasks.review(None),
        tasks.proposed_mask_risk(None),
        tasks.write_cohort(None, FOLDER),
        tasks.discard_import(FOLDER),
        tasks.open_evaluation(FOLDER, None),
        tasks.train(FOLDER, FOLDER, "name", without=["patient"], overrides={"epochs": 3}),
        tasks.run_batch("key", "Predict 2 cases", None, []),
        tasks.list_batches(),
        tasks.put_away_batch("key"),
        tasks.forget_rows({"key"}),
        tasks.audit_trail("key"),
        tasks.note_saved("key", [FOLDER], "final"),
        tasks.reveal("key", FOLDER, "label"),
        tasks.list_bundles(),
        tasks.verify_bundle(FOLDER),
        tasks.install_bundle(FOLDER),
        tasks.remove_bundle(FOLDER),
    )
}


def test_every_task_of_the_workers_can_be_asked_for_and_no_other():
    assert set(REQUESTS) == set(TASKS)
    makers = [f for _, f in inspect.getmembers(tasks, inspect.isfunction) if f.__module__ == tasks.__name__]
    assert len(makers) == len(REQUESTS)


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_the_worker_takes_the_arguments_that_are_sent(request_: Request):
    parameters = inspect.signature(resolve(request_.name)).parameters
    assert set(parameters) == set(request_.arguments)


def test_what_loads_a_model_or_simulates_is_in_the_lane_that_computes():
    compute = {name for name, request in REQUESTS.items() if request.lane == COMPUTE}
    predictions = {"predictions.predict", "predictions.compare", "predictions.generators", "predictions.warm"}
    assert compute == predictions | {
        "training.train",
        "cohorts.mask_risk",
        "cohorts.demo",
        "imports.mask_risk",
    }
    assert {request.lane for request in REQUESTS.values()} == {COMPUTE, FILES, BATCH}


def test_titles_name_no_patient():
    titles = [tasks.adopt([], "TCGA-02-0001", None).title, tasks.open_case("TCGA-02-0001").title]
    titles += [tasks.train(FOLDER, FOLDER, "name", without=["TCGA-02-0001"]).title]
    assert not any("TCGA" in title for title in titles)
    assert all(request.title[0].isupper() for request in REQUESTS.values())
    assert tasks.compare("key", FOLDER, Modality.RNA).title == f"Impute {Modality.RNA.title} and compare"
