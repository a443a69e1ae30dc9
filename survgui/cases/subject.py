"""A patient in words."""

from __future__ import annotations

import re

from survgui.cases.case import Modality
from survgui.cases.cohort import Cohort, Fields

_TELLS = re.compile(
    r"name|(?<![a-z])(mrn|dob|dates?|ids?|zip|city|town|ssn|nhs|fax|vin|iban|url|ip|barcode)(?![a-z])|birth|address|street|"
    r"postal|postcode|phone|mail|insurance|account|physician|doctor|clinician|surgeon|hospital|accession|licen[cs]e|"
    r"passport|record|serial",
    re.IGNORECASE,
)
"""In the names of columns, whatever stands there."""


def subject(cohort: Cohort, patient: str) -> str:
    """Age, sex and the like in words, from the clinical fields; ages above 89 as `90+` (Safe Harbor).

    Fields that are called after what tells a person, such as `patient_name` or `birth_date`, are left out.
    """
    block = cohort.blocks.get(Modality.CLINICAL)
    if block is None or patient not in block.items:
        return ""
    item: Fields = block.items[patient]  # type: ignore[assignment]  # clinical items are fields
    said = []
    for name, value in zip(block.names, item, strict=True):
        if _TELLS.search(name):
            continue
        if isinstance(value, str):
            said.append(value.lower() if value.isupper() and len(value) > 3 else value)
        elif value is not None and name.lower().split("_")[0] == "age":
            said.append(f"age {value:.0f}" if value < 90 else "age 90+")
    return " · ".join(said)
