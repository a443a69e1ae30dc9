"""Menus, shortcuts and docks as data: what can be done, where it stands, and when it can be done.

An entry names a slot of the window; a test asks that each is there. `needs` says what must be so for the entry to be
enabled, and the reason that is shown where it is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt

MENUS = ("File", "Case", "View", "Go", "Help")

NEEDS = {
    "": "",
    "case": "Open a case first.",
    "predicted": "Predict the case first (F5).",
    "model": "Open a case and choose a model first.",
    "running": "Nothing is running.",
    "undo": "Nothing was changed in the open case, or the cases are read-only.",
    "redo": "Nothing was undone in the open case, or the cases are read-only.",
    "reading": "The cases can be changed in this window already.",
    "editing": "The cases are read-only here: another window has them.",
}
"""What an action may need, and what is said where it is not there."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be done.

    Attributes:
        id: Unique name.
        menu: One of `MENUS`.
        slot: Method of the window, or of a part of its wiring with a dot between.
        keys: Shortcuts, the first of which is shown.
        needs: Key of `NEEDS`.
        argument: Passed to the slot where it is not empty.
        before: Whether a line stands above it in its menu.
        local: Whether its shortcuts work in the Case workspace alone: letters that change what is predicted.
    """

    id: str
    text: str
    menu: str
    slot: str
    keys: tuple[str, ...] = ()
    needs: str = ""
    argument: str = ""
    icon: str = ""
    before: bool = False
    checkable: bool = False
    local: bool = False


ACTS = (
    Act("new-case", "New case from files…", "File", "ask_files", ("Ctrl+N", "Ctrl+O"), icon="plus"),
    Act("new-folder", "New case from a folder…", "File", "ask_folder", ("Ctrl+Shift+O",), icon="folder"),
    Act("demo", "Open the demo case", "File", "open_demo", icon="demo"),
    Act("open-cohort", "Open cohort…", "File", "ask_cohort", icon="cohort", before=True),
    Act("import-cohort", "Import cohort…", "File", "import_cohort", ("Ctrl+Shift+I",), icon="download"),
    Act("install", "Install model…", "File", "ask_bundle", icon="models"),
    Act("take-over", "Open for editing", "File", "safekeeping.take_over", (), "reading"),
    Act("preferences", "Preferences…", "File", "show_preferences", ("Ctrl+,",), icon="settings", before=True),
    Act("quit", "Quit", "File", "close", ("Ctrl+Q",), before=True),
    Act("predict", "Predict", "Case", "predict", ("F5",), "model", icon="play"),
    Act("report", "Report…", "Case", "show_report", ("Ctrl+R",), "predicted", icon="report"),
    Act("undo", "Undo the last change", "Case", "safekeeping.undo", ("Ctrl+Z",), "undo", before=True),
    Act("redo", "Redo the change", "Case", "safekeeping.redo", ("Ctrl+Shift+Z",), "redo"),
    Act("relink", "Relink missing files…", "Case", "safekeeping.show_relink", (), "editing"),
    Act("export-case", "Export case…", "Case", "safekeeping.ask_export", (), "case"),
    Act("impute-now", "Hide and impute", "Case", "impute_now", ("I",), "predicted", local=True),
    Act("stop", "Cancel the running job", "Case", "cancel_job", (), "running", icon="stop", before=True),
    Act("close-case", "Close case", "Case", "close_case", ("Ctrl+W",), "case"),
    Act("light", "Light", "View", "set_theme", argument="light", checkable=True),
    Act("dark", "Dark", "View", "set_theme", argument="dark", checkable=True),
    Act("system", "As the system", "View", "set_theme", argument="system", checkable=True),
    Act("full", "Full screen", "View", "toggle_full", ("F11",), before=True),
    Act("palette", "Find a command…", "View", "show_palette", ("Ctrl+Shift+P",), icon="search"),
    Act("files", "Files of the case", "View", "show_files", needs="case", icon="folder", before=True),
    Act("checks", "Checks", "View", "show_checks", icon="warning"),
    Act("jobs", "Jobs", "View", "show_jobs"),
    Act("log", "Log", "View", "show_log"),
    Act("reset", "Reset layout", "View", "reset_layout"),
    Act("go-cases", "Cases", "Go", "go", ("Ctrl+1",), argument="cases"),
    Act("go-case", "Case", "Go", "go", ("Ctrl+2",), argument="case"),
    Act("go-cohort", "Cohort", "Go", "go", ("Ctrl+3",), argument="cohort"),
    Act("go-train", "Train", "Go", "go", ("Ctrl+4",), argument="train"),
    Act("go-models", "Models", "Go", "go", ("Ctrl+5",), argument="models"),
    Act("tab-slide", "Slide tab", "Go", "show_tab", ("Alt+1",), "case", argument="slide", before=True),
    Act("tab-mri", "MRI tab", "Go", "show_tab", ("Alt+2",), "case", argument="mri"),
    Act("tab-omics", "Omics tab", "Go", "show_tab", ("Alt+3",), "case", argument="omics"),
    Act("tab-components", "Components tab", "Go", "show_tab", ("Alt+4",), "case", argument="components"),
    Act("tab-compare", "Imputed vs real tab", "Go", "show_tab", ("Alt+5",), "case", argument="compare"),
    Act("shortcuts", "Keyboard shortcuts", "Help", "show_shortcuts", ("F1", "?")),
    Act("about", "About survgui", "Help", "show_about"),
)

WORKSPACES = (
    ("cases", "Cases", "cases"),
    ("case", "Case", "case"),
    ("cohort", "Cohort", "cohort"),
    ("train", "Train", "train"),
    ("models", "Models", "models"),
)
"""Key, word and icon, in the order of the rail."""


@dataclass(frozen=True, slots=True)
class Dock:
    """A panel that can be shown at a side of the workspaces."""

    id: str
    title: str
    area: Qt.DockWidgetArea


DOCKS = (
    Dock("files", "Files", Qt.DockWidgetArea.LeftDockWidgetArea),
    Dock("checks", "Checks", Qt.DockWidgetArea.BottomDockWidgetArea),
    Dock("jobs", "Jobs", Qt.DockWidgetArea.BottomDockWidgetArea),
    Dock("log", "Log", Qt.DockWidgetArea.BottomDockWidgetArea),
)
