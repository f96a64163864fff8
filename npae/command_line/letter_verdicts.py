"""Verdicts on the claims of study S4, letters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..datasets import load_font
from ..estimators import discover, load
from .verdict_words import Document, Documents, Judge, Verdict, told, word

HELD_OUT = 1.0  # per cent of error up to which a circle counts as a circle


def medians(document: Document, number: str) -> dict[Any, float]:
    """Return the median of a number for each value of a sweep."""
    return {row[document["vary"]]: row[f"{number}_median"] for row in document["summary"]}


def successes(document: Document) -> dict[Any, float]:
    """Return the share of runs in which all letters are exact, for each value of a sweep."""
    return {row[document["vary"]]: row["successes"] / row["runs"] for row in document["summary"]}


def first_try(documents: Documents, _: Path) -> Verdict:
    """S4.1: with std 0.6, no run rebuilds all letters."""
    return word(successes(documents[0])[0.6] == 0), told(medians(documents[0], "exact"), "letters exact of 32, by std")


def large_eta(documents: Documents, _: Path) -> Verdict:
    """S4.2: from 0.05 on, nothing is exact any more: for a mean, and for a sum."""
    mean, total = (medians(document, "exact") for document in documents)
    holds = [max(exact[eta] for eta in (0.05, 0.1, 0.15, 0.45)) < 1 <= exact[0.0005] for exact in (mean, total)]
    verdicts = {
        (True, True): "holds",
        (False, True): "fails for a mean loss; holds only when the loss is a sum",
        (True, False): "holds only when the loss is a mean",
        (False, False): "fails",
    }
    numbers = f"{told(mean, 'letters exact by eta, mean loss')}; {told(total, 'sum')}"
    return verdicts[holds[0], holds[1]], numbers


def adaptive_eta(documents: Documents, _: Path) -> Verdict:
    """S4.3: adaptive eta has a tenth more noise, and a tenth more of the codes at the edge."""
    noise, edge = medians(documents[0], "noise"), medians(documents[0], "at_edge")
    holds = noise["on"] > 1.1 * noise["off"] and edge["on"] > 0.1 + edge["off"]
    return word(holds), f"{told(noise, 'noise, adaptive eta')}; {told(edge, 'share of codes at the edge')}"


def many_iterations(documents: Documents, _: Path) -> Verdict:
    """S4.4: after 1500 iterations fewer pictures differ than after 300."""
    distinct = medians(documents[0], "distinct")
    return word(distinct[1500] < distinct[300]), told(distinct, "different pictures of 32, by iterations")


def activations(documents: Documents, _: Path) -> Verdict:
    """S4.5: no fewer runs succeed with tanh than with sigmoid, and more than with relu."""
    share = successes(documents[0])
    return word(share["tanh"] >= share["sigmoid"] and share["tanh"] > share["relu"]), told(share, "share of runs exact")


def solvers(documents: Documents, _: Path) -> Verdict:
    """S4.6: BFGS and CG succeed in most runs, Powell in none."""
    share, seconds = successes(documents[0]), medians(documents[0], "seconds_training")
    verdict = (
        f"BFGS: {word(share['BFGS'] >= 0.9)}; CG: {word(share['CG'] >= 0.5)}; Powell: {word(share['Powell'] == 0)}"
    )
    return verdict, f"{told(share, 'share of runs exact')}; {told(seconds, 'seconds')}"


def how_often(documents: Documents, _: Path) -> Verdict:
    """S4.7: refined in every epoch, more letters are exact than every 10; without refinement none is."""
    exact = medians(documents[0], "exact")
    holds = exact[1] > exact[10] and exact["never"] == 0
    return "holds as published" if holds else "fails", told(exact, "letters exact of 32, refined every")


def first_weights(documents: Documents, _: Path) -> Verdict:
    """S4.8: std 0.2 and 1.3 are far worse than 0.6."""
    exact = medians(documents[0], "exact")
    verdict = f"small: {word(exact[0.2] < exact[0.6] / 2)}; large: {word(exact[1.3] < exact[0.6] / 2)}"
    return verdict, told(exact, "letters exact of 32, by std")


def three_fonts(documents: Documents, _: Path) -> Verdict:
    """S4.9: most runs rebuild all letters of each font, as published and with the good recipe."""
    published, good = (successes(document) for document in documents)
    works = [min(share.values()) > 0.5 for share in (published, good)]
    verdict = "holds" if works[0] else "holds only with the good recipe" if works[1] else "fails"
    return verdict, f"{told(published, 'share of runs exact, as published')}; {told(good, 'good recipe')}"


def best_parameters(documents: Documents, _: Path) -> Verdict:
    """S4.10: with either set of parameters, all ten letters are exact."""
    exact = medians(documents[0], "exact")
    return "holds" if min(exact.values()) == 10 else "fails as published", told(exact, "letters exact of 10, by set")


def new_letters(_: Documents, folder: Path) -> Verdict:
    """S4.11: somewhere in the plane of codes lies a crisp glyph that is none of the letters."""
    found = discover(load(folder / "model.npz"), load_font("capitals"))
    return word(len(found) > 0), f"{len(found)} new letters, at least 3 pixels away from every known one"


def flipped_pixels(documents: Documents, _: Path) -> Verdict:
    """S4.12: most letters come back, from the noise of training and from noise that is new."""
    rows = documents[0]["fonts"][0]["summary"]
    seen = [row["exact"] for row in rows if row["level"] == "seen"]
    ways = {row["way"] for row in rows if row["level"] == "seen"}
    fresh = [row["exact"] for row in rows if row["level"] in ("2 flipped", "3 flipped") and row["way"] in ways]
    own = bool(seen) and min(seen) > 0.5
    verdict = "holds" if own and min(fresh) > 0.5 else "holds only on its own noise" if own else "fails"
    return verdict, f"letters exact: own noise {_range(seen)}, fresh noise {_range(fresh)}"


def new_circles(documents: Documents, _: Path) -> Verdict:
    """S4.13: circles between the learned ones are rebuilt to 1 %: as published, and at the optimum."""
    error = {row["network"]: row["held_out_median"] for row in documents[0]["summary"]}
    published = [value for name, value in error.items() if "published" in name]
    others = [value for name, value in error.items() if "published" not in name and name != "linear"]
    if published and max(published) <= HELD_OUT:
        verdict = "holds"
    else:
        at_optimum = others and min(others) <= HELD_OUT
        verdict = "fails as published; holds only at the optimum" if at_optimum else "fails"
    return verdict, told(error, "error of the worst circle between, %")


def _range(shares: list[float]) -> str:
    return f"{100 * min(shares):.0f} to {100 * max(shares):.0f} %" if shares else "none"


LETTERS: dict[str, Judge] = {
    "S4.1": first_try,
    "S4.2": large_eta,
    "S4.3": adaptive_eta,
    "S4.4": many_iterations,
    "S4.5": activations,
    "S4.6": solvers,
    "S4.7": how_often,
    "S4.8": first_weights,
    "S4.9": three_fonts,
    "S4.10": best_parameters,
    "S4.11": new_letters,
    "S4.12": flipped_pixels,
    "S4.13": new_circles,
}
