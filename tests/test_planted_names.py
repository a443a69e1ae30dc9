"""A patient's name, number and birth date, planted wherever a file can hold them: nothing that survgui writes does.

Only the workspace's list and the case's own description may, for they say whose case it is and where its files are;
and results that were asked for with the id.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import logging
import re
import shutil
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import openslide
import pytest
import tifffile
from PIL import Image, PngImagePlugin

from survgui.cases.batch import Action, Item, Order
from survgui.cases.bundle import read_manifest
from survgui.cases.case import Modality
from survgui.cases.step import run_to_end
from survgui.cli import main
from survgui.engine.simulation import demo_case
from survgui.errors import SurvguiError
from survgui.report.files import file_name
from survgui.ui.logbook import Logbook
from survgui.ui.report.choices import Choices, Composed, Saving
from survgui.worker import audit, batches, cases, dropped, predictions
from survgui.workspace import Workspace
from tests.conftest import REPOSITORY
from tests.planted import found, unpacked
from tests.readers.dicoms import write_series

GIVEN, FAMILY, MRN, BORN = "Quirina", "Ztestname", "00987654", "1931-05-12"
WORDS = (GIVEN, FAMILY, MRN, BORN, "19310512")
PATIENT = f"{FAMILY}, {GIVEN}"
BUNDLE = REPOSITORY / "models" / "demo-simulated"
MAY = re.compile(r"data/workspace/(workspace\.db(-wal|-shm)?|backups/[^/]+\.db|cases/[0-9a-f]{16}/case\.toml)")
"""The list and the case's description; they are below a folder that nobody else can read."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    """A simulated patient with everything."""
    return demo_case(tmp_path_factory.mktemp("demo"))


def plant(home: Path, demo: Path | None) -> Path:
    """A patient's folder with the name in everything: folders, names of files, headers, columns, descriptions.

    Args:
        demo: Whose slide and MRI it has; None for ones that are damaged, so that errors name them.
    """
    home.mkdir(parents=True)
    genes = read_manifest(BUNDLE).inputs[Modality.RNA].names
    who, counts = f"{FAMILY} {GIVEN}", ",".join(str(number * 37 % 3000) for number in range(len(genes)))
    (home / f"{FAMILY} clinical.csv").write_text(
        "case_id,age,sex,grade,performance,comorbidities,albumin,patient_name,mrn,birth_date\n"
        f"{who},95,female,G3,1,2,40,{GIVEN} {FAMILY},{MRN},{BORN}\n"
    )
    (home / f"rna {FAMILY}.csv").write_text(f"case_id,{','.join(genes)}\n{who},{counts}\n")
    slide, mri = home / f"{FAMILY} {GIVEN} {BORN}.svs", home / f"mri {FAMILY}"
    if demo is None:
        mri.mkdir()
        for name in ("t1", "t1c", "t2", "flair"):
            (mri / f"{name}.nii.gz").write_bytes(gzip.compress(PATIENT.encode() * 99)[:60])
        slide.write_bytes(b"II*\0" + PATIENT.encode() * 99)
        return home
    shutil.copy(demo / "slide.svs", slide)
    with slide.open("ab") as file:
        file.write(f"|Patient = {PATIENT}|MRN = {MRN}|".encode())
    shutil.copytree(demo / "mri", mri)
    for path in mri.glob("*.nii.gz"):
        image = nibabel.load(path)
        image.header["descrip"], image.header["intent_name"] = f"{PATIENT} {MRN}", FAMILY
        nibabel.save(nibabel.Nifti1Image(np.asarray(image.dataobj), image.affine, image.header), path)
    return home


def described(home: Path) -> Path:
    """A `case.toml` whose id is the name."""
    (table,), (rna,), (slide,) = home.glob("*clinical.csv"), home.glob("rna*.csv"), home.glob("*.svs")
    (home / "case.toml").write_text(
        f"""id = "{PATIENT}"
[modality.clinical]
table = "{table.name}"
case = "case_id"
columns = ["age", "sex", "grade", "performance", "comorbidities", "albumin", "patient_name", "birth_date"]
[modality.clinical.ordered]
grade = ["G2", "G3", "G4"]
[modality.rna]
table = "{rna.name}"
case = "case_id"
transform = "log1p"
[modality.pathology]
files = "{slide.name}"
[modality.mri]
files = "mri {FAMILY}/{{sequence}}.nii.gz"
sequences = ["t1", "t1c", "t2", "flair"]
"""
    )
    return home / "case.toml"


