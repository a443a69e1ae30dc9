"""The report's sentences. Nothing here advises: it says what the model estimates, from what, and how far it reaches."""

from __future__ import annotations

from survgui.cases.case import Modality, State
from survgui.cases.imputation_quality import QualityRow
from survgui.cases.reconstruction import FeatureReconstruction, Imputation
from survgui.cases.report import Calibration, InputRow, ModelFacts, ReportContent, RunFacts, Score
from survgui.figures.words import THIN, count, generator, inside, listed, months, ordinal, percent, plain, plural, span

NOTICE = "The estimate describes patients of a development cohort; it is no advice on treatment or testing."

METHODS = {
    "must": "MUST",
    "must-paper": "MUST, as published",
    "must-meanfill": "MUST, missing parts filled by the mean",
    "must-knn": "MUST, missing parts from nearest patients",
    "imputmae": "impuTMAE",
    "imputmae-scratch": "impuTMAE without pre-training",
    "cox-clinical": "Cox, clinical",
    "cox-rna-clinical": "Cox, RNA + clinical",
    "cox-all": "Cox, all modalities",
    "cox-specialist": "Cox, one for every pattern",
    "rsf": "random survival forest",
    "late-fusion": "late fusion",
    "mask-only": "which modalities exist, nothing else",
}
"""Names of methods as they are read; one that is not listed is printed as it is."""

MEAN = "mean"
"""Generator without chance: what is missing is put in at its conditional mean, so nothing spreads."""
AS_MISSING = "drawn as if missing"
"""Said of what was given but could not be used."""
DECODER, REENCODING = "latent", "reencode"
"""Generators that draw an estimate from what the decoder makes: from its hidden states, or from its data."""


def imputed_names(content: ReportContent) -> str:
    """`RNA-seq and methylation`."""
    return listed([inside(m.title) for m in content.imputed])


def case_name(content: ReportContent) -> str:
    """The case's id, its middle left out where it is very long; the model card has it in full."""
    case = content.identity.case
    return case if len(case) <= 48 else f"{case[:28]}…{case[-16:]}"


def spread_line(content: ReportContent) -> str:
    """What stands below the headline number."""
    if not content.imputed:
        return "nothing was imputed"
    if why := without_spread(content):
        return why
    h = content.at_horizon
    return f"imputation spread {span(h.low, h.high)}"


def without_spread(content: ReportContent) -> str:
    """Why nothing spreads although something was imputed; empty where it does, or where nothing was."""
    if not content.imputed or content.run.draws > 1:
        return ""
    return "imputed by the mean: no spread" if content.run.generator == MEAN else "one draw: no spread"


def frequency(content: ReportContent) -> str:
    """The same number as a natural frequency."""
    h = content.at_horizon
    text = (
        f"Of 100 patients with this profile, the model expects about {round(100 * h.survival)} to be alive at "
        f"{months(h.months)} months"
    )
    if not content.imputed or without_spread(content):
        return text + "."
    verb = "varies" if len(content.imputed) == 1 else "vary"
    return f"{text}; {round(100 * h.low)} to {round(100 * h.high)} as the imputed {imputed_names(content)} {verb}."


def standing(content: ReportContent) -> str:
    """Where the case stands in the development cohort."""
    return f"{ordinal(content.risk_percentile)} percentile of {plural(content.model.patients, 'development patient')}"


def groups_note(content: ReportContent) -> str:
    """How the groups came about, with n of each."""
    low, high = content.thresholds
    sizes = ", ".join(f"{g.name} {count(g.patients)}" for g in content.groups)
    return (
        f"Risk groups by thresholds frozen at development (log-risk {plain(low)} and {plain(high)}); "
        f"patients: {sizes}. Kaplan-Meier of the development cohort by cross-validated risk; faint where fewer "
        f"than a tenth are still followed. Time origin: {content.model.origin}; event: {content.model.endpoint}. "
        "Follow-up of 0 counts as half a day."
    )


def run_line(run: RunFacts) -> str:
    """How imputed parts were drawn."""
    how = generator(run.generator, run.steps)
    return how if run.generator == MEAN else f"{how}, {plural(run.draws, 'draw')}, seed {run.seed}"


def input_text(row: InputRow, content: ReportContent) -> str:
    """What follows the state's word."""
    if row.state is State.MEASURED:
        return row.detail
    if row.state is State.IMPUTED:
        return run_line(content.run)
    if row.state is State.ABSENT:
        return "not given and not recovered" if row.developed_on is not None else "not used by this model"
    why = row.reason or row.detail
    if row.state is State.UNUSABLE and row.modality in content.imputed:
        return f"{why}; {AS_MISSING}" if why else AS_MISSING
    return why


