"""Claims are listed as the pages of the studies have them, rerun, and judged by code."""

import csv
import dataclasses
import importlib
import io
import json
import re
import sys
from pathlib import Path

import pytest
from looped import in_one_test

from npae.command_line import checkout, rerun_claim
from npae.command_line.claim_verdicts import JUDGES
from npae.command_line.claims import CLAIMS, FEW, Claim, Run
from npae.command_line.error_lines import message_of

ROOT = Path(__file__).parents[2]
STUDIES = ROOT / "docs" / "studies"


def test_every_claim_of_the_five_studies_is_listed(ok):
    pages = "".join(path.read_text(encoding="utf-8") for path in STUDIES.glob("*.md"))
    assert set(CLAIMS) == set(re.findall(r"^## (S\d\.\d+) ", pages, re.MULTILINE))
    rows = json.loads(ok("reproduce", "--list", "--format", "json"))
    assert [row["claim"] for row in rows] == list(CLAIMS)
    assert set(JUDGES) <= set(CLAIMS)


@in_one_test("claim", CLAIMS.values(), ids=lambda claim: claim.id)
def test_the_experiment_of_a_claim_takes_its_arguments(claim):
    sys.path.insert(0, str(ROOT))
    for run in claim.runs:
        module = importlib.import_module(f"experiments.{run.module}")
        for extra in ((), run.quick):
            module.parser().parse_args([*run.arguments, *extra, "--out", "out"])


def test_without_a_claim_the_list_is_printed(ok):
    assert ok("reproduce") == ok("reproduce", "--list")


def test_an_unknown_claim(refused):
    assert "CLAIM must be one of those that npae reproduce --list shows, got 'S9.9'" in refused(
        "reproduce", "S9.9", code=2
    )


def sweep(vary, **numbers):
    """Return the results of a sweep: {value: number} for each number."""
    values = next(iter(numbers.values()))
    rows = [
        {vary: value, "runs": 2, **{_named(name): column[value] for name, column in numbers.items()}}
        for value in values
    ]
    return {"vary": vary, "summary": rows}


def _named(name):
    return name if name == "successes" else f"{name}_median"


LARGE = {0.0005: 5, 0.005: 4, 0.05: 6, 0.1: 6, 0.15: 6, 0.45: 6}
GONE = {0.0005: 5, 0.005: 0, 0.05: 0, 0.1: 0, 0.15: 0, 0.45: 0}
STD = {0.2: 19, 0.6: 4, 0.9: 0, 1.3: 0}
SHARES = {"BFGS": 2, "CG": 2, "Powell": 0}
CASES = [
    ("S4.1", [sweep("std", exact=STD, successes=dict.fromkeys(STD, 0))], "holds"),
    ("S4.1", [sweep("std", exact=STD, successes=dict.fromkeys(STD, 1))], "fails"),
    (
        "S4.2",
        [sweep("eta", exact=LARGE), sweep("eta", exact=GONE)],
        "fails for a mean loss; holds only when the loss is a sum",
    ),
    ("S4.2", [sweep("eta", exact=GONE), sweep("eta", exact=GONE)], "holds"),
    ("S4.2", [sweep("eta", exact=LARGE), sweep("eta", exact=LARGE)], "fails"),
    ("S4.2", [sweep("eta", exact=GONE), sweep("eta", exact=LARGE)], "holds only when the loss is a mean"),
    ("S4.3", [sweep("adaptive", noise={"off": 0.2, "on": 0.2}, at_edge={"off": 0.35, "on": 0.36})], "fails"),
    ("S4.3", [sweep("adaptive", noise={"off": 0.2, "on": 0.3}, at_edge={"off": 0.35, "on": 0.6})], "holds"),
    ("S4.4", [sweep("iterations", distinct={300: 24, 1500: 30})], "fails"),
    ("S4.4", [sweep("iterations", distinct={300: 24, 1500: 20})], "holds"),
    ("S4.5", [sweep("activation", successes={"tanh": 2, "sigmoid": 1, "relu": 0})], "holds"),
    ("S4.5", [sweep("activation", successes={"tanh": 1, "sigmoid": 2, "relu": 0})], "fails"),
    (
        "S4.6",
        [sweep("solver", successes=SHARES, seconds_training={"BFGS": 1, "CG": 2, "Powell": 5})],
        "BFGS: holds; CG: holds; Powell: holds",
    ),
    ("S4.7", [sweep("every", exact={1: 10, 10: 1, "never": 0})], "holds as published"),
    ("S4.7", [sweep("every", exact={1: 10, 10: 1, "never": 3})], "fails"),
    ("S4.8", [sweep("std", exact=STD)], "small: fails; large: holds"),
    ("S4.9", [sweep("font", successes={"a": 0}), sweep("font", successes={"a": 2})], "holds only with the good recipe"),
    ("S4.9", [sweep("font", successes={"a": 2}), sweep("font", successes={"a": 2})], "holds"),
    ("S4.9", [sweep("font", successes={"a": 0}), sweep("font", successes={"a": 0})], "fails"),
    ("S4.10", [sweep("best", exact={"1": 0, "2": 1})], "fails as published"),
    ("S4.10", [sweep("best", exact={"1": 10, "2": 10})], "holds"),
    (
        "S1.1",
        [{"letters": {f"beta {b}": {"median": {"rate": 5 - b, "distortion": b}} for b in (0.01, 1, 4)}}],
        "holds",
    ),
]