@pytest.fixture
def everything_is_logged(qapp, home):
    """The window's log, with every message of every library below it."""
    book = Logbook()
    book.install()
    root, before = logging.getLogger(), logging.getLogger().level
    root.setLevel(logging.DEBUG)
    yield book
    root.setLevel(before)
    book.remove()


def go_through(home: Path, out: Path, book: Logbook) -> None:
    """What the window does with a case, and what goes wrong on the way."""
    book.hide_paths([home])
    recognised = run_to_end(dropped.recognise([home]))
    book.hide(recognised.patient or PATIENT)
    record = run_to_end(cases.adopt(recognised.findings, PATIENT, 0.5))
    facts = run_to_end(cases.open(record.key))
    book.hide(facts.id)
    for hide in (frozenset(), frozenset({next(iter(facts.given))})):
        predicted = run_to_end(predictions.predict(record.key, BUNDLE, hide, 2, 0, "", 0, "cpu"))
    content = run_to_end(predictions.report(record.key, BUNDLE, predicted.prediction))
    named = tuple(path.name for path in (*home.rglob("*"), home))
    for number, chosen in enumerate((Choices(), Choices(deidentified=True))):
        composed = Composed(content, chosen, f"Case {record.key[:4].upper()}", named)
        saved = Saving(composed, out / f"report-{number}.pdf", "report")()
        run_to_end(audit.saved(record.key, saved, "draft"))
    for wrong in (home / "gone.svs", home):
        with suppress(SurvguiError):
            run_to_end(audit.reveal(record.key, wrong, "label"))
    logging.getLogger("survgui.test").warning("could not read %s: %s", home / "scan.svs", SurvguiError(str(home)))