def short(digest: str) -> str:
    """A SHA-256 by its beginning."""
    return f"{digest[:12]}…" if len(digest) > 12 else digest


def development(model: ModelFacts) -> str:
    """The cohort in one line."""
    kind = "simulated cohort " if model.simulated and "simulated" not in model.cohort.lower() else ""
    return f"{kind}{model.cohort}, {plural(model.patients, 'patient')}, {plural(model.deaths, 'death')}"


def pattern_text(pattern: tuple[str, ...]) -> str:
    """Which modalities were given at test time."""
    special: dict[tuple[str, ...], str] = {
        ("natural",): "what each patient has",
        ("complete",): "patients with every modality",
    }
    return special.get(pattern) or " + ".join(Modality(m).title if m in set(Modality) else m for m in pattern)


def c_index(score: Score) -> str:
    """`0.87 ± 0.02`, or why there is none."""
    if score.c_index is None:
        return score.reason or "not estimable"
    return plain(score.c_index) + (f"{THIN}±{THIN}{plain(score.c_index_sd)}" if score.c_index_sd is not None else "")


def c_index_line(content: ReportContent) -> str:
    """The bundle's cross-validated C-index, on what this case has if that was tested, and the best Cox row's."""
    scores = content.model.scores
    own = [s for s in scores if s.method == content.model.method]
    given = {str(r.modality) for r in content.inputs if r.state is State.MEASURED}
    natural = next((s for s in own if s.pattern == ("natural",)), own[0] if own else None)
    if natural is None:
        return "not stated in the bundle"
    parts = [c_index(natural)]
    alike = next((s for s in own if set(s.pattern) == given), None)
    if alike is not None:
        parts.append(f"with what this case has {c_index(alike)}")
    rows = [s for s in scores if s.method.startswith("cox") and s.pattern == natural.pattern and s.c_index is not None]
    if rows:
        best = max(rows, key=lambda s: s.c_index or 0.0)
        parts.append(f"{METHODS.get(best.method, best.method)} {c_index(best)}")
    return "; ".join(parts)


def folds_label(content: ReportContent) -> str:
    """`C-index, 5 folds`."""
    folds = next((s.folds for s in content.model.scores if s.folds), None)
    return f"C-index, {plural(folds, 'fold')}" if folds else "C-index"


def calibration_line(content: ReportContent) -> str:
    """What was predicted and observed among development patients with similar estimates."""
    band = next((b for b in content.calibration if b.here), None)
    if band is None:
        return "too few development patients to tell"
    observed = "not reached by follow-up" if band.observed is None else percent(band.observed) + _interval(band)
    return f"predicted {percent(band.predicted)}, observed {observed}, n = {count(band.patients)}"


def _interval(band: Calibration) -> str:
    return "" if band.low is None or band.high is None else f" (95{THIN}% interval {span(band.low, band.high)})"


def scores_shown(content: ReportContent) -> list[Score]:
    """Of all rows of the cross-validation those that bear on this case; the JSON holds the others too."""
    given = {str(r.modality) for r in content.inputs if r.state is State.MEASURED}
    usual = ({"natural"}, {"complete"}, given)
    return [s for s in content.model.scores if set(s.pattern) in usual]


def contributions_note(content: ReportContent) -> str:
    """How to read the waterfall."""
    parts = ["Exact Shapley values against the development cohort's mean; to the right is worse."]
    if any(c.component == "shared" for c in content.contributions):
        parts.append("Shared: what the modalities have in common; a modality: what is its own.")
    if without_spread(content):
        parts.append(f"Imputed parts have no whiskers ({without_spread(content)}).")
    elif content.imputed:
        parts.append("Whiskers: 5th to 95th percentile over imputation draws.")
    return " ".join(parts)


def median(content: ReportContent) -> str:
    """`19 months`, or that the curve does not fall so far."""
    if content.median_months is None:
        return f"not reached in {months(content.curve.months[-1])} months"
    return f"{months(content.median_months)} months"


def nothing_to_change(content: ReportContent) -> str:
    """Why there is no missing modality to judge by its draws."""
    if why := without_spread(content):
        return f"Nothing to judge by: {why}."
    if content.imputed:
        return "What is missing was not drawn, so there is no spread to judge by."
    if any(row.developed_on is not None and row.state is not State.MEASURED for row in content.inputs):
        return "Nothing was imputed, so there is no spread to judge by."
    return "Everything the bundle takes was measured."


