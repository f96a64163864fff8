"""The benchmark runner, on its cheapest entries; what it measures is not judged here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

RUNNER = Path(__file__).parents[1] / "benchmarks" / "run.py"


def run(*arguments):
    return subprocess.run([sys.executable, RUNNER, *map(str, arguments)], capture_output=True, text=True)


def test_runner_writes_the_rows_it_prints_as_json(tmp_path):
    done = run("import", "--quick", "--json", tmp_path / "results.json")
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "results.json").read_text())
    (row,) = results["rows"]
    assert row["entry"] == "import"
    assert row["npae"] > 0
    assert row["verdict"] == ("ok" if row["ratio"] <= row["target"] else "over")
    assert f"| {row['ratio']:.3g} " in done.stdout
    assert results["machine"]["numpy"] in done.stdout


def test_unknown_entry_is_refused_with_the_known_ones():
    done = run("import", "speed")
    assert done.returncode == 2
    assert "names must be among gradient-torch, " in done.stderr
    assert "got speed." in done.stderr


def test_json_in_a_missing_folder_is_refused_before_anything_runs(tmp_path):
    done = run("import", "--json", tmp_path / "missing" / "results.json")
    assert done.returncode == 2
    assert "--json must be a file in an existing folder, got " in done.stderr


def test_every_entry_is_listed_with_what_it_measures():
    lines = run("--list").stdout.splitlines()
    assert {"gradient-torch", "gradient-sklearn", "zero-wrong-pixels", "import"} <= {line.split()[0] for line in lines}
    assert all(len(line.split()) > 3 for line in lines)


@pytest.fixture
def modules(monkeypatch):
    """The modules of the folder, as `python benchmarks/run.py` would import them."""
    monkeypatch.syspath_prepend(str(RUNNER.parent))
    import harness
    import run as runner

    monkeypatch.setattr(harness, "ENTRIES", {})
    monkeypatch.setattr(runner, "ENTRIES", harness.ENTRIES)
    return harness, runner


def test_entry_whose_peer_is_missing_is_skipped_and_the_next_one_runs(modules, capsys):
    harness, runner = modules

    @harness.benchmark("impossible", needs="no_such_peer")
    def impossible(quick):
        raise AssertionError

    @harness.benchmark("possible")
    def possible(quick):
        yield harness.Row("memory", 512.0, unit="MB", limit=600)

    rows, skipped = runner.run(["impossible", "possible"], quick=True)
    message = "no_such_peer is not installed (pip install '.[bench]')"
    assert skipped == {"impossible": message}
    assert f"impossible: {message}" in capsys.readouterr().err
    assert [name for name, _ in rows] == ["possible"]
    assert "| 512 MB " in runner.table(rows)
    assert "| <= 600 MB | ok |" in runner.table(rows)


def test_measures_take_turns_and_the_ratio_is_the_median_over_pairs(modules):
    harness, _ = modules
    taken = []

    def measure(name, values):
        return lambda i: taken.append(name) or values[i]

    row = harness.compare(
        "work", measure("A", [1, 4, 9]), "peer", measure("B", [2, 4, 3]), repetitions=3, target=0.9, unit="MB"
    )
    assert "".join(taken) == "AB" * 4
    assert (row.npae, row.peer, row.ratio, row.verdict) == (4, 3, 1, "over")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "peer"), [("gradient-torch", "torch"), ("gradient-sklearn", "sklearn")])
def test_peer_computes_the_same_value_and_gradient(name, peer):
    """The entry itself raises unless they agree to 1e-10."""
    pytest.importorskip(peer)
    done = run(name, "--quick")
    assert done.returncode == 0, done.stderr
    assert "value and gradient" in done.stdout
