"""impuTMAE as the trainer offers it: its settings, presets and stages."""

from __future__ import annotations

from survgui.cases.case import Modality
from survgui.report.words import METHODS
from survgui.ui.train.fields import Choice, Method, Number, Part, Preset, Row, Several, Shares, Value, Values

HEADS, TILE, VOLUME = 4, 256, 64
"""heads of every preset; sides of the tiles (px) and volumes (voxels) that encoding makes"""
FREEZING = Choice(
    "freezing",
    "Freezing",
    (
        ("encoders", "encoders", "Encoders stay as pre-trained; the head learns."),
        ("published", "as published", "Images frozen; of tables the last layer learns on."),
        ("none", "nothing", "Every encoder learns on: slow, overfits first."),
    ),
    "What fine-tuning leaves as pre-training made it",
    explained=True,
)
ORDER = Choice(
    "order",
    "Order of features",
    (
        ("cluster", "by cluster", "Features that vary together share a patch."),
        ("file", "as in the file", "Patches are cut from the table as it is, as published."),
    ),
    "Which genes or CpGs come into one patch",
)
FUSION = Choice(
    "fusion",
    "Fusion",
    (
        ("latents", "latents", "Attends to one latent per modality."),
        ("tokens", "all tokens", "Attends to every token, as published."),
    ),
    "What the survival head reads",
)
GENERATOR = Choice(
    "generator",
    "Imputation",
    (
        ("latent", "latent", "The decoder's states become the missing latent."),
        ("reencode", "re-encoded", "The decoder's data are encoded again, as published."),
        ("gaussian", "Gaussian", "Drawn in closed form from the latents that are there."),
        ("mean", "mean", "The mean that is expected: no spread."),
    ),
    "How missing latents are made unless a prediction asks for another way",
)
SEQUENCES = (("t1", "T1"), ("t1c", "T1c"), ("t2", "T2"), ("flair", "FLAIR"))


def _wrong(values: Values) -> str:
    """Why no network has these values together, or empty."""
    tile, tile_patch, volume, volume_patch = (
        int(values[key]) for key in ("tile_pixels", "tile_patch", "volume_side", "volume_patch")
    )
    if int(values["width"]) % (2 * HEADS):
        return f"Width d must be a multiple of {2 * HEADS}, twice the number of heads."
    if tile % tile_patch or volume % volume_patch:
        return "A patch must divide its tile or its volume."
    if TILE % tile or VOLUME % volume:
        return f"The side of a tile must divide {TILE}, and that of a volume {VOLUME}."
    return ""


def _whole(key: str, title: str, most: int, tip: str, least: int = 1) -> Number:
    return Number(key, title, least, most, whole=True, tip=tip)


def _rate(key: str, title: str) -> Number:
    return Number(key, f"Learning rate, {title}", 1e-7, 1.0, tip="Of AdamW at the start; falls as a cosine")