@pytest.mark.parametrize("sound", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_nothing_that_the_window_writes_holds_a_name(sound, request, tmp_path, home, everything_is_logged):
    patient = plant(tmp_path / f"{PATIENT} {MRN}", request.getfixturevalue("demo") if sound else None)
    out = tmp_path / "out"
    described(patient)
    out.mkdir()
    go_through(patient, out, everything_is_logged)
    everything_is_logged.remove()
    assert len(list(out.iterdir())) == 6
    assert found(out, WORDS) == {}
    written = found(home, WORDS)
    assert {name: words for name, words in written.items() if not MAY.fullmatch(name)} == {}
    assert any("case.toml" in name for name in written)  # the scan finds what it looks for
    with Workspace.default() as workspace:
        assert not workspace.audit.verify().broken
        (record,) = workspace.records()
        workspace.delete([record.key])
    assert found(home, WORDS) == {}  # nothing at all once the case is deleted


def test_nothing_but_the_answer_of_the_command_line_holds_a_name(tmp_path, home, capfd):
    case = described(plant(tmp_path / PATIENT, None))
    asked = tmp_path / "asked"
    command = ["predict", str(case), "--bundle", "demo-simulated", "--hide", "pathology,mri", "--draws", "2"]
    assert main.run([*command, "--json", str(asked / "r.json"), "--deidentify"]) == 0
    assert main.run(["predict", str(case.with_name("gone.svs")), "--bundle", "demo-simulated", "--csv", "x.csv"]) != 0
    assert found(asked, WORDS) == {}
    assert found(home, WORDS) == {}
    assert "Traceback" not in capfd.readouterr().err


def several(folder: Path) -> Path:
    """Three planted cases in a folder of cases, of which the last is one that fails."""
    for number in range(3):
        case = described(plant(folder / f"{FAMILY} {number}", None))
        case.write_text(case.read_text().replace(f'id = "{PATIENT}"', f'id = "{PATIENT} {number}"'))
        for table in case.parent.glob("*.csv"):
            table.write_text(table.read_text().replace(f"{FAMILY} {GIVEN}", f"{PATIENT} {number}".replace(",", "")))
    case.write_text(case.read_text().replace("transform", f"# {PATIENT}\n{GIVEN}"))
    return folder


@pytest.mark.slow
def test_many_cases_with_their_reports_leave_under_codes(tmp_path, home, capfd):
    given, asked = several(tmp_path / FAMILY), tmp_path / "asked"
    command = ["predict", str(given), "--bundle", "demo-simulated", "--partial", "--draws", "2", "--device", "cpu"]
    command += ["--json", str(asked / "r.json"), "--csv", str(asked / "r.csv"), "--reports", str(asked / "reports")]
    codes = tmp_path / "codes.csv"
    assert main.run([*command, "--deidentify", "--codes", str(codes)]) == 0
    written = [Path(line) for line in capfd.readouterr().out.splitlines()]
    assert found(asked, WORDS) == {}
    rows = json.loads((asked / "r.json").read_text())
    key = {row["code"]: row["case"] for row in csv.DictReader(codes.read_text().splitlines())}
    assert [row["case"] for row in rows] == list(key) and [row["error"] is None for row in rows] == [True, True, False]
    reports = sorted({path.stem for path in (asked / "reports").glob("*.pdf")})
    assert reports == sorted(row["case"] for row in rows if row["error"] is None)
    assert [path.name for path in written].count("DE-IDENTIFICATION.txt") == 2  # beside the tables, beside the reports
    unfinished = found(home, WORDS)
    assert unfinished and all(name.startswith("data/batches/") for name in unfinished)  # what `--resume` goes on with
    assert all(folder.stat().st_mode & 0o077 == 0 for folder in (home / "data" / "batches").iterdir())
    assert main.run(["storage", "--clear", "runs"]) == 0
    assert found(home, WORDS) == {}


@pytest.mark.slow
@pytest.mark.parametrize("partial", [False, True])
def test_a_batch_of_the_window_names_nobody(partial, tmp_path, home, everything_is_logged):
    recognised = run_to_end(dropped.recognise([plant(tmp_path / f"{PATIENT} {MRN}", None)]))
    record = run_to_end(cases.adopt(recognised.findings, PATIENT, 0.5))
    out, order = tmp_path / "out", Order(Action.REPORT, BUNDLE, draws=2, device="cpu", partial=partial, pseudonyms=True)
    order = replace(order, reports=out)
    run_to_end(batches.run("0" * 16, "Report 1 case", order, [Item(record.key, ())], 1))
    everything_is_logged.remove()
    assert partial == out.exists()
    assert list((home / "data" / "queue").rglob("rows/*.json"))
    assert not partial or found(out, WORDS) == {}
    left = [name for name in found(home, WORDS) if not MAY.fullmatch(name)]
    assert len(left) == (not partial) and all("/rows/" in name for name in left)  # which file it was that failed it
    assert main.run(["case", "delete", record.key, "--yes"]) == 0
    assert found(home, WORDS) == {}


def test_a_cohort_that_is_imported_is_named_in_its_own_folder_alone(tmp_path, home, everything_is_logged):
    given = tmp_path / FAMILY
    given.mkdir()
    who = [f"{FAMILY}-{number:02d}" for number in range(60)]
    rows = [f"{p},{30 + n},{n % 2},{GIVEN},{MRN}" for n, p in enumerate(who)]
    (given / f"{FAMILY} outcome.csv").write_text("\n".join(["patient_id,months,dead,name,mrn", *rows]) + "\n")
    genes = [f"{p},{n},{n * 2 % 7},{n * 3 % 11}" for n, p in enumerate(who)]
    (given / f"rna {FAMILY}.csv").write_text("\n".join(["patient_id,TP53,EGFR,PTEN", *genes]) + "\n")
    out = tmp_path / "cohort"
    assert main.run(["cohort", "import", str(given), "--out", str(out), "--yes"]) == 0
    assert found(out, WORDS)
    everything_is_logged.remove()
    assert found(home, WORDS) == {}


def test_a_case_as_one_file_leaves_nothing_behind_where_it_is_deleted(tmp_path, home, everything_is_logged):
    recognised = run_to_end(dropped.recognise([plant(tmp_path / PATIENT, None)]))
    record = run_to_end(cases.adopt(recognised.findings, PATIENT, 0.5))
    run_to_end(predictions.predict(record.key, BUNDLE, frozenset(), 2, 0, "", 0, "cpu"))
    packed = tmp_path / "packed.survcase"
    assert main.run(["case", "export", PATIENT, "--with-files", "--out", str(packed)]) == 0
    assert found(packed.parent, WORDS)
    assert main.run(["case", "delete", record.key, "--yes"]) == 0
    assert found(home, WORDS) == {}
    assert main.run(["case", "import", str(packed)]) == 0
    sources = re.compile(r"data/workspace/cases/[0-9a-f]{16}/sources/.*")
    written = [name for name in found(home, WORDS) if not MAY.fullmatch(name)]
    assert written and all(sources.fullmatch(name) for name in written)  # what came with it, as it came
    assert main.run(["case", "delete", PATIENT, "--yes"]) == 0
    everything_is_logged.remove()
    assert found(home, WORDS) == {}


@pytest.mark.slow
def test_dicom_with_the_name_in_its_headers_goes_all_the_way(tmp_path, home, everything_is_logged):
    patient, out = plant(tmp_path / f"{PATIENT} {MRN}", None), tmp_path / "out"
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, 24)] * 3, indexing="ij"))
    ball = np.where((grid**2).sum(0) < 0.7, 500 + 300 * grid[0], 0).astype(np.int16)
    tags = {"PatientName": f"{FAMILY}^{GIVEN}", "PatientID": MRN, "PatientBirthDate": "19310512"}
    shutil.rmtree(patient / f"mri {FAMILY}")
    for name in ("t1", "flair"):
        write_series(patient / f"mri {FAMILY}" / name, ball, spacing=(8.0, 8.0, 8.0), SeriesDescription=name, **tags)
    out.mkdir()
    go_through(patient, out, everything_is_logged)
    everything_is_logged.remove()
    assert list((home / "cache" / "features").glob("*.npz"))  # it was read
    assert found(out, WORDS) == {}
    assert {name for name in found(home, WORDS) if not MAY.fullmatch(name)} == set()


