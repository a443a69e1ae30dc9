"""What the wizard says of sources, endpoints and folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from survgui.cases.case import Modality
from survgui.cases.cohort import Note
from survgui.cases.proposal import Endpoint, Proposal, ProposedSource, Use, event_word
from survgui.figures.words import count, plural

Role = tuple[Use, Modality | None]
USES = {
    Use.OUTCOME: "Outcome only",
    Use.SPLITS: "Fixed folds",
    Use.GROUPS: "Gene groups",
    Use.IDS: "Ids of samples",
    Use.NONE: "Not used",
}
VALUES = {
    "counts": "counts",
    "log": "log values",
    "z-score": "z-scores",
    "beta": "beta values",
    "m-value": "M values",
    "binary": "0 or 1",
    "cnv": "copy number calls",
}


def role_words(use: Use, modality: Modality | None) -> str:
    """What a source is taken for, in a word or two."""
    return modality.title if use is Use.MODALITY and modality is not None else USES.get(use, "Not used")


def roles(source: ProposedSource) -> list[Role]:
    """What a source could be taken for: a table anything, files only pictures."""
    if source.plan is None and not _unread_table(source):
        kinds: tuple[Modality, ...] = (source.modality,) if source.modality is not None else ()
        return [*((Use.MODALITY, kind) for kind in kinds), (Use.NONE, None)]
    others: tuple[Use, ...] = (Use.OUTCOME, Use.SPLITS, Use.GROUPS, Use.IDS, Use.NONE)
    return [*((Use.MODALITY, modality) for modality in Modality), *((use, None) for use in others)]


def _unread_table(source: ProposedSource) -> bool:
    """A table that was taken for nothing, and could be something."""
    return source.use is Use.NONE and not source.files and not source.members


def taken_as(source: ProposedSource, role: Role) -> ProposedSource:
    """The source in another role; it is used, unless it is said to be of no use."""
    use, modality = role
    return replace(source, use=use, modality=modality, chosen=use is not Use.NONE and use is not Use.OUTCOME)


def numbers(source: ProposedSource) -> str:
    """How much there is: `373 patients · 1 554 features · z-scores`."""
    parts = []
    if source.patients:
        parts.append(plural(source.patients, "patient"))
    if source.features:
        one = {Modality.CLINICAL: "field", Modality.DNAM: "probe"}.get(source.modality or Modality.PATHOLOGY, "feature")
        parts.append(plural(source.features, "gene" if source.genes else one))
    if source.values in VALUES:
        parts.append(VALUES[source.values])
    if not parts and len(source.paths) > 1:
        parts.append(plural(len(source.paths), "file"))
    return " · ".join(parts)


def matched(source: ProposedSource, proposal: Proposal) -> tuple[str, str]:
    """How its patients meet the outcome's, and the colour role of that."""
    if source.use is not Use.MODALITY or not source.patients or proposal.outcome is None:
        return "", "soft"
    said = f"{count(source.matched)} of {count(source.patients)} have an outcome"
    if source.matched == 0:
        return "nobody has an outcome", "high_text"
    few = source.matched * 2 < source.patients and source.modality is not Modality.CLINICAL  # those are often of all
    return said, "warn" if few else "good"


def worst(notes: Sequence[Note]) -> str:
    """The worst level among notes; empty where there are none."""
    levels = {note.level for note in notes}
    return next((level for level in ("error", "warning", "info") if level in levels), "")


def order(proposal: Proposal) -> list[ProposedSource]:
    """Sources as they are listed: what is used first, by modality, then the rest."""
    ranks = {modality: number for number, modality in enumerate(Modality)}
    rank = {Use.MODALITY: 0, Use.OUTCOME: 20, Use.SPLITS: 30, Use.GROUPS: 31, Use.IDS: 32, Use.NONE: 90}

    def key(source: ProposedSource) -> tuple[int, int, str]:
        unused = source.use is Use.NONE or (not source.chosen and source.use is not Use.OUTCOME)
        return int(unused), rank[source.use] + ranks.get(source.modality or Modality.MRI, 0), source.name.casefold()

    return sorted(proposal.sources, key=key)


def endpoint_line(endpoint: Endpoint) -> str:
    """Where an endpoint comes from: `TCGA-CDR.xlsx · OS.time, OS`."""
    return f"{(endpoint.of or endpoint.path).name} · {endpoint.time}, {endpoint.event}"


def coding_words(endpoint: Endpoint, values: Sequence[object], counted: bool) -> str:
    """The mapping said back: `1 = death: 214 events of 612 patients`.

    Args:
        counted: Whether `endpoint` was counted with these values; else the rows of the table tell.
    """
    said = " or ".join(str(value) for value in values) or "no value"
    word = event_word(endpoint.name)
    if counted:
        return f"{said} = {word}: {plural(endpoint.events, 'event')} of {plural(endpoint.patients, 'patient')}"
    chosen = {same(value) for value in values}
    rows = sum(n for value, n in endpoint.coding if same(value) in chosen)
    return f"{said} = {word}: {plural(rows, 'row')} of {count(sum(n for _, n in endpoint.coding))}"


def same(value: object) -> str:
    """One spelling per value, as the readers compare them: `1.0` is `1`, `Dead` is `dead`."""
    try:
        return f"{float(str(value)):g}"
    except ValueError:
        return str(value).casefold()


def headline(proposal: Proposal) -> str:
    """The cohort in a line: its patients, events and modalities."""
    parts = [proposal.name]
    outcome = proposal.outcome
    if outcome is not None:
        parts.append(f"{outcome.name}: {plural(outcome.patients, 'patient')}, {plural(outcome.events, 'event')}")
    found = len(proposal.modalities)
    parts.append("1 modality" if found == 1 else f"{found} modalities")
    return " · ".join(parts)
