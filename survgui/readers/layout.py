"""How a table of unknown make is laid out: what its features are, whether cases are rows or columns, who is in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from survgui.cases.case import Modality, is_tcga
from survgui.readers import genes
from survgui.readers.formats import source_words
from survgui.readers.rows import patient_rows, rows_by_patient
from survgui.readers.spec import TableSpec
from survgui.readers.table import Table, listed, transposed
from survgui.readers.units import guess_unit
from survgui.readers.words import english

GENE, ENTREZ = "gene", "entrez"
_FAMILIES: dict[str, re.Pattern[str]] = {
    Modality.DNAM: re.compile(r"(cg|ch\.\d+\.|rs)\d{6,}[FR]?(_\w+)?"),
    Modality.MIRNA: re.compile(r"(hsa[-.])?(mir|let|miR)[-.]?\d+[\w.-]*", re.IGNORECASE),
    Modality.MRI: re.compile(
        r"(original|wavelet[-\w]*|log-sigma[-\w]*|squareroot|gradient)_[a-z0-9]+_\w+", re.IGNORECASE
    ),
    "ensembl": re.compile(r"ENSG\d{11}(\.\d+)?(_PAR_Y)?"),
    GENE: re.compile(r"[A-Z][A-Z0-9]*(orf\d+)?([-.][A-Z0-9]+)*(\|\d+)?|\?\|\d+|C\d+orf\d+|\d{1,2}-(Mar|Sep|Dec)"),
}
_TITLES = {
    Modality.DNAM: "methylation probes",
    Modality.MIRNA: "microRNAs",
    Modality.MRI: "radiomic features",
    "ensembl": "Ensembl genes",
    GENE: "genes",
    ENTREZ: "Entrez genes",
}
_SUFFIXES = {
    "_rnaseq": Modality.RNA,
    "_rna": Modality.RNA,
    "_cnv": Modality.CNV,
    "_mut": Modality.MUTATION,
    "_mirna": Modality.MIRNA,
    "_dnam": Modality.DNAM,
    "_meth": Modality.DNAM,
    "_he": Modality.PATHOLOGY,
}
_HINTS = (
    (Modality.MIRNA, ("mirna", "mir", "microrna")),
    (Modality.DNAM, ("dnam", "meth", "methylation", "hm450", "450k")),
    (Modality.CNV, ("cnv", "cna", "copynumber", "gistic")),
    (Modality.MUTATION, ("mut", "mutation", "mutations", "snv", "maf")),
    (Modality.RNA, ("rna", "rnaseq", "mrna", "expression", "transcriptome", "tpm", "fpkm", "htseq", "hiseqv2", "star")),
    (Modality.CLINICAL, ("clinical", "clin", "demographics")),
    (Modality.MRI, ("mri", "radiomics", "radiomic")),
    (Modality.PATHOLOGY, ("pathology", "slide", "slides", "wsi", "histology", "patch", "patches", "tiles")),
)
_CLINICAL = re.compile(
    r"(.*[_. ])?(age|sex|gender|stage|grade|race|ethnicity|smoking|kps|ecog|diagnosis|histology|subtype|is_female|"
    r"bmi|resection)([_. ].*)?",
    re.IGNORECASE,
)
_OUTCOME = re.compile(
    r"(.*[_. ])?(os|dss|pfi|dfi|pfs|dfs|survival|censor\w*|event|status|death|dead|vital|follow\w*|months|days|time|"
    r"risk|hazard|last_contact|relapse|recurr\w*|progress\w*|new_tumor\w*|cause_of_death|tumor_status|train|test|folds?)"
    r"([_. ].*)?",
    re.IGNORECASE,
)
_LATER = re.compile(r"(?!.*(prior|history|neoadjuvant)).*(pharma|radiation|therap|treatment|drug|chemo)", re.IGNORECASE)
_PLACE = re.compile(r"(roi|patch|tile|row|column|x|y|coord\w*|index)(_(id|number|index|x|y))?", re.IGNORECASE)
_ID = re.compile(
    r"(case|patient|subject|sample|submitter|bcr_patient)([_. ]?(id|barcode|name|submitter_id))?|id|barcode",
    re.IGNORECASE,
)
_ANONYMOUS = (
    "value",
    "values",
    "expression",
    "tpm",
    "fpkm",
    "count",
    "counts",
    "beta",
    "unstranded",
    "x",
    "v2",
    "score",
)
_OF_GENES = (Modality.RNA, Modality.CNV, Modality.MUTATION)
_ENOUGH = 0.8  # share of names that must look alike
_LEAST_KNOWN = 0.1  # share of words that look like genes and must be known, where nothing else says that they are
_FEW = 5


@dataclass(frozen=True, slots=True)
class Layout:
    """One modality in a table.

    Attributes:
        table: Case column and orientation; `case` is empty where a table of one row has no id.
        make: Whose form the table has, in words.
        columns: Which columns, or None for every numeric one.
        patients: Who is in it; one empty id where the table does not say.
    """

    modality: Modality
    table: TableSpec
    columns: str | tuple[str, ...] | None
    patients: tuple[str, ...]
    evidence: str
    make: str = ""


def layouts(table: Table, said: Modality | None = None) -> list[Layout]:
    """The modalities that a table holds; none where neither columns nor file name tell.

    Args:
        said: What a user says that the table is; the file's name is then not asked.
    """
    hint = said or hinted(table.path.name)
    marked = _marked(table, hint)
    lying = None if marked else _in_columns(table, hint)
    found = marked or [layout for layout in (lying or _in_rows(table, hint, said),) if layout is not None]
    return [replace(layout, make=source_words(table, layout is lying)) for layout in found]


def hinted(name: str) -> Modality | None:
    """The modality that a file name says, such as rna of `patient3_rna_tpm.csv`."""
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    return next((modality for modality, hints in _HINTS if words & set(hints)), None)


def family(names: Sequence[str]) -> str | None:
    """What most names are names of: a modality whose features are known by name, `ensembl` or `gene`."""
    if len(names) < _FEW:
        return None
    for kind, form in _FAMILIES.items():
        if kind == GENE and _numbered(names):
            return None
        if sum(bool(form.fullmatch(name)) for name in names) >= _ENOUGH * len(names):
            return kind
    return None


def _numbered(names: Sequence[str]) -> bool:
    """Whether most names are one word and a number (P-001, P-002, ...): patients, not genes."""
    shapes = Counter(re.sub(r"\d+", "0", name) for name in names)
    return shapes.most_common(1)[0][1] >= _ENOUGH * len(names)


def _marked(table: Table, hint: Modality | None) -> list[Layout]:
    """Columns that carry their modality behind the gene: `TP53_mut`."""
    found = []
    for suffix, modality in _SUFFIXES.items():
        mine = [name for name in table.names if name.lower().endswith(suffix) and len(name) > len(suffix)]
        if len(mine) >= (1 if modality is hint else _FEW):
            spec, patients = _ids(table)
            written = mine[0][-len(suffix) :]
            evidence = f"{len(mine)} columns end in {written}"
            found.append(Layout(modality, spec, f"*{written}", patients, evidence))
    return found


def _in_columns(table: Table, hint: Modality | None) -> Layout | None:
    """Features down the first column, a case a column: the usual matrix of expression, or two columns."""
    features = table.text(table.names[0])
    if _called(_ID, table.names[0]) and not _lying(table.names[1:], features):
        return None
    kind = family(features) if len(set(features)) > 0.5 * len(features) else None
    kind = kind or _entrez(table, features, hint)
    if kind == GENE and hint is None and genes.share_known(features[:2000]) < _LEAST_KNOWN:
        return None  # other words in capitals: BLCA, LUAD
    if kind is None or any(is_tcga(name) for name in features[:_FEW]):
        return None
    gdc = {"gene_id", "unstranded"} <= set(table.names)
    cases = ["unstranded"] if gdc else transposed(table)[0]
    if not cases or (kind == GENE and family(cases) == GENE and not _ids_among(cases)):
        return None
    values = table.numbers(cases[:1])
    modality = _modality(kind, hint, guess_unit(values))
    spec = TableSpec(table.path, table.sheet, case=cases[0] if gdc else None, orientation="cases-in-columns")
    patients = ("",) if _anonymous(cases) else tuple(rows_by_patient(cases, range(len(cases))))
    evidence = f"its first column holds {len(features)} {_TITLES[_key(kind)]}, the others {len(cases)} cases"
    return Layout(modality, spec, None, patients, evidence)


def _lying(columns: Sequence[str], features: Sequence[str]) -> bool:
    """Whether a first column that is called `sample`, as Xena's are, holds features all the same: genes or probes
    down the column, and barcodes or other ids along the top."""
    kind = family(features)
    return kind is not None and (_barcoded(columns) or family(columns) is None)


def _barcoded(names: Sequence[str]) -> bool:
    return any(is_tcga(name) for name in names[:_FEW])


def after_baseline(name: str) -> bool:
    """Whether a clinical field tells what came after the baseline: a treatment, or what it led to.

    A prediction from the baseline may not know it; a history, and what was given before surgery, it may.
    """
    return _LATER.match(english(name)) is not None


def _entrez(table: Table, features: Sequence[str], hint: Modality | None) -> str | None:
    """Numbers are Entrez genes only where something else says that they are genes: patients have numbers too."""
    said = hint is not None or _barcoded(table.names[1:]) or "entrez" in table.names[0].casefold()
    return ENTREZ if said and genes.are_entrez(features) else None


def _in_rows(table: Table, hint: Modality | None, said: Modality | None) -> Layout | None:
    spec, patients = _ids(table)
    case = table.names[0] if spec.case is None else spec.case
    names = [name for name in table.names if name and name != case]
    clinical = [name for name in names if _called(_CLINICAL, name)]
    numeric = set(table.numeric())
    numbers = [name for name in names if name in numeric]
    kind = family(numbers)
    if kind is None and hint in _OF_GENES and genes.are_entrez(numbers):
        kind = ENTREZ
    if hint is Modality.CLINICAL or (
        clinical and hint is None and kind in (None, GENE) and len(numbers) < 20 + len(clinical)
    ):
        known = [name for name in names if not _called(_OUTCOME, name) and not _called(_ID, name)]
        later = [name for name in known if after_baseline(name)]
        fields = tuple(name for name in known if name not in later)
        evidence = (
            f"its columns are clinical fields ({', '.join(clinical[:4])})" if clinical else "its name says clinical"
        )
        evidence += f"; left out as received after the baseline: {listed(later, 3)}" if later else ""
        return Layout(Modality.CLINICAL, spec, fields, patients, evidence) if fields else None
    if kind is not None:
        form = _FAMILIES.get(kind)
        features = tuple(name for name in numbers if form is None or form.fullmatch(name))
        modality = _modality(kind, hint, guess_unit(table.numbers(features)))
        columns = features if len(features) < len(numbers) else None  # all there are: no need to name half a million
        taken = set(features)
        others = [name for name in numbers if name not in taken]
        left = f"; of numbers, these are left out as none: {listed(others, 4)}" if others else ""
        return Layout(modality, spec, columns, patients, f"{len(features)} columns are {_TITLES[_key(kind)]}{left}")
    measured = tuple(name for name in numbers if not _called(_OUTCOME, name) and not _PLACE.fullmatch(name))
    vague = said is None and hint in (Modality.PATHOLOGY, Modality.MRI)  # where a list of files is also called so
    if hint is None or len(measured) < (_FEW if vague else 1):
        return None
    return Layout(hint, spec, measured, patients, f"its name says {hint}")


def _key(kind: str) -> str:
    return Modality(kind) if kind in set(Modality) else kind


def _modality(kind: str, hint: Modality | None, unit: str) -> Modality:
    """Names of probes speak for themselves; genes may be of any assay, told by the file's name or the values."""
    if kind not in (GENE, ENTREZ, "ensembl"):
        return Modality(kind)
    if hint is not None:
        return hint
    by_unit = {"binary": Modality.MUTATION, "cnv": Modality.CNV, "beta": Modality.DNAM}
    return by_unit.get(unit, Modality.RNA)


def _ids(table: Table) -> tuple[TableSpec, tuple[str, ...]]:
    """The column of ids and who is in it."""
    named = [name for name in table.names if _called(_ID, name)]
    barcoded = [name for name in table.names[:_FEW] if any(is_tcga(cell) for cell in table.text(name)[:_FEW])]
    case = next(iter(named + barcoded), None)
    first = table.names[0]
    if case is None and len(table) == 1 and first and (first in table.numeric() or _called(_CLINICAL, first)):
        return TableSpec(table.path, table.sheet, case=""), ("",)  # a field or a feature comes first: there is no id
    # the first column may have no name, and needs none
    spec = TableSpec(table.path, table.sheet, case=None if case == first else case)
    return spec, tuple(patient_rows(table, spec))


def _called(form: re.Pattern[str], name: str) -> bool:
    """Whether a column is called so, in English or in German."""
    return form.fullmatch(name) is not None or form.fullmatch(english(name)) is not None


def _ids_among(cases: Sequence[str]) -> bool:
    return any(is_tcga(case) or any(c.isdigit() for c in case) for case in cases[:_FEW])


def _anonymous(cases: Sequence[str]) -> bool:
    return len(cases) == 1 and cases[0].casefold() in _ANONYMOUS
