from __future__ import annotations

import pytest

from survgui.batch import run
from survgui.batch.journal import Journal
from survgui.cases.batch import Action, Item, Order, Row
from survgui.cases.step import Step, run_to_end
from survgui.engine.spread import Limits, Lost
from survgui.errors import Trouble

ORDER = Order(Action.ENCODE)
BAD = Trouble("ReadError", "bad", "SLD-04")


@pytest.fixture
def cases(tmp_path, monkeypatch):
    """Cases as files that say what becomes of them; `asked` grows by the names of those that are done."""
    asked = []

    def spread(work, where):
        for place, item in enumerate(work.items):
            asked.append(item.name)
            text = item.paths[0].read_text()
            if text in ("ends", "hangs"):
                work.lost(place, Lost(text == "hangs", "sigsegv"))
            else:
                row = Row(item.name, {"said": text}, key=run.content_key(item, ORDER, run.program.digest(), ""))
                work.finished(place, row if text != "bad" else Row(item.name, trouble=BAD))
            yield Step("spread", place + 1, len(work.items))

    monkeypatch.setattr(run, "spread", spread)

    def made(**texts):
        for name, text in texts.items():
            (tmp_path / name).write_text(text)
        return [Item(name, (tmp_path / name,)) for name in texts]

    return made, asked


def test_every_case_has_a_row_in_its_place_whatever_became_of_it(cases):
    make, _ = cases
    seen, steps = [], []
    items = make(a="fine", b="bad", c="ends", d="hangs", e="well")
    rows = run_to_end(run.perform(items, ORDER, taken=seen.append), steps.append)
    assert [row.item for row in rows] == list("abcde") and seen == list(rows)
    assert [row.trouble.code if row.trouble else "" for row in rows] == ["", "SLD-04", "BAT-01", "BAT-02", ""]
    assert "sigsegv" in rows[2].said and "others went on" in rows[2].said and "given up" in rows[3].said
    assert (steps[0].done, steps[-1].done, steps[-1].text) == (0, 5, "3 failed")


def test_what_is_finished_is_kept_and_what_failed_changed_or_is_new_is_done_again(cases, tmp_path):
    make, asked = cases
    journal = Journal(tmp_path / "rows")
    items = make(a="fine", b="bad", c="well")
    task = run.perform(items, ORDER, journal=journal)
    while len(asked) < 2:  # killed after the second row
        next(task)
    task.close()
    asked.clear()
    run_to_end(run.perform(items, ORDER, journal=journal, resume=True))
    assert asked == ["b", "c"]  # the first is kept, the second had failed, of the third nothing was written
    asked.clear()
    make(a="other", b="mended")
    rows = run_to_end(run.perform([*items, *make(d="new")], ORDER, journal=journal, resume=True))
    assert asked == ["a", "b", "d"] and [row.result["said"] for row in rows] == ["other", "mended", "well", "new"]
    asked.clear()
    run_to_end(run.perform(items, ORDER, journal=journal))
    assert asked == ["a", "b", "c"]  # asked for anew


def test_a_process_has_its_share_of_the_memory_and_never_too_little_to_work():
    one, two = run.usual_limits(1), run.usual_limits(2, 60.0)
    assert one.memory >= two.memory >= run.LEAST_MEMORY and two.silence == 60.0
    assert run.usual_limits(2, memory=5) == Limits(run.SILENCE, 5)
