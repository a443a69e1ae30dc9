"""Which MRI sequence a name or a scanner's header speaks of, and by which words.

The words are those of BraTS in its variants (`t1n`, `t1ce`, `t2f`), of the collections of TCIA (UCSF-PDGM,
UPENN-GBM, LUMIERE), and of what scanners call their protocols. Where the words say nothing, the echo, repetition
and inversion times do; their limits are textbook values at 1.5 and 3 T (our choice).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SEGMENTATION = "segmentation"
TITLES = {"t1": "T1", "t1c": "T1c", "t2": "T2", "flair": "FLAIR", SEGMENTATION: "segmentation"}

_PLAIN_T1 = {"t1", "t1w", "t1weighted", "mprage", "mpr", "spgr", "fspgr", "bravo", "vibe", "tfl", "t1se", "t1tse"}
_NATIVE_T1 = {"t1n", "t1pre", "t1wpre", "t1native"}
_CONTRAST_T1 = {
    *("t1c", "t1ce", "t1gd", "t1post", "t1contrast", "t1km", "t1wce", "t1wc", "t1gad", "t1gado", "t1cplus"),
    *("ct1", "cet1", "gdt1", "t1postcontrast", "t1wpost", "t1gadolinium"),
}
_T2 = {"t2", "t2w", "t2weighted", "t2tse", "t2fse", "t2se"}
_FLAIR = {"flair", "fla", "fl", "t2f", "t2flair", "t2wflair", "darkfluid", "tirm"}
_BASES = {
    **dict.fromkeys(_PLAIN_T1 | _NATIVE_T1, "t1"),
    **dict.fromkeys(_CONTRAST_T1, "t1c"),
    **dict.fromkeys(_T2, "t2"),
    **dict.fromkeys(_FLAIR, "flair"),
}
_AGENT = {"post", "postcontrast", "gd", "gad", "gado", "gadolinium", "contrast", "ce", "km", "enhanced", "postgd", "c+"}
_NO_AGENT = {"pre", "precontrast", "without", "wo", "noncontrast", "native", "nativ", "nc", "unenhanced"}
_OUTLINE = {"seg", "segm", "segmentation", "mask", "label", "labels", "tumormask", "tumourmask", "glistrboost", "roi"}
_OF_BRAIN = {"brain", "bet", "hdbet", "parenchyma", "skull", "head", "wm", "gm", "csf", "tissue"}
_OTHERS = {
    *(
        "edwi",
        "ep2d",
        "adc",
        "dwi",
        "dti",
        "swi",
        "asl",
        "dsc",
        "dce",
        "perf",
        "perfusion",
        "t2star",
        "t2*",
        "eddy",
        "trace",
        "tracew",
    ),
    *(
        "pilot",
        "angio",
        "mra",
        "tof",
        "localizer",
        "localiser",
        "loc",
        "scout",
        "survey",
        "asset",
        "calibration",
        "phase",
        "mip",
        "bold",
    ),
    *("fmri", "cbv", "cbf", "mtt", "rcbv", "hemo", "swan", "sub", "subtraction", "spectroscopy", "fieldmap", "pd"),
}
_SPARE = {"bias", "unstripped", "raw", "orig", "original", "noskullstrip", "withskull", "uncorrected"}


@dataclass(frozen=True, slots=True)
class Told:
    """What was understood.

    Attributes:
        sequence: t1, t1c, t2, flair, `segmentation`, or None.
        why: Words that go after "because": `its name says T1 and GD`; or what speaks against any of these.
    """

    sequence: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Timing:
    """Times in ms by which a scanner made a series; 0 where the header does not say."""

    repetition: float = 0.0
    echo: float = 0.0
    inversion: float = 0.0


def sequence_of(name: str) -> str | None:
    """The MRI sequence that a file name says: t1, t1c, t2, flair, `segmentation`, or None."""
    return by_name(name).sequence


def by_name(name: str) -> Told:
    """The sequence by the words of a name.

    The last word that names one counts; a segmentation is one wherever it says so (`t1c_seg`), if it is not one of
    the brain. A contrast agent counts directly before T1 or anywhere after it (`ce-t1`, `T1_ax_post_GD`).
    """
    words = _words(name)
    outline = _outline(words)
    if outline is not None:
        return outline
    places = [place for place, word in enumerate(words) if word in _BASES]
    if not places:
        other = next((word for word in words if word in _OTHERS), None)
        return Told(
            None, f"its name says {other.upper()}" if other else "its name says none of t1, t1c, t2, flair, seg"
        )
    place = places[-1]
    base, said = _BASES[words[place]], [words[place]]
    if base == "t2" and any(words[other] in _FLAIR for other in places):
        base, said = "flair", ["flair"]  # `FLAIR_T2`: weighted like T2, and FLAIR all the same
    if base == "flair" and words[place] in ("flair", "fl") and "t1" in words[:place][-1:]:
        base, said = "t1", ["t1", "flair"]  # a T1 with inversion, which one maker calls T1 FLAIR
    if base == "t1" and words[place] not in _NATIVE_T1:
        agent = _agent(words, place)
        base, said = ("t1c", [*said, agent]) if agent else (base, said)
    return Told(base, f"its name says {' '.join(word.upper() for word in said)}")


def by_header(description: str, agent: bool, timing: Timing) -> Told:
    """The sequence of a DICOM series.

    Args:
        description: The names of series and protocol, one after the other.
        agent: Whether the header names a contrast agent.
        timing: What the scanner did.
    """
    words = _words(description)
    other = next((word for word in words if word in _OTHERS and word != "pd"), None)
    if other:
        return Told(None, f"its description says {other.upper()}")
    told = by_name(description)
    if told.sequence is None or told.sequence == SEGMENTATION:
        told = _by_timing(timing)
    else:
        told = Told(told.sequence, told.why.replace("its name", "its description"))
    if told.sequence == "t1" and agent and not _NO_AGENT.intersection(words):
        return Told("t1c", f"{told.why} and a contrast agent is named in its header")
    return told


def is_spare(name: str) -> bool:
    """Whether a name says that its file is one of two forms of a sequence, and the lesser one (`_T1_unstripped`)."""
    return not _SPARE.isdisjoint(_words(name))


def _words(text: str) -> list[str]:
    joined = re.sub(r"(t[12])[-_ ]?weighted", r"\1w", text.lower())
    return re.findall(r"[a-z0-9]+[*+]?|\+c", joined)


def _outline(words: list[str]) -> Told | None:
    """What is said of a segmentation, if it is one."""
    for place, word in enumerate(words):
        if word in _OUTLINE:
            if place and words[place - 1] in _OF_BRAIN:
                return Told(None, f"it outlines the {'brain' if words[place - 1] != 'head' else 'head'}, not a tumour")
            return Told(SEGMENTATION, f"its name says {word.upper()}")
    return None


def _agent(words: list[str], place: int) -> str:
    """The word that tells of a contrast agent at the T1 at `place`; empty where none does, or one denies it."""
    near = words[max(0, place - 1) : place] + words[place + 1 :]
    if any(word in _NO_AGENT for word in near):
        return ""
    following = words[place + 1 : place + 2]
    if following and following[0] in ("c", "+c"):  # `T1_C`, but not `C-0039_T1`
        return following[0]
    return next((word for word in near if word in _AGENT), "")


def _by_timing(timing: Timing) -> Told:
    """By the times: a long inversion is FLAIR, a long echo T2, a short repetition or an MPRAGE's inversion T1."""
    repetition, echo, inversion = timing.repetition, timing.echo, timing.inversion
    if not (repetition and echo):
        return Told(None, "neither its description nor its times say which sequence it is")
    said = f"TR {repetition:.0f} and TE {echo:.0f} ms" + (f", TI {inversion:.0f} ms" if inversion else "")
    if inversion > 1500 and echo > 60:
        return Told("flair", f"of {said}")
    if repetition > 2000 and echo > 60:
        return Told("t2", f"of {said}")
    if echo < 30 and (repetition < 1000 or 600 < inversion < 1300):
        return Told("t1", f"of {said}")
    return Told(None, f"{said} are of none of t1, t2, flair")