GREEN = (3, 250, 7)
"""of a label: no tissue and no figure has it"""


def labelled(slide: Path) -> None:
    """Make a slide one of Aperio's form with a label and a macro image, and the name in what it says of itself."""
    with openslide.OpenSlide(slide) as old:
        tissue = np.asarray(old.read_region((0, 0), 0, old.dimensions).convert("RGB"))
    label = np.full((64, 96, 3), GREEN, np.uint8)
    with tifffile.TiffWriter(slide) as file:
        for level, image in enumerate((tissue, tissue[::4, ::4], label, label)):
            words = f"Aperio Image Library\r\n{('', '', 'label 96x64', 'macro 96x64')[level]}|AppMag = 20|MPP = 0.5"
            words += f"|Patient = {PATIENT}|Filename = {FAMILY}|User = {GIVEN}"
            tile = {"tile": (256, 256)} if level < 2 else {"rowsperstrip": 64}
            file.write(
                image, photometric="rgb", compression="deflate", description=words, metadata=None,
                subfiletype=(0, 0, 1, 9)[level], **tile,
            )  # fmt: skip


def green(root: Path) -> list[str]:
    """Files below a folder that hold a picture, however it is packed, with the colour of the label."""
    hit = []
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        for part in unpacked(path.read_bytes()):
            with suppress(OSError):
                near = np.abs(np.asarray(Image.open(io.BytesIO(part)).convert("RGB")).astype(int) - GREEN)
                hit += [path.name] if (near.max(axis=2) < 30).sum() > 50 else []
            raw = np.frombuffer(part[: len(part) // 3 * 3], np.uint8)
            hit += [path.name] if bytes(GREEN) * 50 in raw.tobytes() else []
    return hit


@pytest.mark.slow
def test_what_a_slide_says_beside_its_tissue_goes_nowhere(demo, tmp_path, home, everything_is_logged):
    patient, out = plant(tmp_path / PATIENT, demo), tmp_path / "out"
    (slide,) = patient.glob("*.svs")
    labelled(slide)
    with openslide.OpenSlide(slide) as opened:
        assert {"label", "macro"} <= set(opened.associated_images)
        opened.associated_images["label"].save(tmp_path / "shown.png")
    assert "shown.png" in green(tmp_path)
    out.mkdir()
    described(patient)
    go_through(patient, out, everything_is_logged)
    everything_is_logged.remove()
    assert list((home / "cache" / "features").glob("*.h5"))  # it was encoded
    for folder in (out, home):
        assert green(folder) == []
        assert {name for name in found(folder, WORDS) if not MAY.fullmatch(name)} == set()


# The scan itself


def test_the_scan_looks_into_what_is_packed(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr("x/b.gz", gzip.compress(PATIENT.encode()))
    texts = PngImagePlugin.PngInfo()
    texts.add_text("who", PATIENT, zip=True)
    Image.new("RGB", (4, 4)).save(tmp_path / "c.png", pnginfo=texts)
    (tmp_path / "utf16.log").write_text(PATIENT, "utf-16")
    (tmp_path / f"{file_name(PATIENT)}.txt").write_text("")
    (tmp_path / "clean.txt").write_text("nobody")
    hit = found(tmp_path, [FAMILY])
    assert set(hit) == {"a.zip", "c.png", "utf16.log", f"{file_name(PATIENT)}.txt"}


def test_a_dicom_header_holds_the_name_and_reading_it_tells_nobody(tmp_path, home, everything_is_logged):
    folder = tmp_path / "series"
    write_series(folder, np.zeros((8, 8, 4), np.int16), PatientName=f"{FAMILY}^{GIVEN}", PatientID=MRN)
    assert found(folder, [FAMILY])
    recognised = run_to_end(dropped.recognise([folder]))
    assert FAMILY not in repr(recognised) and GIVEN not in repr(recognised)
    everything_is_logged.remove()
    assert found(home, WORDS) == {}
