"""Names are planted wherever a log can pick them up, and looked for in the list and in the files."""

import logging
import threading
from pathlib import Path

import pytest

from survgui.ui import logbook
from survgui.ui.logbook import HIDDEN, KEPT, Logbook, Scrubber

log = logging.getLogger("survgui.readers.planted")


@pytest.fixture
def book(qapp, home):
    made = Logbook()
    made.install()
    yield made
    made.remove()


def written(home):
    return "\n".join(path.read_text("utf-8") for path in sorted((home / "log").glob("survgui.log*")))


def shown(book):
    return "\n".join(entry.line() for entry in book.entries)


def test_a_record_comes_to_the_list_and_to_the_file(book, home, qtbot):
    with qtbot.waitSignal(book.added):
        log.warning("the pixel size is %s", "missing")
    (entry,) = book.entries
    assert (entry.level, entry.room, entry.text) == ("warning", "readers", "the pixel size is missing")
    book.remove()
    assert written(home).endswith("warning readers: the pixel size is missing\n")


PLANTED = [
    ("the case %s was opened", "Ada Example"),
    ("read %s", "/Users/ada/My slides/Ada Example.svs"),
    ("read %r", "C:\\Users\\ada\\Slides\\biopsy 4711.ndpi"),
    ("%s: the slide holds no pixel size", "biopsy 4711.svs"),
    ("cannot open %s", "biopsy-4711.nii.gz"),
    ("row %s is twice there", "TCGA-02-0001-01Z-00-DX1"),
    ("again: %s", "ADA EXAMPLE"),
]


@pytest.mark.parametrize(("text", "name"), PLANTED)
def test_no_planted_name_is_kept(book, home, qtbot, text, name):
    logbook.hide("Ada Example")
    with qtbot.waitSignal(book.added):
        log.error(text, name)
    book.remove()
    kept = (shown(book) + written(home)).lower()
    assert kept
    for part in ("ada", "example", "4711", "tcga-02", "biopsy", "users", "slides"):
        assert part not in kept.replace("readers", "")


def test_of_an_error_only_its_place_is_kept(book, home, qtbot):
    def broken():
        raise ValueError("Ada Example died in May")

    with qtbot.waitSignal(book.added):
        try:
            broken()
        except ValueError:
            log.exception("reading failed")
    book.remove()
    for kept in (shown(book), written(home)):
        assert "Ada" not in kept
        assert "ValueError" in kept
        assert "in broken" in kept


def test_what_says_nothing_of_anybody_stays():
    scrubber = Scrubber(["12", "Ada Example"])
    for text in (
        "settings.json: 'colour' is not understood and left out",
        "12 of 40 patients and/or features, 0.25 µm/px, 24 GB/s",
        "the worker of the lane compute had ended (signal 9); a new one is started",
        "survgui.readers.slide:41 in opened",
    ):
        assert scrubber.clean(text) == text


def test_what_is_given_is_often_called_after_a_patient():
    scrubber = Scrubber()
    scrubber.hide_paths([Path("/disk/Mueller Hans 1961"), Path("/disk/Schmidt, Eva/scan of eva.nii.gz")])
    said = scrubber.clean("Mueller Hans 1961 holds 5,001 files; schmidt, eva: Scan of Eva is empty")
    assert said == f"{HIDDEN} holds 5,001 files; {HIDDEN}: {HIDDEN} is empty"


def test_ordinary_names_of_folders_and_files_do_not_blot_the_log():
    scrubber = Scrubber()
    scrubber.hide_paths([Path("/archive/data/clinical.csv"), Path("/archive/slides/case.toml")])
    assert scrubber.clean("the clinical data and slides, case.toml") == "the clinical data and slides, case.toml"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("cannot open John Smith.csv again", "cannot open *.csv again"),
        ("cannot open Ærø, Jens 1961 b.nii.gz", "cannot open *.nii.gz"),
        ("Read settings.json and manifest.json", "Read settings.json and manifest.json"),
    ],
)
def test_a_name_of_several_words_goes_whole(text, kept):
    assert Scrubber().clean(text) == kept


def test_thousands_of_names_cost_nothing_that_is_felt():
    scrubber = Scrubber(f"PATIENT-{k:05d}" for k in range(5000))
    assert scrubber.clean("PATIENT-04999 and patient-00000 but PATIENT-05000") == (
        f"{HIDDEN} and {HIDDEN} but PATIENT-05000"
    )


def test_a_longer_name_goes_before_one_that_it_holds():
    scrubber = Scrubber(["P-0001", "P-0001-left"])
    assert scrubber.clean("P-0001-left, p-0001") == f"{HIDDEN}, {HIDDEN}"


def test_errors_are_unseen_until_somebody_looks(book, qtbot):
    for level in (logging.INFO, logging.ERROR, logging.CRITICAL):
        log.log(level, "said")
    qtbot.waitUntil(lambda: len(book.entries) == 3)
    assert book.unseen == 2
    with qtbot.waitSignal(book.unseen_changed, check_params_cb=lambda n: n == 0):
        book.mark_seen()


def test_libraries_are_heard_when_they_warn(book, qtbot):
    logging.getLogger("PIL").info("chatter")
    logging.getLogger("PIL").warning("odd tag")
    qtbot.waitUntil(lambda: len(book.entries) == 1)
    assert (book.entries[0].room, book.entries[0].text) == ("PIL", "odd tag")


def test_a_record_that_does_not_fit_its_text_stops_nothing(book, qtbot):
    record = logging.LogRecord(log.name, logging.WARNING, "slide.py", 1, "%d patients", ("many",), None)
    with qtbot.waitSignal(book.added):
        book.handler.handle(record)
    assert book.entries[0].level == "error"
    assert "many" not in book.entries[0].text


def test_the_list_is_bounded_and_comes_from_any_thread(book, qtbot):
    def chatter():
        for k in range(KEPT + 50):
            log.info("entry %d", k)

    thread = threading.Thread(target=chatter)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(book.entries) and book.entries[-1].text == f"entry {KEPT + 49}")
    assert len(book.entries) == KEPT


def test_files_rotate(qapp, home, monkeypatch):
    monkeypatch.setattr(logbook, "FILE_BYTES", 10_000)  # before the thread that writes has opened its file
    book = Logbook()
    book.install()
    for _ in range(60):
        log.info("x" * 1000)
    book.remove()
    sizes = [path.stat().st_size for path in (home / "log").iterdir()]
    assert len(sizes) == logbook.FILES + 1
    assert max(sizes) <= logbook.FILE_BYTES


def test_a_folder_that_cannot_be_written_costs_the_file_alone(qapp, home, qtbot):
    (home / "log").write_text("in the way")
    book = Logbook()
    book.install()
    with qtbot.waitSignal(book.added):
        log.warning("still shown")
    book.remove()
    assert [entry.text for entry in book.entries] == ["still shown"]


def test_installing_twice_logs_once(book, qtbot):
    book.install()
    log.warning("once")
    qtbot.waitUntil(lambda: bool(book.entries))
    assert len(book.entries) == 1


def test_what_no_logger_said_is_noted_without_names(book, home, qtbot):
    book.hide("Ada Example")
    with qtbot.waitSignal(book.unseen_changed):
        book.add("error", "predict", "Ada Example: the slide is gone.", "survgui.readers:1 in x")
    book.remove()
    for kept in (shown(book), written(home)):
        assert "error   predict: [hidden]: the slide is gone." in kept
        assert "survgui.readers:1 in x" in kept
