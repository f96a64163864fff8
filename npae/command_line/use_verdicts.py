"""Verdicts on the claims of study S2, what autoencoders are for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .verdict_words import Documents, Judge, Verdict, listed, only, percent, told, word

LEVEL = 0.3  # of the noise at which denoising is judged: that of training
NARROWER, SPARSER = 0.9, 0.05  # a gap that is reduced, as a share; more zeros in the code
POINT = 0.01  # half of a gain in accuracy, summed over both numbers of labels, that counts


def denoising(documents: Documents, _: Path) -> Verdict:
    """S2.1: a network removes noise better than as many principal components: trained on clean digits, or on noisy."""
    error = {row["way"]: row["mse"] for row in documents[0]["levels"] if row["level"] == LEVEL}
    readable = {row["way"]: row["readable"] for row in documents[0]["levels"] if row["level"] == LEVEL}
    components = next(value for way, value in error.items() if way.endswith("components"))
    clean, noisy = (error[f"trained on {kind} digits"] < components for kind in ("clean", "noisy"))
    verdict = "holds" if clean else "holds only when trained on noisy input" if noisy else "fails"
    return verdict, f"{told(error, f'error at noise {LEVEL}')}; {percent(readable, 'read rightly')}"


def less_overfitting(documents: Documents, _: Path) -> Verdict:
    """S2.2: a way narrows the gap between test and training error by a tenth, and makes the code sparser."""
    rows = documents[0]["summary"]
    gap, zeros = ({row["way"]: row[f"{name}_median"] for row in rows} for name in ("gap", "zeros"))
    narrower = {way for way in gap if gap[way] <= NARROWER * gap["none"] and gap["none"] > 0}
    sparser = {way for way in zeros if zeros[way] >= zeros["none"] + SPARSER}
    either = 'holds only when "and" is read as "or"' if narrower or sparser else "fails"
    return "holds" if narrower & sparser else either, f"{told(gap, 'gap')}; {percent(zeros, 'zeros in the code')}"


def sparse_codes(documents: Documents, _: Path) -> Verdict:
    """S2.3: a penalty on the code makes more zeros, and a linear classifier reads the code better, in each network."""
    names = ("sparse-codes", "conv-sparse-codes")
    families = [{entry["name"]: entry for entry in documents[0]["families"][name]} for name in names]
    sparse = all(_best(family, "CodeL1", "code_zeros", "relu code") >= SPARSER for family in families)
    suited, numbers = {}, []
    for kind, start in (("CodeL1", "relu code"), ("CodeKL", "sigmoid code")):
        gains = [_best(family, kind, ("probe", "probe_1000"), start) for family in families]
        suited[kind] = min(gains) >= POINT
        numbers.append(f"{kind} {listed(f'{50 * gain:+.1f}' for gain in gains)}")
    zeros = {entry["name"]: entry["code_zeros"] for family in families[:1] for entry in family.values()}
    better = only(suited, "for")
    text = f"points of accuracy gained, dense and convolutional: {'; '.join(numbers)}"
    return f"sparse: {word(sparse)}; better suited: {better}", f"{text}; {percent(zeros, 'zeros in dense codes')}"


def _best(family: dict[str, Any], kind: str, numbers: str | tuple[str, ...], start: str) -> float:
    """Return how much more than `start` the best setting of a kind has, in the sum of the numbers."""
    names = (numbers,) if isinstance(numbers, str) else numbers
    gains = (
        sum(entry[number] - family[start][number] for number in names)
        for name, entry in family.items()
        if name.startswith(kind)
    )
    return float(max(gains))


def pretraining(documents: Documents, _: Path) -> Verdict:
    """S2.4: from learned weights, training ends more accurate; both losses are smaller, as means over the training.

    Each must be so with every number of labels.
    """
    rows = documents[0]["comparison"]
    random = {(row["activation"], row["labels"]): row for row in rows if row["start"] == "random"}
    better: dict[str, dict[str, bool]] = {}
    faster: dict[str, dict[str, bool]] = {}
    for row in rows:
        activation, start = row["activation"], row["start"]
        if start != "random":
            first = random[activation, row["labels"]]
            quick = row["area_ratio"] < 1 and row["training_loss_mean"] < first["training_loss_mean"]
            for table, won in ((better, row["gain"] > 0), (faster, quick)):
                own = table.setdefault(activation, {})
                own[start] = own.get(start, True) and won
    gains = [f"{row['activation']} {row['start']} {row['labels']} {row['gain']:+.1f}" for row in rows if row["gain"]]
    verdict = f"better: {_starts(better)}; faster: {_starts(faster)}"
    return verdict, f"points of accuracy gained by activation, start and labels: {', '.join(gains)}"


def _starts(table: dict[str, dict[str, bool]]) -> str:
    """Return with which activations, and from which start, a claim holds."""
    names = {"whole": "as a whole", "greedy": "layer by layer"}
    phrases = []
    for activation, own in table.items():
        if won := [start for start in own if own[start]]:
            phrases.append(f"with {activation}" + ("" if len(won) == len(own) else f" {names[won[0]]}"))
    if len(phrases) == len(table) and all(all(own.values()) for own in table.values()):
        return "holds"
    return f"holds only {listed(phrases)}" if phrases else "fails"


def real_series(documents: Documents, _: Path) -> Verdict:
    """S2.5: the better of Conv1D and LSTM leaves less than half of the error that the mean of the series leaves."""
    left = {}
    for each in documents[0]["series"]:
        error = {row["way"]: row["test"] for row in each["summary"]}
        left[each["name"]] = min(error["conv"], error["lstm"]) / error["mean"]
    verdict = only({name: share < 0.5 for name, share in left.items()}, "for")
    return verdict, percent(left, "error left, of that of the mean of the training series")


USES: dict[str, Judge] = {
    "S2.1": denoising,
    "S2.2": less_overfitting,
    "S2.3": sparse_codes,
    "S2.4": pretraining,
    "S2.5": real_series,
}
