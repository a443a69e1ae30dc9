"""The window's sentences on an estimate; what the report says too is said in the report's words."""

from __future__ import annotations

import numpy as np

from survgui.cases.case import Modality, State
from survgui.cases.display import Comparison, Predicted
from survgui.cases.prediction import Contribution, Information
from survgui.cases.report import ReportContent
from survgui.figures.cohort_map import Near
from survgui.figures.words import THIN, component, count, inside, listed, months, percent, plain, plural, signed
from survgui.report import words as report

NOT_PREDICTED = "Not predicted yet."
PREDICT = "Predict  F5"
NO_MAP = "This bundle has no cohort map."
RANKS = "Level bars mean that the spread is right; a valley that it is too narrow, a hill that it is too wide."
MISSING_SHARE = (
    "Fraction of missing information after Rubin: the variance of the log-risk between imputations, over that and the "
    "model's own variance together."
)
NO_RANKS = "Without a spread there are no draws among which the measured values could rank."
FIDELITY = (
    "1 means that the shared and the specific part hold all of it; below the mark the modality is unlike what the "
    "bundle was developed on."
)


def names(modalities: list[Modality], *, start: bool = False) -> str:
    """`RNA-seq and copy number`; `start` where a sentence begins with it."""
    return listed([m.title if start and k == 0 else inside(m.title) for k, m in enumerate(modalities)])


def in_state(content: ReportContent, state: State) -> list[Modality]:
    """Modalities of a state, in the bundle's order."""
    return [row.modality for row in content.inputs if row.state is state]


def fan_hint(predicted: Predicted) -> str:
    """What the fan around the curve is made of."""
    content = predicted.content
    if not content.imputed:
        return "everything measured" if not _missing(content) else "from what was measured"
    if predicted.preliminary:
        return "from what was measured"
    imputed = list(content.imputed)
    of = names(imputed) if len(imputed) == 1 else f"{len(imputed)} modalities"
    if without_spread(predicted):
        return f"{of} at the mean" if content.run.generator == report.MEAN else f"one imputation of {of}"
    return f"fan: {plural(content.run.draws, 'imputation')} of {of}"


def without_spread(predicted: Predicted) -> str:
    """Why nothing spreads although something was imputed; empty where it does or is still to be drawn."""
    return "" if predicted.preliminary else report.without_spread(predicted.content)


def missing_share(predicted: Predicted) -> str:
    """How much of what is uncertain comes from the missing parts; empty where that is not known."""
    found = predicted.prediction.rubin
    if found is None or found.fraction_missing_information is None or predicted.preliminary:
        return ""
    return f"{percent(found.fraction_missing_information)} of the uncertainty comes from the missing parts"


def corrected(predicted: Predicted) -> str:
    """Whether the probabilities were recalibrated for what was measured."""
    if predicted.prediction.recalibrated:
        return "Recalibrated for what was measured in this case"
    return "Not recalibrated: the model's own probabilities"


def spread_line(predicted: Predicted) -> str:
    """What stands below `alive at 24 months`."""
    content = predicted.content
    if predicted.preliminary and content.imputed:
        return f"imputing {names(list(content.imputed))}"
    return report.spread_line(content)


def spread_tip(predicted: Predicted) -> str:
    """What the spread is, and what it is not."""
    content = predicted.content
    if not content.imputed or predicted.preliminary:
        return inputs_sentence(predicted)
    if without_spread(predicted):
        return f"{inputs_sentence(predicted)}\nAnother generator draws the missing parts and shows how far they spread."
    draws = plural(content.run.draws, "draw")
    found = predicted.prediction.rubin
    moved = "" if found is None else f"\nThey move the log-risk by {plain(found.between**0.5)} (standard deviation)."
    return (
        f"5th to 95th percentile over {draws} of {names(list(content.imputed))}.\n"
        f"It says how far the missing parts move the estimate, not how sure the model is.{moved}"
    )


def group_tip(content: ReportContent) -> str:
    """Risk, percentile, the frozen thresholds and n of every group."""
    low, high = content.thresholds
    c = content
    lines = [
        f"Log-risk {plain(c.risk)}: {c.risk_group} risk, {report.standing(c)}.",
        f"Thresholds {plain(low)} and {plain(high)}, frozen in the bundle.",
    ]
    lines += [f"{g.name}: {plural(g.patients, 'patient')}, {plural(g.deaths, 'death')}" for g in c.groups]
    return "\n".join(lines)