_EPOCHS = (
    _whole("pretrain_epochs", "Epochs, pre-training", 100_000, "Reconstructing what is masked; 0 leaves it out", 0),
    _whole("epochs", "Epochs, fine-tuning", 10_000, "Learning survival", 0),
)
_RATES = (_rate("pretrain_rate", "pre-training"), _rate("learning_rate", "fine-tuning"))
_MASKED = Number(
    "mask_ratio", "Mask ratio", 0, 1, inside=True, tip="Share of a measured modality's patches masked in pre-training"
)
_DIFFERS = Shares("mask_ratios", "Mask ratios", tip="Per modality, such as rna=0.5,mri=0.75; empty: nowhere")
_LAYERS = (
    _whole("vector_layers", "Layers, tables", 48, "Of the encoders of omics and clinical tables"),
    _whole("image_layers", "Layers, images", 48, "Of the encoders of tiles and MRI"),
    _whole("decoder_layers", "Layers, decoder", 48, "Of the one decoder that all modalities share"),
)
_PATCHES = (
    _whole("rna_patch", "Patch, RNA", 65_536, "Genes per token"),
    _whole("dnam_patch", "Patch, methylation", 65_536, "CpGs per token"),
    _whole("vector_patch", "Patch, other tables", 65_536, "Features per token"),
)
_TILES = (
    _whole("tile_pixels", "Tile", TILE, "Side of a tile, in pixels"),
    _whole("tile_patch", "Patch, tile", TILE, "Side of its patches, in pixels"),
)
_VOLUMES = (
    _whole("volume_side", "Volume", VOLUME, "Side of a volume, in voxels"),
    _whole("volume_patch", "Patch, volume", VOLUME, "Side of its patches, in voxels"),
)
_SEQUENCES = Several("sequences", "MRI", SEQUENCES, "Sequences that are taken; the paper takes T1c alone")
_SMALL: dict[str, Value] = {
    **{"mask_ratio": 0.5, "mask_ratios": "", "pretrain_epochs": 60, "epochs": 20},
    **{"freezing": "encoders", "fusion": "latents", "generator": "gaussian"},
    **{"width": 64, "vector_layers": 2, "image_layers": 2, "decoder_layers": 2},
    **{"rna_patch": 64, "dnam_patch": 64, "vector_patch": 64, "order": "cluster"},
    **{"tile_pixels": 64, "tile_patch": 8, "volume_side": 32, "volume_patch": 8, "sequences": "t1,t1c,t2,flair"},
    **{"pretrain_rate": 1e-3, "learning_rate": 2e-4},
}
_PUBLISHED: dict[str, Value] = {
    **_SMALL,
    **{"pretrain_epochs": 400, "freezing": "published", "fusion": "tokens", "generator": "reencode"},
    **{"width": 256, "vector_layers": 6, "image_layers": 4, "decoder_layers": 3},
    **{"rna_patch": 512, "dnam_patch": 1024, "vector_patch": 512, "order": "file"},
    **{"tile_pixels": 256, "tile_patch": 16, "volume_side": 64, "volume_patch": 16, "sequences": "t1c"},
    **{"learning_rate": 1e-4},
}

IMPUTMAE = Method(
    key="imputmae",
    title=METHODS["imputmae"],
    about="Learns to reconstruct what is masked of the raw data, then to predict; imputes data one can look at",
    rows=(
        Row(_EPOCHS, "Epochs", "Of pre-training and of fine-tuning"),
        Row(_RATES, "Learning rates", "Of pre-training and of fine-tuning"),
        Row((_MASKED,)),
        Row((_DIFFERS,), "… where it differs"),
        *(Row((choice,)) for choice in (FREEZING, FUSION, GENERATOR)),
        Row((_whole("width", "Width d", 1024, "Length of every token; a multiple of 8", 8),)),
        Row(_LAYERS, "Layers", "Of the encoders of tables, of those of images, and of the decoder"),
        Row(_PATCHES, "Features a token", "Of RNA, of methylation, and of every other table"),
        Row((ORDER,)),
        Row(_TILES, "Tile and patch, px", "Sides of a tile and of its patches", Modality.PATHOLOGY),
        Row(_VOLUMES, "Volume, patch, voxels", "Sides of a volume and of its patches", Modality.MRI),
        Row((_SEQUENCES,), needs=Modality.MRI),
    ),
    presets=(
        Preset("small", "small cohort", "width 64, 60 + 20 epochs", _SMALL),
        Preset("demo", "quick demo", "width 64, 20 + 8 epochs", {**_SMALL, "pretrain_epochs": 20, "epochs": 8}),
        Preset("published", "as published", "width 256, 400 + 20 epochs", _PUBLISHED),
    ),
    stages={"pre-training": "pretrain_epochs", "fine-tuning": "epochs", "generator": ""},
    costs={"pre-training": 1.0, "fine-tuning": 1.0, "generator": 0.0},
    parts=(
        Part("pre-training", "Pre-training", ("pre-training",)),
        Part("fine-tuning", "Fine-tuning", ("fine-tuning",)),
    ),
    wrong=_wrong,
    slides=(
        "Slides are taken as tiles of pixels, 8 a patient. That costs time: once to choose them from every slide, and "
        "in every epoch."
    ),
)
