"""The left side of the report dialog: sections, sign-off, and whose name is printed."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFormLayout, QLineEdit, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from survgui.report import ALL, ALWAYS, Section
from survgui.ui.report.choices import Opinion
from survgui.ui.widgets.buttons import Segmented, Switch
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.labels import Label

OPINIONS = (("", "None"), ("agree", "Agree"), ("disagree", "Disagree"))
WIDE = 348
COMMENT = 2000
"""letters of a comment at most; more would push the report's own words off the page"""

SHARED = "No id, date, site, sign-off, whole slide or MRI. It ends with what was done: read it before you share it."


class Options(QScrollArea):
    """What is chosen for a report, apart from its status and formats.

    Signals:
        changed(): Something was chosen otherwise.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(WIDE)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        inside.setProperty("kind", "plain")
        column = QVBoxLayout(inside)
        column.setContentsMargins(12, 12, 4, 12)
        column.setSpacing(10)
        for card in (self._made_sign_off(), self._made_privacy(), self._made_sections()):
            column.addWidget(card)
        column.addStretch(1)
        self.setWidget(inside)
        self.set_pseudonym("")

    @property
    def sections(self) -> frozenset[Section]:
        """Those that are switched on."""
        return frozenset(section for section, switch in self.switches.items() if switch.isChecked())

    @property
    def chosen_opinion(self) -> Opinion:
        """What the reviewer thinks of the estimate."""
        return cast("Opinion", self.opinion.key)

    @property
    def chosen_comment(self) -> str:
        """The comment without blanks around it."""
        return self.comment.toPlainText().strip()[:COMMENT]

    def set_pseudonym(self, pseudonym: str) -> None:
        """Say what is printed in place of the patient's id."""
        self._pseudonym = pseudonym
        self._say_privacy()

    def set_available(self, sections: frozenset[Section]) -> None:
        """Name the sections that this case has something for."""
        for section, switch in self.switches.items():
            there = section in sections
            switch.setEnabled(there)
            switch.setToolTip("" if there else f"{section.title}: this case has none")

    def ask_reviewer(self, wanted: bool) -> None:
        """Say that a reviewer must be named, and why; or no longer."""
        self.why.setVisible(wanted)
        if bool(self.reviewer.property("wrong")) != wanted:
            self.reviewer.setProperty("wrong", wanted)
            self.reviewer.style().unpolish(self.reviewer)
            self.reviewer.style().polish(self.reviewer)

    def clear_sign_off(self) -> None:
        """Forget what was said of the case before; who says it stays."""
        for widget in (self.comment, self.opinion):
            widget.blockSignals(True)
        self.comment.clear()
        self.opinion.set_chosen("")
        for widget in (self.comment, self.opinion):
            widget.blockSignals(False)
        self.print_id.setChecked(False)
        self.deidentify.setChecked(False)

    def _made_sign_off(self) -> Card:
        card = Card("Sign-off", "printed at the end")
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(10)
        form.setVerticalSpacing(8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self.reviewer, self.role, self.site = _line("Reviewer"), _line("Role"), _line("Site")
        self.role.setPlaceholderText("such as pathologist")
        self.why = Label("A final report names whoever has read it: give the reviewer's name.", "warn", wrap=True)
        self.why.hide()
        for text, field in (("Reviewer", self.reviewer), ("Role", self.role), ("Site", self.site)):
            field.textChanged.connect(self.changed)
            form.addRow(Label(text, "soft"), field)
            if field is self.reviewer:
                form.addRow(self.why)
        card.body.addLayout(form)
        self.opinion = Segmented(OPINIONS)
        self.opinion.setAccessibleName("Opinion on the estimate")
        self.opinion.chosen.connect(self.changed)
        form.addRow(Label("Opinion", "soft"), self.opinion)
        self.comment = QPlainTextEdit()
        self.comment.setAccessibleName("Comment")
        self.comment.setPlaceholderText("Comment")
        self.comment.setTabChangesFocus(True)
        self.comment.setFixedHeight(76)
        self.comment.textChanged.connect(self.changed)
        card.body.addWidget(self.comment)
        return card

    def _made_privacy(self) -> Card:
        card = Card("Privacy")
        self.print_id = Switch("Print the patient's id")
        self.print_id.toggled.connect(self._privacy_changed)
        self.deidentify = Switch("De-identify for sharing", "By the Safe Harbor method of the HIPAA Privacy Rule")
        self.deidentify.toggled.connect(self._privacy_changed)
        self.about_id = Label("", "hint", wrap=True)
        card.body.addWidget(self.print_id)
        card.body.addWidget(self.deidentify)
        card.body.addWidget(self.about_id)
        return card

    def _made_sections(self) -> Card:
        card = Card("Sections", "in PDF and HTML")
        card.body.setSpacing(2)
        for title in ALWAYS:
            switch = Switch(title, "Always printed")
            switch.setChecked(True)
            switch.setEnabled(False)
            card.body.addWidget(switch)
        self.switches: dict[Section, Switch] = {}
        for section in Section:
            switch = self.switches[section] = Switch(section.title)
            switch.setChecked(section in ALL)
            switch.toggled.connect(self.changed)
            card.body.addWidget(switch)
        card.body.addWidget(Label("The JSON holds every number, whatever is switched off.", "hint", wrap=True))
        return card

    @Slot(bool)
    def _privacy_changed(self, on: bool) -> None:
        self._say_privacy()
        self.changed.emit()

    def _say_privacy(self) -> None:
        self.print_id.setEnabled(not self.deidentify.isChecked())
        if self.deidentify.isChecked():
            self.about_id.setText(SHARED)
            self.about_id.set_kind("hint")
        elif self.print_id.isChecked():
            self.about_id.setText("The id stands on every page, in the HTML and in the JSON.")
            self.about_id.set_kind("warn")
        else:
            self.about_id.setText(
                f"Printed as {self._pseudonym or 'a pseudonym'}; no file and no file name holds the id."
            )
            self.about_id.set_kind("hint")


def _line(about: str) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(about)
    field.setMaxLength(120)
    return field
