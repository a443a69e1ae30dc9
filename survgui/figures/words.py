"""Numbers and names as they are printed: units, minus signs, thin spaces, two significant digits."""

from __future__ import annotations

from survgui.cases.case import Modality, State

_SHORT = {Modality.RNA: "RNA", Modality.CNV: "CNV", Modality.DNAM: "DNAm"}
_CLOSED = {
    "latent": "Latent decoder",
    "reencode": "Re-encoding decoder",
    "gaussian": "Gaussian (closed form)",
    "mean": "Mean only: no spread",
}
_STEPWISE = {"flow": "Flow", "ddim": "Diffusion (DDIM)"}
THIN = "\u202f"
"""narrow no-break space: between a number and its unit, and in thousands"""
MINUS = "\u2212"


def percent(share: float, unit: bool = True) -> str:
    """A probability in percent: `38 %`; near the ends with a decimal, `7.1 %`, `99.6 %`; 0 and 100 only if exact."""
    sign = f"{THIN}%" if unit else ""
    if 0.0 < share < 0.001:
        return f"<{THIN}0.1{sign}"
    if 0.9995 <= share < 1.0:
        return f">{THIN}99.9{sign}"
    value = 100.0 * share
    return (f"{value:.1f}" if 0.0 < value < 9.95 or 99.0 <= value < 100.0 else f"{value:.0f}") + sign


def span(low: float, high: float) -> str:
    """Two probabilities as a range in percent: `29–47 %`."""
    return f"{percent(low, unit=False)}–{percent(high)}"


def signed(value: float) -> str:
    """A contribution with its sign: `+0.41`, `−0.12`; what rounds to zero has none."""
    text = f"{abs(value):.2f}"
    if float(text) == 0.0:
        return text
    return ("+" if value > 0 else MINUS) + text


def plain(value: float) -> str:
    """A number with two decimals and a real minus sign."""
    return f"{value:.2f}".replace("-", MINUS)


def count(number: int) -> str:
    """A count with thin spaces between thousands: `3 120`."""
    return f"{number:,}".replace(",", THIN)


def months(value: float) -> str:
    """A time: `24`, `19.4`."""
    return f"{value:.0f}" if abs(value - round(value)) < 0.05 else f"{value:.1f}"


def ordinal(percentile: float) -> str:
    """A percentile: `87th`, `1st`, `22nd`; 0 and 100 are the ends of the cohort."""
    n = round(percentile)
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def plural(number: int, one: str) -> str:
    """`1 patient`, `569 patients`."""
    return f"{count(number)} {one}{'' if number == 1 else 's'}"


def listed(names: list[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else ""


def short(modality: Modality) -> str:
    """A modality's name where the whole title is too long."""
    return _SHORT.get(modality, modality.title)


def inside(title: str) -> str:
    """A modality's title within a sentence: `copy number`, but `RNA-seq`, `miRNA`."""
    return title if any(letter.isupper() for letter in title[1:]) else title[:1].lower() + title[1:]


def component(name: str) -> str:
    """A component as it is read: `shared by all`, or the modality that it is of."""
    if name == "shared":
        return "shared by all"
    return Modality(name).title if name in set(Modality) else name


def generator(name: str, steps: int = 0) -> str:
    """How missing parts are drawn: `Gaussian (closed form)`, `Flow, 4 steps`; an unknown name is itself.

    Args:
        steps: Of a generator that goes step by step; 0 leaves them out.
    """
    if name in _CLOSED:
        return _CLOSED[name]
    return _STEPWISE.get(name, name) + (f", {plural(steps, 'step')}" if steps else "")


def state_role(state: State) -> str:
    """Colour role of a state's word."""
    if state is State.MEASURED:
        return "text"
    if state is State.IMPUTED:
        return "accent"
    return "warn" if state is State.UNUSABLE else "soft"
