"""Tables and cohort files are what contracts.md says, read back by independent readers."""

import csv
import gzip
import tomllib

import numpy as np

from survgui.cases.case import Modality
from survgui.engine.simulation import latent, tables


def test_a_table_survives_being_written(tmp_path):
    table = tables.feature_table(Modality.RNA, np.array([[0.5, -1.25], [3.0, 1e-7]]))
    tables.write_table(tmp_path / "rna.csv", ["A", "B"], table)
    with (tmp_path / "rna.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {"case_id": "A", "rna_00": "0.5", "rna_01": "-1.25"}
    assert float(rows[1]["rna_01"]) == 1e-7


def test_a_compressed_table_is_the_same_each_time(tmp_path):
    table = tables.raw_table(Modality.RNA, np.zeros((2, 24)), np.random.default_rng(1))
    for name in ("one.csv.gz", "other.csv.gz"):
        tables.write_table(tmp_path / name, ["A", "B"], table)
    assert (tmp_path / "one.csv.gz").read_bytes() == (tmp_path / "other.csv.gz").read_bytes()
    lines = gzip.decompress((tmp_path / "one.csv.gz").read_bytes()).decode().splitlines()
    assert len(lines) == 3
    assert all(cell.isdigit() for cell in lines[1].split(",")[1:])


def test_nobody_is_followed_for_no_time():
    people = latent.draw(latent.population([Modality.RNA]), 3_000, 1)
    table = tables.outcome_table(people)
    assert min(float(months) for months, _ in table.rows) > 0
    assert {died for _, died in table.rows} == {"0", "1"}


def test_the_cohort_file_names_every_modality():
    for level in latent.LEVELS:
        content = tomllib.loads(tables.cohort_text("simulated", tuple(Modality), level))
        assert content["name"] == "simulated"
        assert content["outcome"]["event_value"] == 1
        assert list(content["modality"]) == [str(m) for m in Modality]
    assert content["modality"]["clinical"]["ordered"] == {"grade": ["G2", "G3", "G4"]}
    assert content["modality"]["rna"]["groups"] == tables.GROUPS
    assert content["modality"]["pathology"] == {"files": "slides/{case}.svs"}


def test_the_case_file_names_the_files_beside_it():
    content = tomllib.loads(tables.case_text("DEMO-01", [Modality.RNA, Modality.MRI]))
    assert content["id"] == "DEMO-01"
    assert content["modality"]["rna"] == {"table": "rna.csv", "case": "case_id", "transform": "log1p"}
    assert "{sequence}" in content["modality"]["mri"]["files"]
