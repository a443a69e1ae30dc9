"""A convincing case without files: six modalities of a bundle, two beyond it, and a simulated development cohort."""

from dataclasses import replace

import numpy as np

from survgui.cases.audit import Action, Chain, Entry, Trail
from survgui.cases.bundle import Development, Input, Manifest
from survgui.cases.case import Kind, Modality, State
from survgui.cases.development import Reference
from survgui.cases.imputation_quality import OTHERS, QualityRow
from survgui.cases.prediction import Attention, BundleName, Contribution, Information, Prediction
from survgui.cases.reconstruction import (
    FeatureReconstruction,
    ImageReconstruction,
    Imputation,
    ImputedFeature,
    ImputedImage,
    Reconstruction,
)
from survgui.cases.report import Gene, Pictures, Tile
from survgui.engine.pictures import mri_picture, slide_picture
from survgui.engine.report import report_content

M, S = Modality, State
HORIZON = 24.0
EDGES = np.array([0, 3, 6, 9, 12, 18, 24, 36, 48, 60, 84, 120], dtype=float)

STATES = {
    M.CLINICAL: S.MEASURED,
    M.PATHOLOGY: S.MEASURED,
    M.MRI: S.MEASURED,
    M.RNA: S.IMPUTED,
    M.CNV: S.IMPUTED,
    M.MUTATION: S.UNUSABLE,
    M.DNAM: S.ABSENT,
    M.MIRNA: S.UNUSED,
}


def reference(n=569, seed=1):
    """Weibull outcomes whose log hazard follows the risk; frozen tertiles."""
    rng = np.random.default_rng(seed)
    risks = rng.normal(-0.9, 1.1, n)
    true = risks + rng.normal(0, 0.4, n)
    death = HORIZON * (rng.exponential(size=n) / np.exp(true)) ** (1 / 1.2)
    end = rng.uniform(2, 150, n)
    thresholds = (-1.35, -0.45)
    return Reference(
        risks=risks,
        months=np.maximum(np.minimum(death, end), 0.5),
        events=death <= end,
        survival=np.exp(-np.exp(risks)),
        thresholds=thresholds,
        fidelity={M.PATHOLOGY: 0.71, M.MRI: 0.64, M.CLINICAL: 0.9, M.RNA: 0.7},
    )


def manifest(cohort=None):
    cohort = cohort or reference()
    kinds = {M.CLINICAL: Kind.FIELDS, M.PATHOLOGY: Kind.BAG, M.MRI: Kind.VOLUME}
    taken = [m for m in STATES if m not in (M.MIRNA, M.DNAM)]
    inputs = {
        m: Input(kinds.get(m, Kind.VECTOR), "mixed", "none", "", ("a",), 1, 0.8, 569 - 40 * k)
        for k, m in enumerate(taken)
    }
    rows = [
        ("must", ["natural"], 0.871, 0.021),
        ("must", ["clinical", "mri", "pathology"], 0.842, 0.025),
        ("must", ["complete"], 0.88, 0.03),
        ("cox-clinical", ["natural"], 0.838, 0.024),
        ("cox-rna-clinical", ["natural"], 0.861, 0.02),
        ("late-fusion", ["natural"], 0.862, 0.022),
        ("mask-only", ["natural"], 0.56, 0.03),
        ("cmta", ["natural"], None, None),
    ]
    metrics = tuple(
        {
            "method": m,
            "pattern": p,
            "c_index": c,
            "c_index_sd": sd,
            "cs": None,
            "n_folds": 5,
            "reason": None if c else "needs pathology and RNA",
        }
        for m, p, c, sd in rows
    )
    return Manifest(
        name="tcga-glioma",
        version="1.2.0",
        method="must",
        created="2026-11-20T10:00:00+00:00",
        survgui="0.1.0",
        development=Development("TCGA GBM+LGG", len(cohort.risks), int(cohort.events.sum())),
        inputs=inputs,
        config={},
        edges_months=tuple(EDGES),
        horizon_months=HORIZON,
        thresholds=cohort.thresholds,
        generator="flow",
        steps=4,
        training={},
        metrics=metrics,
        intended_use="Research on how imputed modalities bear on survival estimates of adults with diffuse glioma.",
        limits=(
            "Trained on adults of one consortium; not validated prospectively",
            "Under 18 and recurrent disease are not represented",
        ),
    )


