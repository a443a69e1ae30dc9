import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget

from survgui.ui.widgets import files


@pytest.fixture
def parent(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    return made


class Heard:
    def __init__(self):
        self.said = []

    def __call__(self, value):
        self.said.append(value)


def test_a_save_dialog_gives_one_path(parent, tmp_path):
    heard = Heard()
    dialog = files.ask_save(parent, "Save as PNG…", "figure.png", "PNG (*.png)", heard)
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave and dialog.windowTitle() == "Save as PNG"
    dialog.filesSelected.emit([str(tmp_path / "a.png")])
    dialog.done(1)
    assert heard.said == [tmp_path / "a.png"]


def test_an_open_dialog_gives_all_paths(parent, tmp_path):
    heard = Heard()
    dialog = files.ask_open(parent, "Open", "All (*)", heard, many=True)
    dialog.filesSelected.emit([str(tmp_path / "a"), str(tmp_path / "b")])
    dialog.done(1)
    assert heard.said == [[tmp_path / "a", tmp_path / "b"]]


def test_a_folder_dialog_takes_folders(parent, tmp_path):
    heard = Heard()
    dialog = files.ask_folder(parent, "Open a folder", heard)
    assert dialog.fileMode() is QFileDialog.FileMode.Directory
    dialog.filesSelected.emit([str(tmp_path)])
    dialog.done(1)
    assert heard.said == [tmp_path]


def test_a_written_file_is_whole_and_told(qtbot, tmp_path):
    with qtbot.waitSignal(files.written().done, timeout=5000) as done:
        files.write(tmp_path / "x.csv", b"1,2\n")
    assert done.args == [tmp_path / "x.csv"]
    assert (tmp_path / "x.csv").read_bytes() == b"1,2\n"


def test_what_takes_long_is_made_in_the_background(qtbot, tmp_path):
    threads = []

    def content():
        threads.append(threading.get_ident())
        return b"1,2\n"

    with qtbot.waitSignal(files.written().done):
        files.write(tmp_path / "x.csv", content)
    assert (tmp_path / "x.csv").read_bytes() == b"1,2\n"
    assert threads and threading.get_ident() not in threads


def test_a_file_that_cannot_be_written_is_told(qtbot, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with qtbot.waitSignal(files.written().failed, timeout=5000) as failed:
        files.write(tmp_path / "file" / "x.csv", b"1")
    assert failed.args[0].kind == "StorageError" and "x.csv" in failed.args[0].text


def test_only_a_path_is_a_path():
    assert files.as_path(Path("a")) == Path("a")
    with pytest.raises(TypeError):
        files.as_path("a")


def test_a_dialog_forgets_the_folders_that_it_was_at(parent, tmp_path):
    """Qt stores them in a file of its own where it draws the dialog itself."""
    folder = tmp_path / "ZEBRA-4711"
    folder.mkdir()
    dialog = files.ask_folder(parent, "Folder", Heard())
    dialog.setDirectory(str(folder))
    dialog.setHistory([str(folder)])
    dialog.done(0)
    assert Path(dialog.directory().absolutePath()) == Path.home()
    assert not any("ZEBRA" in place for place in dialog.history())
