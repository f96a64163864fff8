"""The guide to messages is complete, and says nothing that npae no longer says."""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path

from looped import in_one_test
from source_messages import GAP, messages_of

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "messages.md", *sorted((ROOT / "docs" / "messages").glob("*.md"))]
EVERYWHERE = {"must", "be", GAP}  # what nearly all messages have in common
OF_CODE = re.compile(r"`([^`]+)`")
INTERNAL = {  # what nobody sees, or what another message quotes
    "a text of its own": ["...", "... must be ...", "...: ..."],
    "reasons to stop a refinement": ["max_evaluations", "max_seconds", "max_iterations"],
    "a damaged file, before a FileError says so": [
        "theta must be ... finite numbers",
        "usual_errors and constants must have shape ...",
        "an array must hold numbers or texts",
        "an array must be as long as its file",
        "an array must have a header",
        "an array of texts must hold characters",
        "a zip file must hold each member once and whole",
        "members of a zip file must lie side by side",
        "a picture must have the pixels that its header names",
        "history must have the columns",
        "history must be lists of at most",
        "history must have numbers for",
        "history must have finite numbers for",
        "history must have texts for",
        "history must have an epoch, a method and evaluations",
        "a checkpoint must say which training it is of",
        "... of the random generator must lie in [0, ...]",
        "epoch must be the number of epochs in the history",
        "eta, seconds and loss must be numbers",
        "eta and seconds must be finite",
        "a state must have a memory for each part",
        "theta must be finite, and fills numbers",
        "fills must be one number for each gap",
        "a callback must have a memory",
        "... must be like that of a training that begins",
        "... must be numbers of shape ...",
        "classes must be ... different labels in order",
        "n_epochs must be a number of epochs and stop_reason a text",
        "names must be one for each of ... columns",
        "decision_scores must be one number for each sample",
        "columns must be a name for each column",
        "scaling must be a shift and a unit for each column",
        "scaling must have finite shifts and units above 0",
    ],
    "reasons why there are no worker processes, which a warning quotes": [
        "this system has no Unix sockets",
        "shared memory must fit into what the system has left",
        "data in a mapped file must be named",
        "... must hold what was mapped",
        "... must be the file that was mapped",
        "worker process ... has not started within",
    ],
    "what only npae's own code calls": [
        "rows must lie in a file",
        "the file must hold what is mapped",
        "_metadata_request",
    ],
}


@cache
def sources() -> dict[str, str]:
    internal = [text for texts in INTERNAL.values() for text in texts]
    found = messages_of(ROOT / "npae")
    unknown = [text for text in internal if not any(message.startswith(text) for message in found)]
    assert not unknown, f"no longer in the source: {unknown}"
    exact, beginnings = {text for text in internal if text.startswith(GAP)}, tuple(t for t in internal if t[0] != ".")
    return {text: place for text, place in found.items() if text not in exact and not text.startswith(beginnings)}


@cache
def entries() -> list[str]:
    """Return the beginnings in the guide: the headings in code, and the first cells of tables "begins with"."""
    found = []
    for page in PAGES:
        in_table = False
        for line in page.read_text(encoding="utf-8").splitlines():
            in_table = line.startswith("|") and (in_table or line.startswith("| begins with"))
            if in_table or line.startswith("### `"):
                found += OF_CODE.findall(line.split("|")[1] if in_table else line)[:1]
    return found


@cache
def tokens(text: str) -> tuple[str, ...]:
    """Return the words of a beginning; what holds `...` stands for one or more of any others."""
    return tuple(GAP if GAP in word else word.strip(".,:;") for word in text.split())


@cache
def telling(text: str) -> frozenset[str]:
    """Return the words of a beginning that few others have."""
    return frozenset(tokens(text)) - EVERYWHERE


def in_common(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Return how many words two beginnings have in common, as far as the shorter one goes; -inf if they differ."""
    if not one or not other:
        return 0
    if GAP in (one[0], other[0]):
        rest = [in_common(one[1:], other[n:]) for n in range(1, len(other) + 1)] if one[0] == GAP else []
        rest += [in_common(one[n:], other[1:]) for n in range(1, len(one) + 1)] if other[0] == GAP else []
        return max(rest)
    return in_common(one[1:], other[1:]) + (one[0] not in EVERYWHERE) if one[0] == other[0] else -math.inf


def belong_together(entry: str, message: str) -> bool:
    """Return whether a reader who has the message finds the entry by its first words."""
    return not telling(entry).isdisjoint(telling(message)) and in_common(tokens(entry), tokens(message)) > 0


def test_every_message_has_an_entry() -> None:
    lost = {text: place for text, place in sources().items() if not any(belong_together(e, text) for e in entries())}
    assert not lost, "\n".join(f"{place}: {text}" for text, place in lost.items())


def test_every_entry_is_about_a_message_that_npae_has() -> None:
    lost = [entry for entry in entries() if not any(belong_together(entry, text) for text in sources())]
    assert not lost, "\n".join(lost)


def test_no_message_has_two_entries_of_the_same_words() -> None:
    assert sorted(set(entries())) == sorted(entries())


def test_every_class_of_errors_and_warnings_is_in_the_guide() -> None:
    guide = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "npae").rglob("*.py"))
    classes = re.findall(r"^class (\w+)\(.*(?:Error|Warning|Exception|BrokenExecutor)\b.*\):", source, re.MULTILINE)
    assert len(classes) >= 10
    caught = {"Stop", "NotNumbers", "Ended", "NoServant"}  # by npae itself
    public = {name for name in classes if name[0] != "_"} - caught
    assert not {name for name in public if not re.search(rf"`(npae\.)?(\w+\.)*{name}`", guide)}


SAMPLE = """
RULE = "X must be right"

def advice(n):
    return f"Trained {n} epochs. Train longer."

def refuse(x, hint=""):
    if x:
        what = "mask" if x > 1 else "target"
        raise ValueError(f"{RULE}, got {x}. {hint}")
    warnings.warn(advice(x))
    raise OSError(5, f"{what} must be left out, got {x}", "path")
"""


def test_messages_are_found_whatever_they_are_put_together_from(tmp_path) -> None:
    (tmp_path / "sample.py").write_text(SAMPLE, encoding="utf-8")
    found = {"X must be right", "Trained ... epochs. Train longer."}
    assert set(messages_of(tmp_path)) == found | {"mask must be left out", "target must be left out"}


@in_one_test(
    "entry, message, same",
    [
        ("X must be finite, got NaN", "... must be finite", True),
        ("... must be one of ...", "mode must be one of ...", True),
        ("X must be finite", "... must be an array of numbers", False),
        ("X must be ...", "... must be finite", False),
    ],
)
def test_an_entry_and_a_message_belong_together_by_their_first_words(entry, message, same) -> None:
    assert belong_together(entry, message) == same