def cohort_line(content: ReportContent) -> str:
    """The cohort behind the curves, with n."""
    return "Cohort: " + report.development(content.model)


def contribution_tip(c: Contribution, draws: int, without: str = "") -> str:
    """What a bar of the waterfall says.

    Args:
        without: Why nothing spreads although it was imputed.
    """
    first = f"{component(c.component)}, {c.state}: {signed(c.value)} log-risk"
    if c.state is State.IMPUTED and c.spread is None:
        return f"{first}\n{without or 'at its development mean until it is drawn'}"
    if c.spread is None:
        return first
    return f"{first}\nspread {signed(c.spread[0])} to {signed(c.spread[1])}, n = {plural(draws, 'draw')}"


def information_tip(item: Information, content: ReportContent) -> str:
    """What a bar of the missing modalities says."""
    return (
        f"{item.modality.title}: {percent(item.group_change)} of {plural(content.run.draws, 'draw')} fall into another "
        f"risk group\nmean change of S({months(content.at_horizon.months)}): "
        f"{plain(100.0 * item.expected_change)} percentage points"
    )


def change_note(content: ReportContent) -> str:
    """What the bars of the missing modalities are."""
    return (
        "Chance that a measured value moves the case to another risk group, as far as the imputation model holds; "
        f"n = {plural(content.run.draws, 'draw')}."
    )


def nothing_to_change(predicted: Predicted) -> str:
    """Why no missing modality is listed."""
    if predicted.preliminary and predicted.content.imputed:
        return "Known once the missing parts are drawn."
    return report.nothing_to_change(predicted.content)


def inputs_sentence(predicted: Predicted) -> str:
    """What was measured and what was imputed, and from how many draws."""
    content = predicted.content
    measured = in_state(content, State.MEASURED)
    said = f"Measured: {names(measured)}." if measured else "Nothing was measured."
    how = "to be drawn" if predicted.preliminary else report.run_line(content.run)
    for state in (State.IMPUTED, State.ABSENT, State.UNUSABLE, State.UNUSED):
        found = in_state(content, state)
        drawn = [m for m in found if m in content.imputed]
        left = [m for m in found if m not in drawn]
        word = str(state).capitalize()
        if drawn:
            said += f" {word if state is State.IMPUTED else f'{word}, {report.AS_MISSING}'}: {names(drawn)} ({how})."
        if left:
            said += f" {word}: {names(left)}."
    return said


def near_sentence(near: Near, where: str = "here") -> str:
    """The development patients around a point of the map, summed up."""
    groups = listed([f"{count(n)} {name}" for name, n in near.groups])
    return f"Of the {near.patients} development patients nearest to {where}: {groups} risk; {near.deaths} died."


def inside_sentence(c: Comparison) -> str:
    """How often the spread held the measured value."""
    if len(c.drawn_part) < 2:
        return "no spread that a real value could lie inside of: one value was imputed for each"
    return (
        f"inside the 5–95{THIN}% spread: {percent(c.inside)} of {count(len(c.real_part))} values; "
        f"90{THIN}% would be ideal"
    )


def group_sentence(c: Comparison) -> str:
    """Whether imputing moves the case to another risk group."""
    real, imputed = c.real.content, c.imputed.content
    title = inside(c.modality.title)
    draws = f"n = {plural(imputed.run.draws, 'draw')}"
    if real.risk_group == imputed.risk_group:
        return f"With {title} imputed the case stays in its risk group ({real.risk_group}); {draws}."
    return f"With {title} imputed the case moves from {real.risk_group} to {imputed.risk_group} risk; {draws}."


def distance_sentence(c: Comparison) -> str:
    """How far the imputed case lies from the measured one, beside how far apart development patients are."""
    apart = float(np.linalg.norm(c.imputed.map.cloud.mean(axis=0) - c.real_point))
    cohort = c.imputed.map.cohort
    usual = float(np.median(np.linalg.norm(cohort - cohort.mean(axis=0), axis=1)))
    return (
        f"Measured and imputed lie {plain(apart)} apart; half of the {count(len(cohort))} development patients lie "
        f"within {plain(usual)} of their mean."
    )


def _missing(content: ReportContent) -> list[Modality]:
    """Modalities that the bundle takes and that were neither measured nor imputed."""
    used = (State.MEASURED, State.IMPUTED)
    return [row.modality for row in content.inputs if row.developed_on is not None and row.state not in used]
