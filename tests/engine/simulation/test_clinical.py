"""Clinical fields are plausible, in words and numbers, and follow their traits."""

import numpy as np

from survgui.engine.simulation import clinical

NAMES = list(clinical.TRAITS)


def column(name, traits):
    return [row[NAMES.index(name)] for row in clinical.fields(traits)]


def test_an_average_patient():
    assert clinical.fields(np.zeros((1, 6))) == [("58", "female", "G3", "80", "2", "39.0")]


def test_fields_follow_their_traits():
    traits = np.repeat(np.array([[-2.0], [0.0], [2.0]]), 6, axis=1)
    assert column("age", traits) == ["34", "58", "82"]
    assert column("sex", traits) == ["female", "female", "male"]
    assert column("grade", traits) == list(clinical.GRADES)
    assert column("performance", traits) == ["60", "80", "100"]
    assert column("comorbidities", traits) == ["0", "2", "4"]
    assert column("albumin", traits) == ["30.0", "39.0", "48.0"]


def test_extremes_stay_possible():
    traits = np.array([[-9.0] * 6, [9.0] * 6])
    assert column("age", traits) == ["18", "90"]
    assert column("performance", traits) == ["40", "100"]
    assert column("comorbidities", traits)[0] == "0"


def test_every_grade_is_frequent():
    grades = column("grade", np.random.default_rng(0).standard_normal((3_000, 6)))
    assert all(0.2 < grades.count(grade) / 3_000 < 0.5 for grade in clinical.GRADES)
