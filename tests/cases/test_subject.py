"""A patient in words."""

from __future__ import annotations

import numpy as np
import pytest

from survgui.cases.case import Kind, Modality
from survgui.cases.cohort import Block, Cohort
from survgui.cases.subject import subject


def clinical(names, item):
    block = Block(Modality.CLINICAL, Kind.FIELDS, names, {"P": item})
    return Cohort("c", ("P",), np.array([np.nan]), np.array([False]), {Modality.CLINICAL: block})


def test_the_subject_is_said_in_words_and_old_age_is_not_told():
    names = ("age_at_diagnosis", "gender", "type", "grade")
    assert subject(clinical(names, (53.0, "FEMALE", "LGG", "G2")), "P") == "age 53 · female · LGG · G2"
    assert subject(clinical(names, (93.0, None, None, None)), "P") == "age 90+"
    assert subject(clinical(names, (93.0, None, None, None)), "other") == ""


@pytest.mark.parametrize("name", ["patient_name", "Surname", "birth_date", "MRN", "home address", "e-mail", "city"])
def test_what_tells_a_person_is_left_out(name):
    assert subject(clinical((name, "sex"), ("Quirina", "female")), "P") == "female"


@pytest.mark.parametrize("name", ["idh_status", "ethnicity", "grade", "primary_site", "candidate", "lipid"])
def test_other_fields_stay(name):
    assert subject(clinical((name, "sex"), ("mutant", "female")), "P") == "mutant · female"