def prediction(case="C-0039", states=None, warnings=None, draws=20, horizon=HORIZON, spoiled=()):
    """A case; `spoiled` are unusable modalities that are drawn as if missing, as the engine does."""
    states = dict(STATES if states is None else states)
    rng = np.random.default_rng(7)
    imputed = [m for m, s in states.items() if s is S.IMPUTED or m in spoiled]
    used = [m for m, s in states.items() if s in (S.MEASURED, S.IMPUTED) or m in spoiled]
    values = [0.41, 0.24, 0.18, -0.12, 0.17, 0.09, -0.03, 0.05, 0.02]
    names = ["shared", *map(str, used)]
    contributions = tuple(
        Contribution(
            name,
            value,
            S.IMPUTED if name in imputed else S.MEASURED,
            (value - 0.12, value + 0.11) if name in imputed else None,
        )
        for name, value in zip(names, values, strict=False)
    )
    base = -0.95
    risk = base + sum(c.value for c in contributions)
    count = draws if imputed else 1
    shifts = rng.normal(0, 0.16, count) if imputed else np.zeros(1)
    hazard = (EDGES / horizon) ** 1.05
    curves = np.exp(-np.exp(risk + shifts)[:, None] * hazard)
    survival = np.exp(-np.exp(risk) * hazard)
    below = np.flatnonzero(survival <= 0.5)
    return Prediction(
        case=case,
        bundle=BundleName("tcga-glioma", "1.2.0", "4c1d" + "9" * 56 + "e07a"),
        states=states,
        reasons={
            M.MIRNA: "this bundle takes no miRNA",
            M.MUTATION: "41 % of the bundle's genes are in the table, 80 % are needed",
        },
        details={
            M.CLINICAL: "4 of 4 fields",
            M.PATHOLOGY: "3 120 patches · 0.499 µm/px",
            M.MRI: "T1 T1c T2 FLAIR · 1 mm",
            M.RNA: "5 000 of 5 000 genes",
        },
        digests={
            m: format(k, "x") * 4 + "9f3ab41c" * 7 + "0000" for k, m in enumerate(states) if states[m] is S.MEASURED
        },
        horizon_months=horizon,
        edges_months=EDGES,
        survival=survival,
        draws=curves,
        risk=risk,
        risk_percentile=87.0,
        risk_group="high",
        median_months=float(EDGES[below[0]]) if len(below) else None,
        base=base,
        contributions=contributions,
        fidelity={m: 0.83 for m in states if states[m] is S.MEASURED},
        information=tuple(
            Information(m, share, 0.06) for m, share in zip(imputed, (0.31, 0.05, 0.0, 0.4, 0.2), strict=False)
        ),
        seed=0,
        generator="flow",
        steps=4,
        device="cpu",
        seconds=0.08,
        warnings=("The pixel size of the slide was given by the user (0.499 µm/px).",)
        if warnings is None
        else warnings,
    )


