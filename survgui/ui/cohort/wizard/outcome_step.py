"""Step 2: which endpoint, which columns hold it, what means that the event happened; everybody's survival beside it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from survgui.cases.import_facts import Counts, OutcomeFacts, TableFacts
from survgui.cases.proposal import Endpoint, ProposedSource, TablePlan, Use, Value
from survgui.figures.curve import CurveFigure, curve_table, draw_curve
from survgui.figures.words import THIN, count, months, plural
from survgui.figures.zoom import WINDOW, Zoom
from survgui.ui.cohort.notes import NoteRow
from survgui.ui.cohort.wizard import words
from survgui.ui.cohort.wizard.draft import Draft
from survgui.ui.explore.plots import curve_plot
from survgui.ui.widgets.buttons import Segmented
from survgui.ui.widgets.card import Card
from survgui.ui.widgets.figure_view import FigureView
from survgui.ui.widgets.labels import Label, plain_tip

WIDE, FIELD, BAR = 432, 250, 12
NAMES = ("OS", "DSS", "PFI", "DFI", "PFS", "DFS", "RFS")
UNITS = (("days", "days"), ("months", "months"), ("years", "years"))
NOTHING = "No table holds a time and an event for each patient. Choose a table and its columns."
NEARLY = ("IMP-06", "IMP-09", "IMP-10")
"""Notes on tables that lack little to hold an outcome: they say what"""


class OutcomeStep(QWidget):
    """The second step.

    Signals:
        read_requested(Endpoint): Count it as it is mapped now.
        look_requested(path, sheet, array): Look into the table of the outcome.
    """

    read_requested = Signal(object)
    look_requested = Signal(object, object, object)

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self._facts: TableFacts | None = None
        self._asked: Path | None = None
        self._make()
        self._lay_out()
        draft.changed.connect(self._changed)
        draft.read.connect(self._show_read)

    def begin(self) -> None:
        """The step is looked at: have read what is not known yet."""
        endpoint = self._endpoint
        if endpoint is None:
            return
        if self._draft.outcome is None and endpoint.time and endpoint.event:
            self.read_requested.emit(endpoint)
        if self._asked != endpoint.path:
            self._look(endpoint.path, endpoint.plan)

    @Slot(object)
    def set_table(self, facts: TableFacts) -> None:
        """The columns of the outcome's table are there to choose from."""
        if facts.path == self._asked:
            self._facts = facts
            self._changed()

    @property
    def _endpoint(self) -> Endpoint | None:
        return self._draft.proposal.outcome if self._draft.proposal is not None else None

    def _make(self) -> None:
        self.endpoints, self.tables, self.time, self.events = (QComboBox() for _ in range(4))
        self.name, self.unit = QComboBox(), Segmented(UNITS)
        for name in NAMES:
            self.name.addItem(name)
        self.name.setEditable(True)
        self.endpoints.activated.connect(self._choose_endpoint)
        self.tables.activated.connect(self._choose_table)
        self.name.activated.connect(self._rename)
        self.time.activated.connect(self._choose_time)
        self.events.activated.connect(self._choose_event)
        self.unit.chosen.connect(self._choose_unit)
        self.words = Label("", "title", wrap=True)
        self._values = QWidget()
        self._boxes: dict[str, QCheckBox] = {}
        column = QVBoxLayout(self._values)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._notes = QWidget()
        self._notes.setProperty("kind", "plain")
        under = QVBoxLayout(self._notes)
        under.setContentsMargins(0, 0, BAR, 0)
        under.setSpacing(7)
        self._curve = FigureView("Survival of everybody with this outcome")

    def _lay_out(self) -> None:
        self.setProperty("kind", "page")
        left = Card("Outcome", " ")
        left.setFixedWidth(WIDE)
        self._left = left
        grid = QGridLayout()
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(0, 1)
        fields: tuple[tuple[str, QWidget, str], ...] = (
            ("Found", self.endpoints, "Endpoints that the tables hold"),
            ("Table", self.tables, "The table that holds time and event"),
            ("Endpoint", self.name, "What is predicted: OS is death of any cause"),
            ("Time", self.time, "The column of follow-up times"),
            ("Unit", self.unit, "What the times are counted in"),
            ("Event", self.events, "The column that says whether the event happened"),
        )
        for place, (title, widget, tip) in enumerate(fields):
            widget.setToolTip(tip)
            widget.setAccessibleName(title)
            if isinstance(widget, QComboBox):
                widget.setFixedWidth(FIELD)
            grid.addWidget(Label(title, "soft"), place, 0)
            grid.addWidget(widget, place, 1, Qt.AlignmentFlag.AlignLeft)
        left.body.addLayout(grid)
        left.body.addWidget(Label("What means that it happened", "strong"))
        left.body.addWidget(self._values)
        left.body.addWidget(self.words)
        scroll = QScrollArea()
        scroll.setAccessibleName("why, and what to look at")
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._notes)
        left.body.addWidget(scroll, 1)
        self._right = Card("Survival of everybody", " ")
        self._right.body.addWidget(self._curve, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 12, 10)
        row.setSpacing(10)
        row.addWidget(left)
        row.addWidget(self._right, 1)

    # Showing

    @Slot()
    def _changed(self) -> None:
        proposal, endpoint = self._draft.proposal, self._endpoint
        if proposal is None:
            return
        self.endpoints.clear()
        for found in proposal.endpoints:
            said = f"{found.name} · {plural(found.patients, 'patient')}, {plural(found.events, 'event')}"
            self.endpoints.addItem(said, found.key)
            tip = plain_tip(words.endpoint_line(found))
            self.endpoints.setItemData(self.endpoints.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.endpoints.setEnabled(bool(proposal.endpoints))
        self._offer_tables(proposal.sources, endpoint)
        for widget in (self.name, self.time, self.unit, self.events):
            widget.setEnabled(endpoint is not None)
        if endpoint is None:
            self.words.setText("")
            self._left.set_hint("")
            self._set_boxes((), ())
            near = [NoteRow(note) for note in proposal.notes if note.code in NEARLY]
            self._say([Label(NOTHING, "warn", wrap=True), *near])
            self._curve.set_figure(None)
            self._right.set_hint("")
            self._facts = self._asked = None
            for box in (self.time, self.events):
                box.clear()
            return
        self.endpoints.setCurrentIndex(max(0, self.endpoints.findData(endpoint.key)))
        self.name.setCurrentText(endpoint.name)
        self.unit.set_chosen(endpoint.unit)
        self._left.set_hint(words.endpoint_line(endpoint))
        self._offer_columns(endpoint)
        self._set_boxes(endpoint.coding, endpoint.event_value)
        if self.isVisible():
            self.begin()
        self._show_read()

    def _offer_tables(self, sources: tuple[ProposedSource, ...], endpoint: Endpoint | None) -> None:
        tables = {s.paths[0]: s for s in sources if s.plan is not None or s.use in (Use.OUTCOME, Use.NONE)}
        tables = {path: s for path, s in tables.items() if len(s.paths) == 1}
        self.tables.clear()
        for path in tables:
            self.tables.addItem(path.name, path)
        now = endpoint.path if endpoint is not None else None
        if now is not None and self.tables.findData(now) < 0:
            self.tables.addItem((endpoint.of or now).name if endpoint is not None else now.name, now)
        self.tables.setCurrentIndex(self.tables.findData(now) if now is not None else -1)

    def _offer_columns(self, endpoint: Endpoint) -> None:
        facts = self._facts if self._facts is not None and self._facts.path == endpoint.path else None
        times = [n for n in facts.columns if n in facts.numeric] if facts is not None else []
        events = list(facts.coded) if facts is not None else []
        for box, names, now in ((self.time, times, endpoint.time), (self.events, events, endpoint.event)):
            box.clear()
            for name in dict.fromkeys([*names[:400], now]):
                box.addItem(name)
            box.setCurrentText(now)

    def _set_boxes(self, coding: Counts, chosen: tuple[Value, ...]) -> None:
        """A check box for each value of the event's column."""
        taken = {words.same(value) for value in chosen}
        if list(self._boxes) != [value for value, _ in coding]:
            layout = self._values.layout()
            for box in self._boxes.values():
                box.hide()
                box.deleteLater()
            self._boxes = {}
            for value, rows in coding:
                box = QCheckBox(f"{value}   ({plural(rows, 'row')})")
                box.setAccessibleName(f"{value} means that the event happened")
                box.clicked.connect(self._choose_values)
                self._boxes[value] = box
                if layout is not None:
                    layout.addWidget(box)
        for value, box in self._boxes.items():
            box.setChecked(words.same(value) in taken)

    @Slot()
    def _show_read(self) -> None:
        """Words, notes and curve, of what was read last."""
        endpoint, found = self._endpoint, self._draft.outcome
        if endpoint is None:
            return
        self.words.setText(words.coding_words(endpoint, endpoint.event_value, found is not None))
        shown: list[QWidget] = []
        if endpoint.notes:
            shown += [Label("To look at", "strong"), *(NoteRow(note) for note in endpoint.notes)]
        shown += [Label("Why", "strong"), *(Label(f"· {text}", "soft", wrap=True) for text in endpoint.evidence)]
        self._say(shown)
        self._draw(found)

    def _say(self, shown: list[QWidget]) -> None:
        layout = self._notes.layout()
        if not isinstance(layout, QVBoxLayout):
            return
        while (item := layout.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for widget in shown:
            layout.addWidget(widget)
        layout.addStretch(1)

    def _draw(self, found: OutcomeFacts | None) -> None:
        if found is None:
            whole = self._endpoint is not None and self._endpoint.time and self._endpoint.event
            self._right.set_hint("reading the outcome" if whole else "choose the columns of time and event")
            return
        if found.curve is None:
            self._right.set_hint("nobody has this outcome")
            self._curve.set_figure(None)
            return
        follow = found.median_follow_up
        said = f"n = {count(found.curve.patients)}, {plural(found.curve.deaths, 'event')}"
        if follow is not None:
            said += f" · median follow-up {months(follow)}{THIN}months (reverse Kaplan-Meier)"
        self._right.set_hint(said)
        rows = ("at_risk", "deaths", "censored")
        figure = CurveFigure(None, (found.curve,), found.ticks, float(found.ticks[-1]), rows=rows, bands=True)
        series = partial(curve_plot, figure, "Survival of everybody", found.endpoint.name)
        self._curve.set_figure(
            Zoom(partial(draw_curve, figure=figure), WINDOW), curve_table(figure), "kaplan-meier", series=series
        )

    # Editing

    def _edit(self, what: str, endpoint: Endpoint) -> None:
        before = self._endpoint
        if endpoint != before:
            self._draft.edit_endpoint(what, endpoint)
            if endpoint.time and endpoint.event:
                self.read_requested.emit(endpoint)

    def _look(self, path: Path, plan: TablePlan) -> None:
        self._asked = path
        self.look_requested.emit(path, plan.sheet, plan.array)

    @Slot()
    def _choose_endpoint(self) -> None:
        proposal, key = self._draft.proposal, self.endpoints.currentData()
        found = next((e for e in proposal.endpoints if e.key == key), None) if proposal is not None else None
        if found is not None:
            self._edit("choice of the endpoint", found)

    @Slot()
    def _choose_table(self) -> None:
        """Another table: an endpoint that it holds, or a mapping to be made."""
        proposal, path = self._draft.proposal, self.tables.currentData()
        if proposal is None or path is None:
            return
        found = next((e for e in proposal.endpoints if e.path == path), None)
        source = next((s for s in proposal.sources if s.paths and s.paths[0] == path), None)
        plan = source.plan if source is not None and source.plan is not None else TablePlan()
        kept = TablePlan(sheet=plan.sheet, array=plan.array, case=plan.case, filter=plan.filter)
        self._edit("table of the outcome", found or Endpoint(f"{path.name}#chosen", "OS", path, kept, "", ""))
        self._look(path, kept)

    @Slot()
    def _rename(self) -> None:
        endpoint, name = self._endpoint, self.name.currentText().strip()
        if endpoint is not None and name:
            self._edit("name of the endpoint", replace(endpoint, name=name))

    @Slot()
    def _choose_time(self) -> None:
        endpoint = self._endpoint
        if endpoint is not None:
            self._edit("column of times", replace(endpoint, time=self.time.currentText(), evidence=("you said so",)))

    @Slot()
    def _choose_event(self) -> None:
        endpoint, name = self._endpoint, self.events.currentText()
        if endpoint is None:
            return
        coding = self._facts.coded.get(name, ()) if self._facts is not None else ()
        values = tuple(_typed(value) for value, _ in coding[:1]) if endpoint.event != name else endpoint.event_value
        changed = replace(endpoint, event=name, coding=coding, event_value=values, evidence=("you said so",))
        self._edit("column of events", changed)

    @Slot(str)
    def _choose_unit(self, key: str) -> None:
        endpoint = self._endpoint
        if endpoint is not None:
            self._edit("unit of time", replace(endpoint, unit=key))

    @Slot()
    def _choose_values(self) -> None:
        endpoint = self._endpoint
        if endpoint is None:
            return
        chosen = tuple(_typed(value) for value, box in self._boxes.items() if box.isChecked())
        if not chosen:
            self._set_boxes(endpoint.coding, endpoint.event_value)  # something must mean it
            return
        self._edit("meaning of the events", replace(endpoint, event_value=chosen))


def _typed(value: str) -> Value:
    """A value as a cohort file writes it: whole numbers without quotes."""
    return int(value) if value.isdecimal() else value
