"""Small files as the public portals hand them out, made by code; who is in them and what they hold is known."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from survgui.readers import genes

GENES = ("TP53", "EGFR", "BRCA1", "PTEN", "KRAS", "MYC", "RB1", "CDKN2A", "IDH1", "ATRX", "NF1", "PIK3CA")
ENSEMBL = {
    "TP53": "ENSG00000141510",
    "EGFR": "ENSG00000146648",
    "BRCA1": "ENSG00000012048",
    "PTEN": "ENSG00000171862",
    "KRAS": "ENSG00000133703",
    "MYC": "ENSG00000136997",
    "RB1": "ENSG00000139687",
    "CDKN2A": "ENSG00000147889",
    "IDH1": "ENSG00000138413",
    "ATRX": "ENSG00000085224",
    "NF1": "ENSG00000196712",
    "PIK3CA": "ENSG00000121879",
}
ENTREZ = (7157, 1956, 672, 5728, 3845, 4609, 5925, 1029, 3417, 546, 4763, 5290)


def barcodes(n: int) -> list[str]:
    """TCGA patients of three sites."""
    return [f"TCGA-{('A1', 'B2', 'C3')[k % 3]}-{k:04d}" for k in range(n)]


def values(patients: int, features: int = len(GENES), seed: int = 0) -> np.ndarray:
    """(patients, features) logarithms of TPM."""
    return np.random.default_rng(seed).gamma(4.0, 1.2, (patients, features)).round(3)


def outcome(patients: Sequence[str], seed: int = 1) -> tuple[list[int], list[int]]:
    """Days, and 1 for death, every third patient alive."""
    days = np.random.default_rng(seed).integers(40, 4000, len(patients))
    return [int(d) for d in days], [int(k % 3 != 0) for k in range(len(patients))]


def features(path: Path, patches: int, width: int = 8, seed: int = 0, encoder: str = "") -> Path:
    """A bag as CLAM and TRIDENT write it; without patches only coordinates; a tensor alone where it ends in .pt."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng(seed).normal(size=(max(patches, 1), width)).astype(np.float32)
    if path.suffix == ".pt":
        import torch

        torch.save(torch.from_numpy(values), path)
        return path
    import h5py

    with h5py.File(path, "w") as file:
        file["coords"] = np.arange(2 * len(values)).reshape(-1, 2) * 256
        if patches:
            file["features"] = values
        if encoder:
            file.attrs["encoder"] = np.bytes_(encoder)
    return path