def tissue(height, width, seed=0):
    """(h, w, 3) something that looks stained: smooth noise in pink and violet on white."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((height // 16 + 2, width // 16 + 2))
    y, x = np.mgrid[0:height, 0:width]
    smooth = coarse[y // 16, x // 16] * 0.5 + coarse[(y + 8) // 16, (x + 8) // 16] * 0.5
    centre = ((y / height - 0.5) ** 2 / 0.18 + (x / width - 0.5) ** 2 / 0.2) < 1
    depth = np.where(centre, 0.35 + 0.5 * smooth, 0.02)[..., None]
    return (255 * (1 - depth * np.array([0.35, 0.75, 0.35]))).astype(np.uint8)


def pictures(slides=1, mri=True, genes=True):
    extent, patch = (14000, 10000), 512
    grid = np.array([(x, y) for x in range(0, 14000 - 512, 512) for y in range(0, 10000 - 512, 512)])
    middle = (grid + 256) / np.array(extent) - 0.5
    coords = grid[(middle[:, 1] ** 2 / 0.18 + middle[:, 0] ** 2 / 0.2) < 1]
    weights = np.exp(-8 * np.hypot(*((coords + 256) / np.array(extent) - 0.45).T)).astype(np.float32)
    names = tuple(f"slide{k % slides}.svs" for k in range(len(coords))) if slides else ()
    attention = Attention(weights / weights.sum(), coords, patch, names)
    made = tuple(slide_picture(f"slide{k}.svs", tissue(400, 560, k), extent, 0.499, attention) for k in range(slides))
    tiles = tuple(Tile(tissue(400, 560, k)[150:246, 200:296], 1 - 0.01 * k, 85.0) for k in range(8)) if slides else ()
    least = tuple(Tile(tissue(400, 560, 9 + k)[40:136, 200:296], 0.01 * k, 85.0) for k in range(4)) if slides else ()
    x, y, z = np.mgrid[-1:1:60j, -1:1:72j, -1:1:50j]
    head = (900 * np.exp(-(x**2 + y**2 + z**2)) * ((x / 0.8) ** 2 + (y / 0.9) ** 2 + (z / 0.8) ** 2 < 1)).astype("f4")
    volumes = (mri_picture("T1c", head, np.diag([-3.0, 3.0, 3.5, 1.0]), ((10, 40), (12, 42), (8, 30))),)
    names = ["EGFR", "CHI3L1", "IGF2BP3", "PTEN", "MGMT", "TERT", "CDKN2A", "POSTN"]
    return Pictures(
        slides=made,
        top=tiles,
        least=least,
        mri=volumes if mri else (),
        genes=tuple(Gene(M.RNA, n, z) for n, z in zip(names, (3.9, 3.1, 2.7, -2.6, -2.2, 2.1, -1.9, 1.8), strict=True))
        if genes
        else (),
    )


def content(given=None, cohort=None, shown=None, **more):
    """What a report of a prediction prints; with every picture unless `shown` says which."""
    cohort = reference() if cohort is None else cohort
    shown = pictures() if shown is None else shown
    return report_content(given or prediction(), manifest(cohort), cohort, pictures=shown, **more)


def held_out(**more):
    """How well a modality is reconstructed in held-out patients."""
    return replace(QualityRow(M.RNA, OTHERS, 103, 0.81, 1.0, 0.85, 0.31), **more)


def image(group="wholly hidden", title="tile 1 of 8", side=32, seed=0, letters=()):
    """A tile or, with letters, a plane, hidden and imputed as its mean."""
    original = tissue(side * 8, side * 8, seed)[::8, ::8]
    original = original if not letters else original[:, :, 1]
    wholly = "wholly" in group
    mask = np.ones((side, side), dtype=bool)
    if not wholly:
        mask = (np.indices((side, side)) // 8).sum(axis=0) % 2 == 0
    painted = np.broadcast_to(original.mean(axis=(0, 1)), original.shape)
    imputed = np.where(mask[..., None] if original.ndim == 3 else mask, painted, original).astype(np.uint8)
    away = (imputed.astype(np.float32) - original) / 255
    away = away if letters else away.mean(axis=2)
    unit = "SD" if letters else "brightness"
    return ImageReconstruction(group, title, wholly, original, imputed, mask, away, 0.5, unit, 0.42, 0.13, letters)


def features(count=40, seed=3):
    """Genes that were hidden and imputed half as far from the mean."""
    rng = np.random.default_rng(seed)
    real = rng.normal(0, 1, count).astype(np.float32)
    imputed = (0.5 * real + rng.normal(0, 0.3, count)).astype(np.float32)
    names = tuple(f"GENE{k}" for k in range(count))
    return FeatureReconstruction(names, real, imputed, imputed - np.float32(0.3), imputed + np.float32(0.4))


def reconstruction(modality=M.RNA, shown=(M.CLINICAL, M.PATHOLOGY), draws=20, **more):
    """A modality that was hidden and imputed: a table, tiles of a slide, or planes of MRI."""
    told, halves = ("half masked", "wholly hidden"), ()
    if modality is M.PATHOLOGY:
        halves = tuple(image(group, f"tile {k + 1} of 8", seed=k) for group in told for k in range(3))
    if modality is M.MRI:
        letters = {"axial": tuple("RLAP"), "coronal": tuple("RLSI"), "sagittal": tuple("APSI")}
        halves = tuple(
            image(f"{sequence}, {group}", name, letters=which)
            for sequence in ("t1c", "flair")
            for group in told
            for name, which in letters.items()
        )
    table = None if halves else features()
    return Reconstruction(modality, shown, table, halves, more.get("held_out", held_out()), draws)


def imputations():
    """RNA and MRI that nobody measured."""
    rna = features()
    far = np.argsort(-np.abs(rna.imputed))[:12]
    told = tuple(
        ImputedFeature(rna.names[k], float(rna.imputed[k]), float(rna.low[k]), float(rna.high[k])) for k in far
    )
    planes = tuple(ImputedImage(f"t1c, {i.title}", i.imputed, i.letters) for i in reconstruction(M.MRI).images[3:6])
    shown = (M.CLINICAL, M.PATHOLOGY)
    return (
        Imputation(M.RNA, shown, told, 40, (), held_out(), 20),
        Imputation(
            M.MRI, shown, (), 0, planes, held_out(correlation=None, ssim=0.18, mean_ssim=0.2, collapsed=True), 20
        ),
    )


def trail(n=3, chain=None):
    """What was done with the case: added, then predicted again and again."""
    deeds = [Action.IMPORT, *[Action.PREDICT] * (n - 1)]
    entries = tuple(
        Entry(k, f"2026-11-{k:02}T10:00:00.000+00:00", "user-0a1b2c3d4e5f", deed, ("0123456789abcdef",), about="b 1.0")
        for k, deed in enumerate(deeds, 1)
    )
    return Trail(entries, chain or Chain(40, "ab" * 32))
