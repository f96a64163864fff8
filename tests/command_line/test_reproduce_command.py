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
from npae.command_line.claims import CLAIMS, FEW, MINUTES, Claim, Run
from npae.command_line.error_lines import message_of

ROOT = Path(__file__).parents[2]
STUDIES = ROOT / "docs" / "studies"


def test_every_claim_of_the_five_studies_is_listed(ok):
    pages = "".join(path.read_text(encoding="utf-8") for path in STUDIES.glob("*.md"))
    assert set(CLAIMS) == set(re.findall(r"^## (S\d\.\d+) ", pages, re.MULTILINE))
    rows = json.loads(ok("reproduce", "--list", "--format", "json"))
    assert [row["claim"] for row in rows] == list(CLAIMS)
    assert set(JUDGES) == set(CLAIMS)


def test_each_claim_has_its_command_on_the_page_of_its_study():
    pages = "".join(path.read_text(encoding="utf-8") for path in STUDIES.glob("*.md"))
    sections = re.findall(r"^## (S\d\.\d+) (.*?)(?=^## |\Z)", pages, re.MULTILINE | re.DOTALL)
    without = [claim for claim, text in sections if not re.search(f"^npae reproduce {claim}$", text, re.MULTILINE)]
    assert len(sections) == len(CLAIMS) and without == []


def test_the_list_says_how_long_each_claim_takes(ok):
    rows = json.loads(ok("reproduce", "--list", "--format", "json"))
    for row, claim in zip(rows, CLAIMS.values(), strict=True):
        assert re.fullmatch(r"\d+ (s|min)", row["takes about"]) and re.fullmatch(r"\d+ (s|min)", row["with --full"])
        quick, full = MINUTES[claim.id]
        assert quick <= 15, "longer than a person waits"
        assert bool(claim.arguments_of_quick_run) == (quick < full)


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


@pytest.fixture
def fake(monkeypatch):
    """A claim whose experiment is a function of this test."""

    def use(main):
        monkeypatch.setitem(CLAIMS, "S4.1", Claim("S4.1", "x", "holds", (Run("fake", ("--vary",), FEW),)))
        monkeypatch.setattr(rerun_claim, "script", lambda *_: type("module", (), {"main": staticmethod(main)}))

    return use


def experiment(arguments):
    """Leave the results of a sweep, as the experiment of S4.1 does."""
    folder = Path(arguments[arguments.index("--out") + 1])
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"std": std, "exact_median": exact, "successes": 0, "runs": 2} for std, exact in ((0.2, 19), (0.6, 4))]
    (folder / "results.json").write_text(json.dumps({"vary": "std", "summary": rows}))
    print("a table")


def test_a_quick_rerun_prints_the_verdict_and_that_it_is_quick(ok, fake, folder):
    fake(experiment)
    text = ok("reproduce", "s4.1")
    assert "python -m experiments.fake --vary --seeds 2 --out out/S4.1\n" in text
    assert "verdict            holds (of the quick run; --full has all seeds)\n" in text
    assert "run                quick (--seeds 2)\n" in text and "0.2 19, 0.6 4" in text


def test_a_full_rerun_prints_the_plain_verdict(ok, fake):
    fake(experiment)
    text = ok("reproduce", "S4.1", "--full")
    assert "python -m experiments.fake --vary --out out/S4.1\n" in text
    assert "verdict            holds\nrun                all seeds\n" in text


def test_a_setting_whose_runs_failed_gives_no_verdict(npae_, fake):
    def failed(arguments):
        experiment(arguments)
        path = Path("out/S4.1/results.json")
        path.write_text(path.read_text().replace('"std": 0.6', '"std": 0.7'))

    fake(failed)
    result = npae_("reproduce", "S4.1")
    line = "results of S4.1 must have a run of each setting that finished, got none for 0.6. The table above says"
    assert result.exit_code == 1 and line in result.stderr


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_program_reads_the_verdict_and_nothing_else(form, npae_, fake):
    fake(experiment)
    result = npae_("reproduce", "S4.1", "--format", form)
    assert result.stderr == "python -m experiments.fake --vary --seeds 2 --out out/S4.1\na table\n"
    rows = [json.loads(result.stdout)] if form == "json" else list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(row["claim"], row["verdict"], row["run"]) for row in rows] == [("S4.1", "holds", "quick (--seeds 2)")]
    assert "verdict on record" in rows[0]


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
