"""A patient's folder with six clinical fields, such as the shipped demo model takes."""

from __future__ import annotations

from pathlib import Path

CLINICAL = """
id = "{name}"
[modality.clinical]
table = "clinical.csv"
case = "case_id"
columns = ["age", "sex", "grade", "performance", "comorbidities", "albumin"]
[modality.clinical.ordered]
grade = ["G2", "G3", "G4"]
"""
"""A `case.toml`; further modalities may follow."""
FIELDS = "case_id,age,sex,grade,performance,comorbidities,albumin\n{name},{age},female,G3,80,2,40\n"


def write_case(folder: Path, name: str, age: int = 61) -> Path:
    """Write `case.toml` and its table; the `case.toml`."""
    folder.mkdir(parents=True)
    (folder / "clinical.csv").write_text(FIELDS.format(name=name, age=age))
    (folder / "case.toml").write_text(CLINICAL.replace("{name}", name))
    return folder / "case.toml"
