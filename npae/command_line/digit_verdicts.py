"""Verdicts on the claims of study S3, MNIST with one hidden layer."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

from .verdict_words import Documents, Judge, Verdict, by_name, listed, percent, told, word

LOSS, ACCURACY = 0.0119, 0.968  # that the study has at L = 64
CLOSE = 0.1  # the greatest difference of two losses, as a share, that is none
TRACE = 0.01  # the least growth of a gap, as a share of the loss, that is one


def published_loss(documents: Documents, _: Path) -> Verdict:
    """S3.1: the published loss and accuracy are reached: with the published settings, or with one change."""
    rows = documents[0]["rows"]
    loss, accuracy = by_name(rows, "test_mse"), by_name(rows, "test_accuracy")
    good = [name for name in loss if loss[name] <= LOSS and accuracy[name] >= ACCURACY]
    verdict = f"fails as published; holds only with {listed(good, 'or')}" if good else "fails"
    verdict = "holds" if "as published" in good else verdict
    return verdict, f"{told(loss, 'test loss')}; {told(accuracy, 'accuracy')}"


def no_overfitting(documents: Documents, _: Path) -> Verdict:
    """S3.2: without dropout both losses are close; the test loss is less than the training's, and least at its end."""
    rows = documents[0]["rows"]
    gaps = {row["name"]: _gap(row) for row in rows}
    better = all(row["test_mse"] < row["history"]["loss"][-1] for row in rows)
    least = all(row["history"]["val_loss"][-1] <= 1.02 * min(row["history"]["val_loss"]) for row in rows)
    holds = better and least and max(map(abs, gaps.values())) <= CLOSE
    shown = {row["name"]: row["history"]["loss"][-1] for row in rows}
    numbers = f"{percent(gaps, 'test loss above training loss, without dropout')}; "
    numbers += f"{told(shown, 'training loss, with dropout')}; {told(by_name(rows, 'test_mse'), 'test loss')}"
    return word(holds), numbers


def noisy_digits(documents: Documents, _: Path) -> Verdict:
    """S3.3: more noise gives more error and fewer readable digits; at the most noise, less than half can be read."""
    networks = {row["name"] for row in documents[0]["rows"]}
    rows = [row for row in documents[0]["levels"] if row["way"] in networks]
    most, worse = max(row["level"] for row in rows), True
    for name in networks:
        own = sorted((row for row in rows if row["way"] == name), key=lambda row: row["level"])
        worse &= _rises([row["mse"] for row in own]) and own[-1]["readable"] < own[0]["readable"]
    readable = {row["way"]: row["readable"] for row in rows if row["level"] == most}
    barely = max(readable.values()) < 0.5
    verdict = "holds" if worse and barely else "worse: holds; barely readable: fails" if worse else "fails"
    error = {row["way"]: row["mse"] for row in rows if row["level"] == most}
    return verdict, f"{percent(readable, f'digits read at noise {most:g}')}; {told(error, 'error')}"


def larger_code(documents: Documents, _: Path) -> Verdict:
    """S3.4: a larger L needs fewer epochs to the published loss, and ends with the same loss."""
    rows = documents[0]["rows"]
    epochs, loss = (dict(sorted(by_name(rows, name, "code").items())) for name in ("epochs", "test_mse"))
    needed = list(epochs.values())
    faster = needed[-1] < needed[0] and needed == sorted(needed, reverse=True)
    same = max(loss.values()) <= (1 + CLOSE) * min(loss.values())
    verdict = f"faster: {word(faster)}; no difference: {word(same)}"
    return verdict, f"{told(epochs, f'epochs to {LOSS}, by L')}; {told(loss, 'test loss at the end')}"


def cost_of_a_code(documents: Documents, _: Path) -> Verdict:
    """S3.5: a larger L takes more time and memory; its gap between test and training loss is wider.

    The risk is only a trace if the gap grows and the largest L still has the least test loss.
    """
    rows = documents[0]["rows"]
    names = ("seconds_an_epoch", "megabytes", "test_mse", "train_mse")
    seconds, memory, test, train = (dict(sorted(by_name(rows, name, "code").items())) for name in names)
    cost = _rises(list(seconds.values())) and _rises(list(memory.values()))
    gaps = [(test[code] - train[code]) / train[code] for code in test]
    largest = max(test)
    risk = "holds only as a trace" if gaps[-1] - gaps[0] > TRACE else "fails"
    risk = "holds" if test[largest] > min(test.values()) and gaps[-1] > gaps[0] else risk
    numbers = f"{told(seconds, 'seconds per epoch, by L')}; {told(memory, 'MB')}; "
    return f"cost: {word(cost)}; risk: {risk}", numbers + percent(dict(zip(test, gaps, strict=True)), "gap")


def _gap(row: dict[str, Any]) -> float:
    return float((row["test_mse"] - row["train_mse"]) / row["train_mse"])


def _rises(values: list[float]) -> bool:
    return all(one < other for one, other in pairwise(values))


DIGITS: dict[str, Judge] = {
    "S3.1": published_loss,
    "S3.2": no_overfitting,
    "S3.3": noisy_digits,
    "S3.4": larger_code,
    "S3.5": cost_of_a_code,
}
