"""What the session asks of the lanes and what it does with the answers; the lanes are pretended."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal

from survgui.cases.batch import Action
from survgui.cases.bundle import read_manifest
from survgui.cases.case import Modality
from survgui.cases.display import BundleFacts, CaseFacts
from survgui.errors import Trouble
from survgui.settings import Settings
from survgui.ui.housekeeping import ListRead
from survgui.ui.jobs import State as JobState
from survgui.ui.session import NOTHING_TO_REPORT, Session
from survgui.workspace import CaseRecord
from tests.ui import samples


class FakeJob(QObject):
    eta_seconds = None

    stepped, partial, succeeded, failed, ended = (
        Signal(object),
        Signal(object),
        Signal(object),
        Signal(object),
        Signal(),
    )

    def __init__(self, request):
        super().__init__()
        self.request, self.state = request, JobState.RUNNING

    def cancel(self):
        self.state = JobState.CANCELLED
        self.ended.emit()

    def give(self, value):
        self.state = JobState.DONE
        self.succeeded.emit(value)
        self.ended.emit()

    def fail(self, text="It broke."):
        self.state = JobState.FAILED
        self.failed.emit(Trouble("ReadError", text))
        self.ended.emit()


class FakeLanes(QObject):
    def __init__(self):
        super().__init__()
        self.jobs, self.warmed = [], False

    def warm(self):
        self.warmed = True

    def submit(self, request, *, done=None, failed=None, stepped=None, partial=None, ended=None):
        job = FakeJob(request)
        pairs = (job.succeeded, done), (job.failed, failed), (job.stepped, stepped), (job.partial, partial)
        for signal, slot in (*pairs, (job.ended, ended)):
            if slot is not None:
                signal.connect(slot)
        self.jobs.append(job)
        return job

    def last(self, name):
        return next(job for job in reversed(self.jobs) if job.request.name == name)

    def names(self):
        return [job.request.name for job in self.jobs]


class Heard:
    """Collects what a signal says."""

    def __init__(self, signal):
        self.said = []
        signal.connect(self.take)

    def take(self, *values):
        self.said.append(values[0] if len(values) == 1 else values)


@pytest.fixture
def session(qtbot):
    return Session(FakeLanes(), Settings(draws=7, seed=3))


def manifest(name):
    return replace(read_manifest(Path(__file__).resolve().parents[2] / "models" / "demo-simulated"), name=name)


def case(key="k1"):
    return CaseFacts(key, Path("case.toml"), "C-1", "", {Modality.RNA: "10 features"})


def record(key, demo=False):
    texts = {"id": "C-1", "subject": "", "bundle": "", "risk_group": "", "created": "", "updated": ""}
    return CaseRecord(key=key, modalities={}, percentile=None, demo=demo, **texts)


def bundle(name="demo", folder="b"):
    return BundleFacts(Path(folder), manifest(name))


def opened(session, key="k1"):
    session.open_case(key)
    session.lanes.last("cases.open").give(case(key))


def with_bundle(session):
    session.refresh_bundles()
    session.lanes.last("bundles.listing").give((bundle("one", "one"), bundle("two", "two")))


def test_starting_warms_the_lanes_and_reads_what_there_is(session, qtbot):
    with qtbot.waitSignal(session.records, timeout=5000) as records:
        session.start()
    assert records.args == [()]
    assert session.lanes.warmed and "bundles.listing" in session.lanes.names()


def test_the_first_usable_bundle_is_taken_or_the_one_that_the_user_prefers(qtbot):
    session = Session(FakeLanes(), Settings(default_bundle="two"))
    with_bundle(session)
    assert session.bundle_now.name == "two"
    assert session.lanes.last("predictions.warm").request.arguments["bundle"] == Path("two")


def test_a_bundle_that_cannot_be_read_is_never_taken(session):
    session.refresh_bundles()
    broken = BundleFacts(Path("broken"), None, error="no manifest")
    session.lanes.last("bundles.listing").give((broken, bundle("two", "two")))
    assert session.bundle_now.name == "two"


def test_predict_needs_a_case_and_a_model(session):
    assert session.can_predict == "Open a case first."
    session.predict()
    assert session.lanes.names() == []
    opened(session)
    assert session.can_predict == "No model is installed."
    with_bundle(session)
    assert session.can_predict == ""


def test_predicting_passes_the_settings_and_shows_the_first_estimate_and_then_the_draws(session):
    with_bundle(session)
    opened(session)
    heard = Heard(session.predicted)
    session.predict()
    job = session.lanes.last("predictions.predict")
    assert (job.request.arguments["draws"], job.request.arguments["seed"]) == (7, 3)
    early, final = samples.predicted(), samples.predicted()
    job.partial.emit(early)
    job.give(final)
    assert heard.said == [early, final] and session.predicted_now is final


def test_a_result_of_a_case_that_is_no_longer_open_is_dropped(session):
    with_bundle(session)
    opened(session, "k1")
    session.predict()
    late = session.lanes.last("predictions.predict")
    opened(session, "k2")
    assert late.state is JobState.CANCELLED  # it would keep the new case waiting
    late.give(samples.predicted())
    assert session.predicted_now is None and session.case_now.key == "k2"


def test_opening_two_cases_shows_the_second_whichever_comes_last(session):
    session.open_case("k1")
    first = session.lanes.last("cases.open")
    session.open_case("k2")
    second = session.lanes.last("cases.open")
    second.give(case("k2"))
    first.give(case("k1"))
    assert session.case_now.key == "k2"


def test_predicting_again_stops_the_older_prediction(session):
    with_bundle(session)
    opened(session)
    session.predict()
    older = session.lanes.last("predictions.predict")
    session.hide(Modality.RNA, True)
    assert older.state is JobState.CANCELLED
    assert session.lanes.last("predictions.predict").request.arguments["hide"] == {Modality.RNA}
    session.hide(Modality.RNA, False)
    assert session.lanes.last("predictions.predict").request.arguments["hide"] == frozenset()


def test_another_bundle_makes_the_estimate_stale(session):
    with_bundle(session)
    opened(session)
    session.predict()
    session.lanes.last("predictions.predict").give(samples.predicted())
    session.use_bundle("two")
    assert session.predicted_now is None and session.bundle_now.name == "two"


def test_listing_the_same_bundles_again_keeps_the_estimate_and_what_is_being_done(session):
    with_bundle(session)
    opened(session)
    session.predict()
    session.lanes.last("predictions.predict").give(samples.predicted())
    session.predict()
    heard = Heard(session.bundle)
    shown = session.predicted_now
    with_bundle(session)
    assert session.predicted_now is shown and session.lanes.last("predictions.predict").state is JobState.RUNNING
    assert heard.said == [] and session.bundle_now is session.bundles_now[0]


def test_a_bundle_that_was_made_anew_empties_the_estimate(session):
    with_bundle(session)
    opened(session)
    session.predict()
    session.lanes.last("predictions.predict").give(samples.predicted())
    newer = bundle("one", "one")
    session.refresh_bundles()
    newer = replace(newer, manifest=replace(newer.manifest, files={"weights.safetensors": "0" * 64}))
    session.lanes.last("bundles.listing").give((newer,))
    assert session.predicted_now is None and session.bundle_now is newer


@pytest.mark.parametrize("by", ["bundle", "case"])
def test_whoever_waits_for_a_report_that_no_longer_comes_is_told(session, by):
    with_bundle(session)
    opened(session)
    session.predict()
    session.lanes.last("predictions.predict").give(samples.predicted())
    session.prepare_report()
    heard = Heard(session.cancelled)
    if by == "bundle":
        session.use_bundle("two")
    else:
        opened(session, "k2")
    assert heard.said == ["report"]
    session.close_case()
    assert heard.said == ["report"], "nothing is waited for any more"


@pytest.mark.parametrize("preliminary", [True, False])
def test_a_report_of_no_estimate_or_of_a_first_one_is_refused(session, preliminary):
    with_bundle(session)
    opened(session)
    if preliminary:
        session.predict()
        session.lanes.last("predictions.predict").partial.emit(samples.predicted(preliminary=True))
    heard = Heard(session.trouble)
    session.prepare_report()
    ((where, trouble),) = heard.said
    assert where == "report" and trouble.text == NOTHING_TO_REPORT
    assert "predictions.report" not in session.lanes.names()


def test_another_bundle_keeps_hidden_only_what_it_takes(session):
    made = bundle("two")
    less = replace(made.manifest, inputs={m: i for m, i in made.manifest.inputs.items() if m is not Modality.RNA})
    session.refresh_bundles()
    session.lanes.last("bundles.listing").give((bundle("one"), replace(made, manifest=less)))
    opened(session)
    session.hide(Modality.RNA, True)
    session.hide(Modality.MRI, True)
    session.use_bundle("two")
    session.predict()
    assert session.lanes.last("predictions.predict").request.arguments["hide"] == {Modality.MRI}


@pytest.mark.parametrize("over", ["cancel", "fail"])
def test_a_first_estimate_that_is_not_completed_gives_way_to_the_last_whole_one(session, over):
    with_bundle(session)
    opened(session)
    session.predict()
    whole = samples.predicted()
    session.lanes.last("predictions.predict").give(whole)
    heard = Heard(session.hiding)
    session.hide(Modality.RNA, True)
    job = session.lanes.last("predictions.predict")
    job.partial.emit(samples.predicted(preliminary=True))
    assert session.predicted_now.preliminary and session.hidden == {Modality.RNA}
    getattr(job, over)()
    assert session.predicted_now is whole and session.hidden == frozenset()
    assert heard.said[0] == {Modality.RNA} and heard.said[-1] == frozenset()


def test_without_a_whole_estimate_nothing_is_shown_of_a_prediction_that_was_stopped(session):
    with_bundle(session)
    opened(session)
    session.predict()
    session.lanes.last("predictions.predict").partial.emit(samples.predicted(preliminary=True))
    session.stop_predicting()
    assert session.predicted_now is None


def test_what_was_hidden_for_the_estimate_stays_hidden_when_more_is_not(session):
    with_bundle(session)
    opened(session)
    session.hide(Modality.RNA, True)
    session.lanes.last("predictions.predict").give(samples.predicted())
    session.hide(Modality.MRI, True)
    session.stop_predicting()
    assert session.hidden == {Modality.RNA}


def test_a_failure_is_told_with_its_place_and_what_was_shown_stays(session):
    with_bundle(session)
    opened(session)
    session.predict()
    session.lanes.last("predictions.predict").give(samples.predicted())
    shown = session.predicted_now
    heard = Heard(session.trouble)
    session.predict()
    session.lanes.last("predictions.predict").fail("The memory is exhausted.")
    assert heard.said == [("predict", Trouble("ReadError", "The memory is exhausted."))]
    assert session.predicted_now is shown


def test_the_demo_is_opened_and_predicted(session):
    with_bundle(session)
    session.demo()
    session.lanes.last("cases.demo").give(record("d", demo=True))
    session.lanes.last("cases.open").give(case("d"))
    assert session.lanes.names()[-1] == "predictions.predict"


def test_another_case_is_not_predicted_because_the_demo_was_asked_for(session):
    with_bundle(session)
    session.demo()
    session.open_case("mine")
    session.lanes.last("cases.open").give(case("mine"))
    assert "predictions.predict" not in session.lanes.names()
    session.lanes.last("cases.demo").give(record("d", demo=True))
    session.open_case("mine")  # before the demo was opened
    session.lanes.last("cases.open").give(case("mine"))
    assert "predictions.predict" not in session.lanes.names()
    opened(session, "d")
    assert "predictions.predict" not in session.lanes.names(), "it is opened from the list, later"


def test_the_demo_is_predicted_though_another_job_has_failed_meanwhile(session):
    with_bundle(session)
    session.demo()
    session.verify_bundle(Path("one"))
    session.lanes.last("bundles.verify").fail()
    session.lanes.last("cases.demo").give(record("d", demo=True))
    session.verify_bundle(Path("one"))
    session.lanes.last("bundles.verify").fail()
    session.lanes.last("cases.open").give(case("d"))
    assert session.lanes.names()[-1] == "predictions.predict"


def test_a_demo_that_could_not_be_opened_is_not_predicted_later(session):
    with_bundle(session)
    session.demo()
    session.lanes.last("cases.demo").give(record("d", demo=True))
    session.lanes.last("cases.open").fail()
    opened(session, "d")
    assert "predictions.predict" not in session.lanes.names()


def test_working_ends_however_the_job_ends(session):
    with_bundle(session)
    opened(session)
    heard = Heard(session.working)
    session.predict()
    session.lanes.last("predictions.predict").fail()
    session.predict()
    session.lanes.last("predictions.predict").cancel()
    assert heard.said[0] == "Predicting" and heard.said[-1] == ""


def test_files_are_recognised_confirmed_and_opened(session):
    heard = Heard(session.recognised)
    session.recognise([Path("a.svs")])
    session.lanes.last("dropped.recognise").give("found")
    assert heard.said == ["found"]
    session.adopt((), "C-1", 0.5)
    assert session.lanes.last("cases.adopt").request.arguments["mpp"] == 0.5
    session.lanes.last("cases.adopt").give(record("new"))
    assert session.lanes.last("cases.open").request.arguments == {"key": "new"}


def test_deleting_the_open_case_closes_it_first(session):
    opened(session, "k1")
    session.delete_cases(["k1", "k2"])
    assert session.case_now is None
    assert session.lanes.last("cases.delete").request.arguments["keys"] == ("k1", "k2")


def test_a_pixel_size_opens_the_case_anew(session):
    opened(session)
    session.set_pixel_size(Path("a.svs"), 0.25)
    assert session.lanes.last("cases.set_pixel_size").request.arguments["mpp"] == 0.25
    session.lanes.last("cases.set_pixel_size").give(case("k1"))
    assert session.case_now.key == "k1"


def test_omics_volumes_and_comparisons_are_asked_of_the_open_case(session):
    session.read_omics()
    session.read_volume("t1c")
    session.compare(Modality.RNA)
    assert session.lanes.names() == []
    with_bundle(session)
    opened(session)
    omics, volume, comparison = Heard(session.omics), Heard(session.volume), Heard(session.comparison)
    session.read_omics()
    session.read_volume("t1c")
    session.compare(Modality.RNA)
    session.lanes.last("pictures.omics").give(("table",))
    session.lanes.last("pictures.volume").give("volume")
    session.lanes.last("predictions.compare").give("comparison")
    assert (omics.said, volume.said, comparison.said) == ([("table",)], ["volume"], ["comparison"])


def test_a_comparison_is_of_what_the_estimate_takes_and_made_as_it_was(session):
    session.settings = Settings(generator="ddim")
    with_bundle(session)
    opened(session)
    heard = Heard(session.comparison)
    session.compare(Modality.CLINICAL)
    older = session.lanes.last("predictions.compare")
    session.hide(Modality.RNA, True)
    assert older.state is JobState.CANCELLED and heard.said == [None]  # it took what is hidden now
    session.compare(Modality.CLINICAL)
    arguments = session.lanes.last("predictions.compare").request.arguments
    assert (arguments["hide"], arguments["generator"]) == ({Modality.RNA}, "ddim")


def test_a_verified_bundle_takes_its_place_in_the_list(session):
    with_bundle(session)
    heard = Heard(session.bundles)
    session.verify_bundle(Path("two"))
    checked = BundleFacts(Path("two"), manifest("two"), sha256="ab")
    session.lanes.last("bundles.verify").give(checked)
    assert heard.said[-1][1] is checked


def test_installing_and_removing_list_again(session):
    session.install_bundle(Path("x.zip"))
    session.lanes.last("bundles.install").give(None)
    session.remove_bundle(Path("x"))
    session.lanes.last("bundles.remove").give(None)
    assert session.lanes.names().count("bundles.listing") == 2


def simulated(name, yes):
    made = manifest(name)
    return BundleFacts(Path(name), replace(made, development=replace(made.development, simulated=yes)))


def with_both(session):
    session.refresh_bundles()
    session.lanes.last("bundles.listing").give((simulated("demo", True), simulated("real", False)))


def test_a_real_case_is_not_predicted_with_a_model_of_simulated_patients(session):
    with_both(session)
    assert session.bundle_now.name == "demo"
    opened(session)
    assert session.bundle_now.name == "real"


def test_the_demo_is_predicted_with_the_model_of_simulated_patients(session):
    with_both(session)
    opened(session)
    session.demo()
    session.lanes.last("cases.demo").give(record("d", demo=True))
    session.lanes.last("cases.open").give(case("d"))
    assert session.bundle_now.name == "demo"


def test_several_cases_are_predicted_each_with_a_model_that_is_meant_for_it(session):
    with_both(session)
    details = {Modality.RNA: "600 features"}
    listed = tuple(replace(record(key, demo=key == "d"), details=details) for key in ("a", "d", "b"))
    session._records_read(ListRead(listed))
    session.predict_many(["a", "d", "b"])
    asked = session.lanes.last("batches.run").request.arguments
    assert [(str(one.bundle), one.name) for one in asked["items"]] == [("demo", "d"), ("real", "a"), ("real", "b")]
    assert asked["order"].action is Action.PREDICT and asked["title"] == "Predict 3 cases"
    session.use_bundle("real")
    session.report_many(["d"], Path("reports"))
    (waiting,) = [batch for batch in session.batches.batches if batch.job is None]
    assert waiting.facts.items[0].bundle == Path("real"), "it was named"
    assert waiting.facts.order.reports == Path("reports") and waiting.facts.order.pseudonyms
    session.encode_many(["a", "b"])
    assert session.batches.batches[-1].facts.title == "Encode 2 cases"


def test_several_cases_are_not_predicted_without_a_model(session):
    heard = Heard(session.trouble)
    session.predict_many(["a"])
    assert session.lanes.names() == [] and heard.said[0][0] == "many"


@pytest.mark.parametrize("how", ["settings", "header"])
def test_a_model_that_the_user_has_named_stays(qtbot, how):
    session = Session(FakeLanes(), Settings(default_bundle="demo" if how == "settings" else ""))
    with_both(session)
    if how == "header":
        session.use_bundle("demo")
    opened(session)
    assert session.bundle_now.name == "demo"


def test_opening_the_demo_leaves_it_said_that_it_is_being_predicted(session):
    with_both(session)
    session.demo()
    session.lanes.last("cases.demo").give(record("d", demo=True))
    heard = Heard(session.working)
    session.lanes.last("cases.open").give(case("d"))  # whose end comes after what it brought
    assert heard.said[-1] == "Predicting"
    session.lanes.last("predictions.predict").give(samples.predicted())
    assert heard.said[-1] == ""
