"""Column names of German tables in the English words that columns are told by.

Clinics write `Überlebenszeit (Monate)`, `Sterbedatum` and `Patienten-Nr`; whoever asks what a column is called asks
for `english(name)`. A name of which no word is known stays as it is.
"""

from __future__ import annotations

import re

_WORDS = {
    **dict.fromkeys(("patienten", "pat"), "patient"),
    **dict.fromkeys(("patientennummer", "patientennr", "patnr", "patientenid", "fallnummer", "fallnr"), "patient id"),
    **dict.fromkeys(("patientenkennung", "pseudonym", "fall id"), "patient id"),
    **dict.fromkeys(("nr", "nummer", "kennung"), "id"),
    "fall": "case",
    "alter": "age",
    "geschlecht": "sex",
    **dict.fromkeys(("stadium", "tumorstadium", "krankheitsstadium"), "stage"),
    **dict.fromkeys(("grading", "differenzierungsgrad", "malignitaetsgrad"), "grade"),
    **dict.fromkeys(("histologie",), "histology"),
    **dict.fromkeys(("diagnose", "erstdiagnose", "ed"), "diagnosis"),
    **dict.fromkeys(("raucher", "raucherstatus", "rauchen"), "smoking"),
    **dict.fromkeys(("diagnosedatum", "erstdiagnosedatum"), "date of diagnosis"),
    **dict.fromkeys(("operationsdatum", "opdatum", "op"), "date of surgery"),
    **dict.fromkeys(("einschlussdatum", "studieneinschluss"), "date of enrolment"),
    **dict.fromkeys(("sterbedatum", "todesdatum", "todestag"), "date of death"),
    **dict.fromkeys(("geburtsdatum", "geburtstag", "geburtsjahr", "geburt"), "birth"),
    "datum": "date",
    **dict.fromkeys(("letzter", "letzte", "letztes", "letzten"), "last"),
    **dict.fromkeys(("kontakt", "vorstellung", "lebenszeichen"), "contact"),
    "letztkontakt": "last contact",
    **dict.fromkeys(("nachsorge", "nachbeobachtung", "nachbeobachtungszeit", "beobachtungszeit"), "follow up time"),
    **dict.fromkeys(("ueberleben", "ueberlebenszeit", "gesamtueberleben"), "survival"),
    **dict.fromkeys(("progressionsfreies",), "progression free"),
    **dict.fromkeys(("krankheitsfreies",), "disease free"),
    **dict.fromkeys(("rezidiv", "rezidivfreies"), "recurrence"),
    **dict.fromkeys(("tod", "tot", "verstorben", "gestorben"), "death"),
    "vitalstatus": "vital status",
    "ereignis": "event",
    **dict.fromkeys(("zensiert", "zensierung"), "censored"),
    "zeit": "time",
    **dict.fromkeys(("tag", "tage", "tagen"), "days"),
    **dict.fromkeys(("monat", "monate", "monaten"), "months"),
    **dict.fromkeys(("jahr", "jahre", "jahren"), "years"),
    **dict.fromkeys(("bei", "zum", "zur"), "at"),
    **dict.fromkeys(("der", "des", "seit", "bis", "in"), "in"),
}
_TELLING = frozenset(word for word in _WORDS if word not in ("in", "op", "pat", "ed", "tag", "der", "des", "nr"))
"""Words by which a name is known to be German: the others are too short, or mean something else in English"""
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def english(name: str) -> str:
    """`Alter bei Diagnose` as `age_at_diagnosis`; a name without a German word unchanged."""
    parted = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", name)
    words = [word for word in re.split(r"[^a-z0-9]+", parted.casefold().translate(_LETTERS)) if word]
    if _TELLING.isdisjoint(words):
        return name
    return "_".join(_WORDS.get(word, word) for word in words).replace(" ", "_")
