from __future__ import annotations

from types import SimpleNamespace

import pytest

import survgui.report
from survgui.batch import reporting


def test_the_formats_are_those_of_the_report():
    assert reporting.FORMATS == survgui.report.FORMATS


@pytest.mark.parametrize(
    ("target", "alone", "formats"), [("r.PDF", True, ("pdf",)), ("out", False, ("pdf", "html", "json"))]
)
def test_the_report_is_of_the_case_and_of_the_bundles_development(
    engine, monkeypatch, prediction, bundle, cohort, tmp_path, target, alone, formats
):
    asked = {}

    def report_content(*facts, **shown):
        asked["content"] = (facts, shown)
        return "content"

    engine("survgui.engine.exhibits", exhibits=lambda *case: case)
    engine("survgui.engine.masked.pictures", imputed_data=lambda *case: ("imputed", *case))
    engine("survgui.cases.subject", subject=lambda cohort, patient: f"of {patient}")
    engine("survgui.engine.stored", read_development=lambda bundle: SimpleNamespace(reference="reference"))
    engine("survgui.engine.report", report_content=report_content)
    monkeypatch.setattr("survgui.report.write", lambda *args: asked.setdefault("written", args) and [args[1]])
    written = reporting.write_report(prediction, bundle, cohort, tmp_path / target, alone=alone)
    imputed = ("imputed", prediction, cohort, bundle)
    shown = {"pictures": (prediction, cohort, bundle, imputed), "subject": "of P1"}
    assert asked["content"] == ((prediction, bundle.manifest, "reference"), shown)
    assert asked["written"] == ("content", tmp_path / target, formats)
    assert written == [tmp_path / target]
