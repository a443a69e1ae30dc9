from __future__ import annotations

import pytest

from survgui.readers.words import english


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Alter bei Diagnose", "age_at_diagnosis"),
        ("Überlebenszeit (Monate)", "survival_months"),
        ("UEBERLEBENSZEIT_TAGE", "survival_days"),
        ("Patienten-Nr", "patient_id"),
        ("Sterbedatum", "date_of_death"),
        ("letzterKontakt", "last_contact"),
        ("Geschlecht", "sex"),
    ],
)
def test_german_names_are_said_in_english(name, said):
    assert english(name) == said


@pytest.mark.parametrize("name", ["OS.time", "op", "days_in_study", "TP53", "Hb (g/dl)", "", "tag"])
def test_other_names_stay_as_they_are(name):
    assert english(name) == name
