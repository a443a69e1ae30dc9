"""The tasks that a worker process can be asked for, by name.

A task is a generator function: it takes keyword arguments, yields `Step`s and `Part`s and returns its result. Its
module is imported when it is first asked for, so that a worker starts in a moment and loads only what it uses.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Generator, Mapping

from survgui.cases.step import Part, Step

Work = Generator[Step | Part, None, object]

TASKS: dict[str, str] = {
    "dropped.recognise": "survgui.worker.dropped:recognise",
    "cases.adopt": "survgui.worker.cases:adopt",
    "cases.open": "survgui.worker.cases:open",
    "cases.demo": "survgui.worker.cases:demo",
    "cases.set_pixel_size": "survgui.worker.cases:set_pixel_size",
    "cases.step_back": "survgui.worker.cases:step_back",
    "cases.delete": "survgui.worker.cases:delete",
    "upkeep.look": "survgui.worker.upkeep:look",
    "upkeep.missing": "survgui.worker.upkeep:missing",
    "upkeep.find": "survgui.worker.upkeep:find",
    "upkeep.apply": "survgui.worker.upkeep:apply",
    "upkeep.export": "survgui.worker.upkeep:export",
    "upkeep.take_in": "survgui.worker.upkeep:take_in",
    "upkeep.keep_report": "survgui.worker.upkeep:keep_report",
    "upkeep.usage": "survgui.worker.upkeep:usage",
    "upkeep.clear": "survgui.worker.upkeep:clear",
    "upkeep.trim": "survgui.worker.upkeep:trim",
    "predictions.predict": "survgui.worker.predictions:predict",
    "predictions.compare": "survgui.worker.predictions:compare",
    "predictions.generators": "survgui.worker.predictions:generators",
    "predictions.report": "survgui.worker.predictions:report",
    "predictions.warm": "survgui.worker.predictions:warm",
    "pictures.omics": "survgui.worker.pictures:omics",
    "pictures.volume": "survgui.worker.pictures:volume",
    "cohorts.open": "survgui.worker.cohorts:open",
    "cohorts.demo": "survgui.worker.cohorts:demo",
    "cohorts.mask_risk": "survgui.worker.cohorts:mask_risk",
    "imports.propose": "survgui.worker.imports:propose",
    "imports.revise": "survgui.worker.imports:revise",
    "imports.recount": "survgui.worker.imports:recount",
    "imports.outcome": "survgui.worker.imports:outcome",
    "imports.look": "survgui.worker.imports:look",
    "imports.review": "survgui.worker.imports:review",
    "imports.mask_risk": "survgui.worker.imports:mask_risk",
    "imports.write": "survgui.worker.imports:write",
    "imports.discard": "survgui.worker.imports:discard",
    "evaluations.open": "survgui.worker.evaluations:open",
    "batches.run": "survgui.worker.batches:run",
    "batches.listing": "survgui.worker.batches:listing",
    "batches.put_away": "survgui.worker.batches:put_away",
    "batches.forget": "survgui.worker.batches:forget",
    "training.train": "survgui.worker.training:train",
    "audit.trail": "survgui.worker.audit:trail",
    "audit.saved": "survgui.worker.audit:saved",
    "audit.reveal": "survgui.worker.audit:reveal",
    "bundles.listing": "survgui.worker.bundles:listing",
    "bundles.verify": "survgui.worker.bundles:verify",
    "bundles.install": "survgui.worker.bundles:install",
    "bundles.remove": "survgui.worker.bundles:remove",
}
"""Name -> `module:function`."""


def resolve(name: str, extra: Mapping[str, str] | None = None) -> Callable[..., Work]:
    """The generator function of a task; its module is imported.

    Args:
        extra: More tasks, for tests.

    Raises:
        KeyError: There is no task of this name.
    """
    function: Callable[..., Work] = pkgutil.resolve_name({**TASKS, **(extra or {})}[name])
    return function