@in_one_test(("claim", "documents", "verdict"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_code_judges_a_claim(claim, documents, verdict):
    found, numbers = JUDGES[claim](documents, Path())
    assert found == verdict and numbers


@pytest.mark.parametrize(
    ("own", "fresh", "verdict"),
    [(0.9, 0.02, "holds only on its own noise"), (0.9, 0.8, "holds"), (0.2, 0.02, "fails")],
)
def test_code_judges_denoising(own, fresh, verdict):
    levels = {"seen": own, "2 flipped": fresh, "3 flipped": fresh}
    rows = [{"way": "once", "level": level, "exact": share} for level, share in levels.items()]
    rows.append({"way": "nearest", "level": "2 flipped", "exact": 0.99})
    assert JUDGES["S4.12"]([{"fonts": [{"summary": rows}]}], Path())[0] == verdict


@pytest.mark.parametrize(
    ("published", "optimum", "verdict"),
    [(26, 0.2, "fails as published; holds only at the optimum"), (0.5, 0.2, "holds"), (26, 5, "fails")],
)
def test_code_judges_circles(published, optimum, verdict):
    errors = {"published": published, "two numbers": optimum, "linear": 0.0}
    rows = [{"network": name, "held_out_median": error} for name, error in errors.items()]
    assert JUDGES["S4.13"]([{"summary": rows}], Path())[0] == verdict


@pytest.fixture
def fake(monkeypatch):
    """A claim whose experiment is a function of this test."""

    def use(main):
        monkeypatch.setitem(CLAIMS, "S4.1", Claim("S4.1", "x", "holds", (Run("fake", ("--vary",), FEW),)))
        monkeypatch.setattr(rerun_claim, "script", lambda *_: type("module", (), {"main": staticmethod(main)}))

    return use


def test_a_rerun_prints_the_verdict(ok, fake, folder):
    def main(arguments):
        assert arguments == ["--vary", "--seeds", "2", "--out", "out/S4.1"]
        Path("out/S4.1").mkdir(parents=True)
        document = sweep("std", exact=STD, successes=dict.fromkeys(STD, 0))
        document["summary"] = [{**row, "std": row["std"]} for row in document["summary"]]
        Path("out/S4.1/results.json").write_text(json.dumps(document))

    fake(main)
    text = ok("reproduce", "s4.1")
    assert "python -m experiments.fake --vary --seeds 2 --out out/S4.1" in text
    assert "verdict            holds\n" in text and "0.2 19, 0.6 4" in text


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_program_reads_the_verdict_and_nothing_else(form, npae_, fake, monkeypatch):
    monkeypatch.delitem(JUDGES, "S4.1")
    fake(lambda arguments: print("a table"))
    result = npae_("reproduce", "S4.1", "--format", form)
    assert result.stderr == "python -m experiments.fake --vary --seeds 2 --out out/S4.1\na table\n"
    rows = [json.loads(result.stdout)] if form == "json" else list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["claim"] for row in rows] == ["S4.1"] and "verdict on record" in rows[0]


def test_a_program_reads_comparisons_and_nothing_else(ok, npae_, monkeypatch):
    listed = json.loads(ok("bench", "--list", "--format", "json"))
    assert "gradient-sklearn" in [row["comparison"] for row in listed]
    module = checkout.script("benchmarks", "run")

    def run(names, quick):
        print("busy")
        return [("this", Compared("a row", 1.5))], {}

    monkeypatch.setattr(module, "run", run)
    result = npae_("bench", "gradient-sklearn", "--format", "csv")
    assert result.stdout == "comparison,what,seconds,verdict\nthis,a row,1.5,faster\n" and "busy" in result.stderr


@dataclasses.dataclass
class Compared:
    """A row of a comparison."""

    what: str
    seconds: float
    verdict = "faster"


def test_commands_of_a_message_can_be_copied():
    text = "mnist must be here, got none. Get it with\n\nmkdir a\ntar b\n\nor give its folder."
    line = "mnist must be here, got none. Get it with `mkdir a && tar b` or give its folder."
    assert message_of(ValueError(text)) == line


def test_without_a_judge_the_verdict_is_the_readers(ok, fake, monkeypatch):
    monkeypatch.delitem(JUDGES, "S4.1")
    fake(lambda arguments: None)
    assert "yours: code does not judge this claim yet" in ok("reproduce", "S4.1", "--full")


@pytest.mark.parametrize(
    ("end", "code", "line"),
    [
        ("fake: MNIST is missing", 1, "npae reproduce: fake: MNIST is missing\n"),
        ("interrupted", 130, "npae reproduce: interrupted. The same command goes on from out/S4.1.\n"),
    ],
)
def test_an_experiment_that_ends_with_a_message(end, code, line, npae_, fake):
    fake(lambda arguments: sys.exit(end))
    result = npae_("reproduce", "S4.1")
    assert (result.exit_code, result.stderr) == (code, line)


def test_without_experiments_one_line_says_where_to_get_them(refused, monkeypatch, tmp_path):
    monkeypatch.setattr(checkout, "PACKAGE", tmp_path / "npae")
    line = refused("reproduce", "S4.11")
    assert "npae must have come with the folder 'experiments', got an npae without it. Run the command in a" in line


def test_benchmarks_are_listed_and_named(ok, refused):
    assert "gradient-sklearn" in ok("bench", "--list")
    assert "got 'nonsense'" in refused("bench", "nonsense", code=2)


def test_the_machine_is_measured(npae_, monkeypatch):
    monkeypatch.setattr("npae.command_line.measure_machine.tasks", lambda: [("nothing", lambda: None)])
    result = npae_("bench", "--quick", "--format", "csv")
    assert result.exit_code == 0 and result.stdout.startswith("what,seconds\nnothing,")
    assert result.stderr.startswith("npae bench: ") and "NumPy" in result.stderr