def sensitivity(content: ReportContent) -> str:
    """What the estimate hangs on, without advising anything."""
    if not content.information or without_spread(content):
        return nothing_to_change(content)
    most = max(content.information, key=lambda i: i.group_change)
    if most.group_change == 0:
        return "No imputation draw of any missing modality leaves the case's risk group."
    return (
        f"The estimate is most sensitive to {inside(most.modality.title)}: measured values would move about "
        f"{round(100 * most.group_change)} of 100 such cases to another risk group and change the chance of being "
        f"alive at {months(content.at_horizon.months)} months by {percent(most.expected_change)} on average. "
        "This holds as far as the imputation model does."
    )


def limits(content: ReportContent) -> list[str]:
    """A sentence on what was imputed, then the bundle's own."""
    own = []
    if content.imputed:
        names = listed([m.title if k == 0 else inside(m.title) for k, m in enumerate(content.imputed)])
        were, its = ("was", "its part was") if len(content.imputed) == 1 else ("were", "their parts were")
        own = [
            f"{names} {_lacking(content, were)}: {its} drawn from what development patients with similar measurements "
            f"had, and the truth may {'be another' if without_spread(content) else 'lie outside the spread'}."
        ]
    return own + [limit if limit.endswith(".") else limit + "." for limit in content.model.limits]


def _lacking(content: ReportContent, were: str) -> str:
    """Why parts had to be drawn: the model was given nothing, or could not use what it was given."""
    unusable = {row.modality for row in content.inputs if row.state is State.UNUSABLE}
    drawn = set(content.imputed)
    if drawn <= unusable:
        return "could not be used"
    return f"{were} not given to the model" + (" or could not be used" if drawn & unusable else "")


def why_imputed(item: Imputation, content: ReportContent) -> str:
    """Why the estimate does without a modality: it could not be used, was hidden, or is not there."""
    row = next((row for row in content.inputs if row.modality is item.modality), None)
    if row is not None and row.state is State.UNUSABLE:
        return f"given, but could not be used ({row.reason.rstrip('.')})" if row.reason else "given, but not usable"
    return "hidden from this estimate" if item.given else "not measured"


def decoded(run: RunFacts) -> str:
    """That imputed data are not what the estimate was drawn from; empty where both are the decoder's."""
    if run.generator == DECODER:
        return ""
    if run.generator == REENCODING:
        return "These data are the decoder's; for the estimate they were encoded again, as if they had been measured."
    how = generator(run.generator, run.steps)
    return f"These data are what the decoder makes; the estimate was drawn by another generator ({how})."


def held_out(found: QualityRow | None) -> str:
    """How well a modality is reconstructed in patients that the network had not seen, and whether that is the mean."""
    if found is None:
        return "How near such imputations come in held-out patients was not measured for this bundle."
    places = 2 if found.mean_mse >= 0.5 else 3  # pixels vary by hundredths
    mse, mean_mse = (f"{value:.{places}f}" for value in (found.mse, found.mean_mse))
    beside = f"{mean_mse} with the development mean in its place"
    if found.ridge_mse is not None:
        beside += f" and {found.ridge_mse:.{places}f} with ridge regression"
    also = []
    if found.correlation is not None:
        also.append(f"median correlation of a feature {plain(found.correlation)}")
    if found.ssim is not None:
        mean = "" if found.mean_ssim is None else f", {plain(found.mean_ssim)} with the mean picture"
        also.append(f"structural similarity {plain(found.ssim)}{mean}")
    said = f"In {plural(found.n, 'held-out patient')} the mean squared error is {mse}, {beside}"
    said = "; ".join([said, *also]) + "."
    return f"Close to the development mean: it hardly differs between patients. {said}" if found.collapsed else said


def errors(features: FeatureReconstruction) -> str:
    """How near the features of one patient come, beside what their development mean would have come to."""
    f = features
    if f.error < f.mean_error:
        share = 1.0 - f.error / f.mean_error
        verdict = f"the imputation takes away {percent(share)} of the error that the mean has"
    else:
        verdict = "in this patient the mean would have come nearer"
    return (
        f"The mean squared error is {plain(f.error)}, with the development mean in place of every feature "
        f"{plain(f.mean_error)}: {verdict}."
    )


def capital(text: str) -> str:
    """A sentence's first letter made large."""
    return text[:1].upper() + text[1:]
