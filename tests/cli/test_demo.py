from __future__ import annotations

from types import SimpleNamespace

import pytest

from survgui.cases.case import Modality
from survgui.cli import arguments as common
from survgui.cli import demo as module
from survgui.cli.main import run


@pytest.fixture
def stage(engine, task, cohort, bundle, prediction, monkeypatch):
    hidden = []

    class Failure(SimpleNamespace):
        pass

    def put(result=prediction, written=("report.pdf", "report.html", "report.json")):
        def write_report(result, bundle, cohort, out, *, alone):
            paths = [out / name for name in written]
            out.mkdir(parents=True, exist_ok=True)
            for path in paths[:3]:
                path.touch()
            return paths

        engine("survgui.engine.simulation", demo_case=lambda folder: folder)
        engine("survgui.readers.cohort", load_case=lambda paths, mpp: cohort)
        engine(
            "survgui.engine.predict",
            Failure=Failure,
            Choices=SimpleNamespace,
            predict=lambda cohort, bundle, choices, device: hidden.append(choices.hide) or task((result,)),
        )
        monkeypatch.setattr(common, "find_bundle", lambda name: bundle)
        monkeypatch.setattr(module, "write_report", write_report)

    put.failure, put.hidden = Failure, hidden
    return put


def test_the_reports_are_printed_one_a_line(stage, tmp_path, monkeypatch, capsys, deeds):
    stage()
    monkeypatch.chdir(tmp_path)
    assert run(["demo"]) == 0
    out = tmp_path / "demo-out"
    lines = capsys.readouterr().out.splitlines()
    variants = ("complete", "without-slide", "without-rna", "without-mri")
    assert lines == [str(out / v / f"report.{kind}") for v in variants for kind in ("pdf", "html", "json")]
    assert stage.hidden == [set(), {Modality.PATHOLOGY}, {Modality.RNA}, {Modality.MRI}]
    assert [what for what, _ in deeds()] == ["predict"]


def test_a_case_that_cannot_be_predicted_is_1(stage, tmp_path, capsys):
    stage(stage.failure(message="slide.svs: the file is empty"))
    assert run(["demo", "--out", str(tmp_path)]) == 1
    assert "could not be predicted: slide.svs" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_1(stage, tmp_path, capsys):
    stage(written=("a.pdf", "a.html", "a.json", "missing.png"))
    assert run(["demo", "--out", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and "did not write missing.png" in captured.err


def test_without_its_bundle_it_says_so(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("survgui.paths.bundle_folders", lambda: ())
    assert run(["demo", "--out", str(tmp_path / "out")]) == 1
    assert "no bundle 'demo-simulated'" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_window_goes_with_no_other_option(tmp_path, capsys):
    assert run(["demo", "--window", "--out", str(tmp_path)]) == 2
    assert "takes no other option" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
