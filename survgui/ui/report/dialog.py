"""The report dialog: choices at the left, the pages as they will be printed, and saving at the top."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QKeySequence
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from survgui.cases.report import ReportContent, Status
from survgui.errors import Trouble
from survgui.report import FORMATS
from survgui.ui import background
from survgui.ui.report.choices import Choices, Composed, Saving, available, prediction_key, proposed_name
from survgui.ui.report.options import Options
from survgui.ui.report.preview import Preview
from survgui.ui.widgets import files
from survgui.ui.widgets.banner import Banner, Level
from survgui.ui.widgets.buttons import Button, Segmented, Switch
from survgui.ui.widgets.labels import Label

STATUS = (("draft", "Draft"), ("final", "Final"))
FROZEN = (("final", "Final"), ("amended", "Amended"))
FILTERS = {"pdf": "PDF (*.pdf)", "html": "Web page (*.html)", "json": "JSON (*.json)"}
SIZE = 1180, 820


class ReportDialog(QDialog):
    """Show it with `open()`; what it prints arrives by `set_content`.

    Signals:
        saved(paths, status): The report was written: a list of paths, and draft, final or amended.
        finalised(prediction, report): A final report was saved: the key of its prediction, and its id.
        retry(): There is no content, and the user asks for it again.
    """

    saved = Signal(object, str)
    finalised = Signal(str, str)
    retry = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Report")
        self.resize(*SIZE)
        self._content: ReportContent | None = None
        self._pseudonym = ""
        self._hidden: tuple[str, ...] = ()
        self._frozen: Choices | None = None
        self._finalised: dict[str, str] = {}  # ids of final reports, by their prediction
        self._busy = False
        self._banner: Banner | None = None
        self._where = Path()
        self.options, self.preview = Options(), Preview()
        self.options.changed.connect(self._changed)
        self.preview.retry.connect(self.retry)
        self._notes = QVBoxLayout()
        self._notes.setContentsMargins(12, 0, 12, 0)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addLayout(self._notes)
        right.addWidget(self.preview, 1)
        below = QHBoxLayout()
        below.setSpacing(0)
        below.addWidget(self.options)
        below.addLayout(right, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._made_head())
        whole.addLayout(below, 1)
        self.set_content(None)

    # What the window says

    def know(self, finals: Mapping[str, str]) -> None:
        """Final reports that were saved in whatever session, by their prediction: a further one is amended."""
        self._finalised.update(finals)

    def set_content(self, content: ReportContent | None) -> None:
        """Show a report; None while it is being prepared."""
        before = self._finalised.get(prediction_key(content)) if content is not None else None
        finalised = content is not None and before is not None
        if content is not None and before is not None:  # it stays the same report, whatever is changed
            content = replace(content, identity=replace(content.identity, report=before))
        self._content = content
        self._clear_banner()
        self.options.clear_sign_off()
        self._frozen = Choices() if finalised else None
        self._offer(FROZEN if finalised else STATUS)
        self._follow_status("amended" if finalised else "draft")
        if content is not None:
            self.options.set_available(available(content))
        self._show()

    def set_trouble(self, trouble: Trouble) -> None:
        """Say why there is no report."""
        self._content = None
        self._show()
        self.preview.set_trouble(trouble)

    def set_pseudonym(self, pseudonym: str, hidden: tuple[str, ...] = ()) -> None:
        """Name the case as it is printed where the id is not, such as `Case 7F3A`.

        Args:
            hidden: Further names that a report without the id must not hold, such as those of the case's files.
        """
        self._pseudonym, self._hidden = pseudonym, hidden
        self.options.set_pseudonym(pseudonym)
        self.about.setText(pseudonym)
        self._show()

    @property
    def choices(self) -> Choices:
        """What is chosen."""
        o = self.options
        return Choices(
            sections=o.sections,
            status=self._status(),
            reviewer=o.reviewer.text().strip(),
            role=o.role.text().strip(),
            opinion=o.chosen_opinion,
            comment=o.chosen_comment,
            site=o.site.text().strip(),
            print_id=o.print_id.isChecked(),
            deidentified=o.deidentify.isChecked(),
            formats=tuple(name for name in FORMATS if self.formats[name].isChecked()),
        )

    # What the user does

    @Slot()
    def save(self) -> None:
        """Ask for a file, or for a folder where there are several, and write."""
        chosen = self.choices
        if self._content is None or self._busy or not chosen.formats:
            return
        if not chosen.signed:
            self._ask_reviewer()
            return
        name = proposed_name(self._pseudonym)
        if len(chosen.formats) == 1:
            only = chosen.formats[0]
            files.ask_save(self, "Save report", f"{name}.{only}", FILTERS[only], self._save_to)
        else:
            files.ask_folder(self, "Folder for the report's files", self._save_to)

    @Slot(object)
    def _save_to(self, target: object) -> None:
        chosen = self.choices
        if self._content is None or not chosen.formats or not chosen.signed:
            return
        composed = Composed(self._content, chosen, self._pseudonym, self._hidden)
        self._saving = chosen
        self._set_busy(True)
        work = Saving(composed, files.as_path(target), proposed_name(self._pseudonym))
        background.shared().run(work, done=self._written, failed=self._not_written)

    @Slot(object)
    def _written(self, paths: list[Path]) -> None:
        self._set_busy(False)
        self._where = paths[0].parent
        names = ", ".join(path.name for path in paths)
        text = f"Saved {names} in {self._where.name or self._where}."
        if self._saving.status != "draft":
            self._freeze(self._saving)
            text += " The report is final: what is changed from here on makes an amended one."
        self._say("info", text, (("show", "Show in folder"),))
        self.saved.emit(paths, self._saving.status)

    @Slot(object)
    def _not_written(self, trouble: Trouble) -> None:
        self._set_busy(False)
        self._say("error", trouble.text)

    @Slot(str)
    def _acted(self, key: str) -> None:
        if key == "show":
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._where)))

    @Slot(str)
    def _status_chosen(self, key: str) -> None:
        if key == "final" and self._frozen is None and not self.options.reviewer.text().strip():
            self._ask_reviewer()
        self._changed()

    @Slot()
    def _changed(self) -> None:
        """Something is to be printed otherwise."""
        self.options.ask_reviewer(not self.choices.signed)
        if self._frozen is not None:
            self._follow_status("final" if self._frozen == self._as_final() else "amended")
        self._show()

    # Inside

    def _made_head(self) -> QFrame:
        head = QFrame()
        head.setProperty("kind", "header")
        head.setFixedHeight(52)
        row = QHBoxLayout(head)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(12)
        self.about = Label("", "soft")
        self._offered: tuple[tuple[str, str], ...] = STATUS
        self.status = Segmented(STATUS)
        self.status.setAccessibleName("Status of the report")
        self.status.chosen.connect(self._status_chosen)
        self.formats = {name: Switch(name.upper(), f"Save as {name.upper()}") for name in FORMATS}
        row.addWidget(Label("Report", "title"))
        row.addWidget(self.about)
        row.addStretch(1)
        row.addWidget(self.status)
        for name, switch in self.formats.items():
            switch.setChecked(name == "pdf")
            switch.toggled.connect(self._formats_changed)
            row.addWidget(switch)
        self.save_button = Button("Save report…", "primary", tip="Write the report (Ctrl+S)")
        self.save_button.setShortcut(QKeySequence.StandardKey.Save)
        self.save_button.clicked.connect(self.save)
        self.close_button = Button("Close", tip="Close the report (Esc)")
        self.close_button.clicked.connect(self.reject)
        row.addWidget(self.close_button)
        row.addWidget(self.save_button)
        return head

    def _status(self) -> Status:
        key = self.status.key
        return "final" if key == "final" else "amended" if key == "amended" else "draft"

    def _as_final(self) -> Choices:
        """What would be printed if nothing had been changed since; formats make no difference."""
        now = self.choices
        frozen = self._frozen or now
        return Choices(
            **{name: getattr(now, name) for name in Choices.__dataclass_fields__ if name not in ("status", "formats")},
            status=frozen.status,
            formats=frozen.formats,
        )

    def _freeze(self, chosen: Choices) -> None:
        self._frozen = chosen
        if self._content is not None:
            prediction, report = prediction_key(self._content), self._content.identity.report
            self._finalised[prediction] = report
            self.finalised.emit(prediction, report)
        self._offer(FROZEN)
        self._follow_status(chosen.status)

    def _offer(self, options: tuple[tuple[str, str], ...]) -> None:
        if self._offered != options:
            self._offered = options
            self.status.set_options(options)

    def _follow_status(self, status: Status) -> None:
        self.status.set_chosen(status)
        self.status.setEnabled(self._frozen is None)
        self.status.setToolTip("" if self._frozen is None else "A final report was saved: changes make an amended one")

    def _ask_reviewer(self) -> None:
        self.options.ask_reviewer(True)
        self.options.ensureWidgetVisible(self.options.reviewer)
        self.options.reviewer.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(bool)
    def _formats_changed(self, on: bool) -> None:
        self._enable()

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.save_button.setText("Saving …" if busy else "Save report…")
        self._enable()

    def _enable(self) -> None:
        ready = self._content is not None and not self._busy
        self.save_button.setEnabled(ready and any(switch.isChecked() for switch in self.formats.values()))
        self.options.setEnabled(self._content is not None)

    def _show(self) -> None:
        chosen = self.choices
        content = self._content
        source = None if content is None else Composed(content, chosen, self._pseudonym, self._hidden)
        self.preview.show_report(source, chosen.sections)
        self._enable()

    def _say(self, level: Level, text: str, actions: tuple[tuple[str, str], ...] = ()) -> None:
        self._clear_banner()
        self._banner = Banner(level, text, actions)
        self._banner.acted.connect(self._acted)
        self._notes.setContentsMargins(12, 12, 12, 0)
        self._notes.addWidget(self._banner)

    def _clear_banner(self) -> None:
        if self._banner is not None:
            self._notes.setContentsMargins(12, 0, 12, 0)
            self._banner.hide()
            self._banner.deleteLater()
            self._banner = None