def table(path: Path, header: Sequence[object], rows: Sequence[Sequence[object]], separator: str = "\t") -> Path:
    """Write a text table."""
    lines = [separator.join(map(str, row)) for row in (header, *rows)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def xena(path: Path, patients: Sequence[str], first: str = "Ensembl_ID", ids: bool = True) -> Path:
    """A Xena matrix: genes down, samples along the top, log2(x+1)."""
    names = [f"{ENSEMBL[g]}.{7 + k}" for k, g in enumerate(GENES)] if ids else list(GENES)
    body = values(len(patients)).T
    return table(
        path, [first, *(f"{p}-01A" for p in patients)], [[n, *row] for n, row in zip(names, body, strict=True)]
    )


def cdr(path: Path, patients: Sequence[str], kind: str = "BLCA") -> Path:
    """TCGA-CDR as a workbook; patients of another tumour stand beside those given."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "TCGA-CDR"
    others = [f"TCGA-ZZ-{k:04d}" for k in range(len(patients))]
    head = [
        "bcr_patient_barcode",
        "type",
        "age_at_initial_pathologic_diagnosis",
        "gender",
        "ajcc_pathologic_tumor_stage",
    ]
    sheet.append(["", *head, "vital_status", "OS", "OS.time", "PFI", "PFI.time"])
    days, events = outcome([*patients, *others])
    for k, patient in enumerate([*patients, *others]):
        stage = ("Stage I", "Stage IIA", "Stage III", "[Not Available]")[k % 4]
        sex, alive = ("MALE", "FEMALE")[k % 2], "Dead" if events[k] else "Alive"
        tumour = kind if k < len(patients) else "LUSC"
        sheet.append([k + 1, patient, tumour, 40 + k, sex, stage, alive, events[k], days[k], int(k % 2), days[k] // 2])
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def star(folder: Path, patients: Sequence[str], sheet: str = "sheet") -> Path:
    """A GDC download: a folder a file, and whose they are in a sample sheet or metadata beside the folders."""
    counts = np.random.default_rng(3).integers(0, 90_000, (len(patients), len(GENES)))
    rows, entries = [], []
    for k, patient in enumerate(patients):
        file, number = f"{k:08x}.rna_seq.augmented_star_gene_counts.tsv", f"{k:08x}-aaaa-bbbb-cccc-000000000000"
        body = [[name, "", "", *[9] * 6] for name in ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")]
        body += [
            [f"{ENSEMBL[g]}.{j}", g, "protein_coding", counts[k, j], 1, 2, counts[k, j] / 7, 0.1, 0.2]
            for j, g in enumerate(GENES)
        ]
        path = table(
            folder / number / file,
            [
                *("gene_id", "gene_name", "gene_type", "unstranded", "stranded_first", "stranded_second"),
                *("tpm_unstranded", "fpkm_unstranded", "fpkm_uq_unstranded"),
            ],
            body,
        )
        path.write_text("# gene-model: GENCODE v36\n" + path.read_text(), encoding="utf-8")
        rows.append([number, file, "Transcriptome Profiling", "TCGA-X", patient, f"{patient}-01A", "Primary Tumor"])
        entries.append(
            {
                "file_name": file,
                "file_id": number,
                "associated_entities": [{"entity_submitter_id": f"{patient}-01A-11R-A28M-07"}],
            }
        )
    if sheet == "sheet":
        head = ["File ID", "File Name", "Data Category", "Project ID", "Case ID", "Sample ID", "Sample Type"]
        table(folder / "gdc_sample_sheet.2024-01-01.tsv", head, rows)
    elif sheet == "metadata":
        (folder / "metadata.cart.2024-01-01.json").write_text(json.dumps(entries))
    return folder


def cbioportal(folder: Path, patients: int) -> Path:
    """A study whose samples are not called after their patients alone, with expression, copy number and mutations."""
    who = [f"P-{k:05d}" for k in range(patients)]
    sample = [f"S{k:03d}x{k % 7}" for k in range(patients)]
    days, events = outcome(who)
    comment = ("Patient Identifier", "Age", "Sex", "Overall Survival Status", "Overall Survival (Months)")
    comments = [comment, comment, ("STRING", "NUMBER", "STRING", "STRING", "NUMBER"), "11111"]
    status = ["1:DECEASED" if e else "0:LIVING" for e in events]
    months = [round(d / 30.4375, 2) for d in days]
    rows = [
        [w, 50 + k, ("Male", "Female")[k % 2], s, m]
        for k, (w, s, m) in enumerate(zip(who, status, months, strict=True))
    ]
    clinical = table(folder / "data_clinical_patient.txt", ["PATIENT_ID", "AGE", "SEX", "OS_STATUS", "OS_MONTHS"], rows)
    clinical.write_text("".join("#" + "\t".join(cells) + "\n" for cells in comments) + clinical.read_text())
    pairs = [[s, w, "Primary"] for s, w in zip(sample, who, strict=True)]
    table(folder / "data_clinical_sample.txt", ["SAMPLE_ID", "PATIENT_ID", "SAMPLE_TYPE"], pairs)
    body = values(patients, seed=5).T
    mrna = [[g, e, *row] for g, e, row in zip(GENES, ENTREZ, body, strict=True)]
    table(folder / "data_mrna_seq_v2_rsem.txt", ["Hugo_Symbol", "Entrez_Gene_Id", *sample], mrna)
    calls = np.random.default_rng(6).integers(-2, 3, (len(GENES), patients))
    cna = [[g, e, *row] for g, e, row in zip(GENES, ENTREZ, calls, strict=True)]
    table(folder / "data_cna.txt", ["Hugo_Symbol", "Entrez_Gene_Id", *sample], cna)
    kinds = ("Missense_Mutation", "Silent", "Nonsense_Mutation")
    maf = [[GENES[j], ENTREZ[j], s, kinds[(k + j) % 3]] for k, s in enumerate(sample) for j in range(5)]
    head = ["Hugo_Symbol", "Entrez_Gene_Id", "Tumor_Sample_Barcode", "Variant_Classification"]
    table(folder / "data_mutations.txt", head, maf)
    return folder


def probes(n: int) -> list[str]:
    """Methylation probes that the gene table does not know."""
    return [f"cg{k:08d}" for k in range(10_000, 10_000 + n)]


def known_genes(n: int) -> list[str]:
    """Symbols of the gene table, in alphabetical order."""
    return sorted(genes._genes().symbols)[:n]


def tables_of(cohort_file: Path) -> list[Path]:
    """The tables that a cohort's file names."""
    content = tomllib.loads(cohort_file.read_text())
    sections = [content["outcome"], content.get("splits", {}), *content["modality"].values()]
    named = dict.fromkeys(cohort_file.parent / s[key] for s in sections for key in ("table", "groups") if key in s)
    return [path.resolve() for path in named]
