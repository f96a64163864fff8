"""The benchmark runner, on its cheapest entries. Whether a measure is good is not tested."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from looped import in_one_test

import npae
from benchmarks import first_hour, frames
from benchmarks import run as runner
from benchmarks.shared import growth, harness, products
from benchmarks.shared.digits import mnist_like
from benchmarks.shared.results import Results

RUNNER = Path(__file__).parents[1] / "benchmarks" / "run.py"
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
PEERS = {
    "gradient-torch": "torch",
    "gradient-sklearn": "sklearn",
    "value-torch": "torch",
    "gradient-growth": "torch",
    "encode": "torch",
    "adam-update": "torch",
    "adam-step": "torch",
    "zero-wrong-pixels": "torch",
    "mnist-torch": "torch",
    "mnist-growth": "torch",
    "mnist-sklearn": "sklearn",
    "mnist-quality": "torch",
    "convolutions-torch": "torch",
}
ALONE = ("bfgs", "bfgs-growth", "bfgs-memory", "blas-share", "gauss-newton", "import", "memmap")


def run(*arguments):
    return subprocess.run([sys.executable, RUNNER, *map(str, arguments)], capture_output=True, text=True)


def test_runner_writes_the_rows_it_prints_as_json(tmp_path, capsys):
    runner.main(["bfgs", "--quick", "--json", str(tmp_path / "results.json")])
    printed = capsys.readouterr().out
    results = json.loads((tmp_path / "results.json").read_text())
    row = results["rows"][0]
    assert row["entry"] == "bfgs"
    assert row["npae"] > 0
    assert row["verdict"] == ("ok" if row["ratio"] <= row["target"] else "over")
    assert f"| {row['ratio']:.3g} " in printed
    assert results["machine"]["numpy"] in printed


@pytest.fixture
def refused(monkeypatch, capsys):
    """Return refused(*arguments) -> message: what the runner says, in this process, before it runs any entry."""

    def refused(*arguments):
        monkeypatch.setattr(runner, "run", lambda *_: pytest.fail("an entry was run"))
        with pytest.raises(SystemExit) as ended:
            runner.main([*map(str, arguments)])
        assert ended.value.code == 2
        return capsys.readouterr().err

    return refused


def test_unknown_entry_is_refused_with_the_known_ones(refused):
    message = refused("import", "speed")
    known = message.partition("names must be among ")[2].partition(", got ")[0]
    assert {*PEERS, *ALONE} <= {*known.split(", ")}
    assert "got speed." in message


def test_json_in_a_missing_folder_is_refused_before_anything_runs(refused, tmp_path):
    message = refused("import", "--json", tmp_path / "missing" / "results.json")
    assert "--json must be a file in an existing folder, got " in message


def test_every_entry_is_listed_with_what_it_measures(capsys):
    runner.main(["--list"])
    lines = capsys.readouterr().out.splitlines()
    assert {*PEERS, *ALONE} <= {line.split()[0] for line in lines}
    assert all(len(line.split()) > 3 for line in lines)


@pytest.mark.slow
def test_results_and_plot_are_written_into_the_page_and_its_text_is_kept(tmp_path):
    """The entries that need no peer but SciPy; their own assertions hold, such as equal points of BFGS."""
    page, text = tmp_path / "performance.md", PAGE.read_text()
    page.write_text(text)
    done = run(*ALONE, "--quick", "--write", page)
    assert done.returncode == 0, done.stderr
    written, table = page.read_text(), done.stdout.strip()
    assert table in written
    assert "20 BFGS iterations, n = 265 " in table
    assert "% of the time is matrix products" in table
    assert (tmp_path / "images" / "growth.png").read_bytes().startswith(b"\x89PNG")
    for mark in ("<!-- results", "<!-- end of results"):
        assert text.count(mark) == written.count(mark) == 1
    assert written.partition("<!-- results")[0] == text.partition("<!-- results")[0]
    assert written.partition("<!-- end of results")[2] == text.partition("<!-- end of results")[2]


def test_page_without_marks_is_refused_before_anything_runs(refused, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Mine\n")
    assert "--write must be a page with the lines '<!-- results" in refused("import", "--write", page)
    assert page.read_text() == "# Mine\n"


@pytest.fixture
def entries(monkeypatch):
    """No entries but those of the test."""
    monkeypatch.setattr(harness, "ENTRIES", {})
    monkeypatch.setattr(runner, "ENTRIES", harness.ENTRIES)


def test_entry_whose_peer_or_data_are_missing_is_skipped_and_the_next_one_runs(entries, capsys):
    @harness.benchmark("impossible", needs="no_such_peer")
    def impossible(quick):
        raise AssertionError

    @harness.benchmark("hungry")
    def hungry(quick):
        raise harness.Missing("data must be here, got none.\nBring them.")

    @harness.benchmark("possible")
    def possible(quick):
        yield harness.Row("memory", 512.0, unit="MB", limit=600)

    results = Results({})
    runner.run(["impossible", "hungry", "possible"], True, results)
    message = "no_such_peer is not installed (pip install '.[bench]')"
    assert results.skipped == {"impossible": message, "hungry": "data must be here, got none."}
    told = capsys.readouterr().err
    assert f"impossible: {message}" in told and "Bring them." in told
    assert results.entries == {"possible"}
    assert "| 512 MB " in runner.table(results.rows)
    assert "| <= 600 MB | ok |" in runner.table(results.rows)


def test_a_run_that_was_stopped_goes_on_with_the_entries_that_have_no_rows(entries, tmp_path, capsys):
    """The measures of the first entry are kept, also where the second one ends the run."""
    broken, path = [True], tmp_path / "results.json"
    readings = iter([0.5, 1.5, 9.0, 9.0])

    @harness.benchmark("first")
    def first(quick):
        yield harness.compare("a", lambda _: next(readings), "peer", lambda _: 1, repetitions=2, warm_up=False)

    @harness.benchmark("second")
    def second(quick):
        if broken:
            raise KeyboardInterrupt
        yield harness.Row("b", 2.0)

    with pytest.raises(KeyboardInterrupt):
        runner.main(["--json", str(path)])
    stored = json.loads(path.read_text())["rows"]
    assert [row["entry"] for row in stored] == ["first"]
    broken.clear()
    runner.main(["--json", str(path), "--resume", str(path)])
    assert "first ..." not in capsys.readouterr().err.partition("second ...")[2]
    rows = json.loads(path.read_text())["rows"]
    assert rows[0] == stored[0] and [row["npae"] for row in rows] == [1.0, 2.0]


def test_rows_of_another_machine_are_not_gone_on_from(entries, tmp_path):
    path = tmp_path / "results.json"
    path.write_text(json.dumps({"machine": {"processor": "another"}, "rows": [], "skipped": {}}))
    with pytest.raises(SystemExit, match="--resume needs rows of this machine; in .* differ: processor, cores"):
        runner.main(["--resume", str(path)])


def test_long_entries_run_only_where_they_are_named(entries, capsys):
    @harness.benchmark("short")
    def short(quick):
        yield harness.Row("a short one", 1.0)

    @harness.benchmark("lengthy", long=True)
    def lengthy(quick):
        yield harness.Row("a lengthy one", 1.0)

    runner.main([])
    assert "a lengthy one" not in capsys.readouterr().out
    runner.main(["lengthy"])
    said = capsys.readouterr().out
    assert "a lengthy one" in said and "a short one" not in said


def test_threads_of_all_libraries_share_the_cores_that_are_given():
    if not hasattr(os, "sched_getaffinity"):
        pytest.skip("this system does not let a process choose its cores")
    before = os.sched_getaffinity(0)
    with harness.cores(1):
        threads = [os.sched_getaffinity(int(thread)) for thread in os.listdir("/proc/self/task")]
        assert all(len(found) == 1 for found in threads)
    assert os.sched_getaffinity(0) == before


def test_measures_take_turns_and_the_ratio_is_the_median_over_pairs():
    taken = []

    def measure(name, values):
        return lambda i: taken.append(name) or values[i]

    row = harness.compare(
        "work", measure("A", [1, 4, 9]), "peer", measure("B", [2, 4, 3]), repetitions=3, target=0.9, unit="MB"
    )
    assert "".join(taken) == "AB" * 4
    assert (row.npae, row.peer, row.ratio, row.verdict) == (4, 3, 1, "over")


def test_row_of_one_measure_has_its_median_and_no_ratio():
    row = harness.alone("work", [3, 1, 2].__getitem__, repetitions=3, limit=1, unit="MB")
    assert (row.npae, row.peer, row.ratio, row.verdict) == (2, None, None, "over")


@pytest.mark.parametrize(("low", "high", "code"), [(0.5, 0.7, 0), (0.79, 0.9, 0), (0.81, 0.9, 1)])
def test_a_row_is_worse_beyond_the_stored_spread(monkeypatch, tmp_path, capsys, entries, low, high, code):
    @harness.benchmark("step")
    def step(quick):
        yield harness.compare("a step", [low, low, high].__getitem__, "peer", lambda i: 1, repetitions=3, warm_up=False)

    stored = {"entry": "step", "what": "a step", "ratio": 0.75, "spread": [0.7, 0.8]}
    machine = {"processor": "another"}
    (tmp_path / "performance.json").write_text(json.dumps({"machine": machine, "rows": [stored]}))
    monkeypatch.setattr(runner, "STORED", tmp_path / "performance.json")
    with pytest.raises(SystemExit) as ended:
        runner.main(["step", "--check"])
    assert ended.value.code == code
    said = capsys.readouterr().out
    assert "another processor, another" in said
    assert ("worse" in said) == bool(code)


def test_peak_memory_is_that_of_the_process_and_not_of_its_parent():
    """(getrusage would say at least 200 MB here.)"""
    held = bytearray(200 * 2**20)
    held[::4096] = b"x" * len(held[::4096])
    assert harness.in_fresh_process("from benchmarks.shared import harness; print(harness.peak_megabytes())") < 100


def test_slope_is_the_power_of_growth():
    sizes = np.array([500, 1000, 4000])
    np.testing.assert_allclose(growth.slope(sizes, 7e-9 * sizes**2.5), 2.5)


def test_data_are_as_sparse_as_mnist():
    X = mnist_like(500)
    assert X.shape == (500, 784) and X.dtype == np.float32
    assert X.min() == 0 and 0.99 < X.max() <= 1
    np.testing.assert_allclose((X > 0).mean(), 0.19, atol=0.005)


def test_products_of_an_evaluation_are_those_that_backpropagation_needs():
    network = npae.Network([npae.Dense(3, "relu")], [npae.Dense(7)], in_shape=(7,))
    X = np.random.default_rng(0).normal(size=(5, 7))
    found = products.products_of(network, network.new_workspace(), network.init(np.random.default_rng(1)), X)
    sizes = [2 * out.size * operands[0].shape[1] for _, operands, out in found]
    multiplications = 5 * 7 * 3  # of one layer in one direction, without its bias
    assert len(found) == 5
    assert 5 * 2 * multiplications <= sum(sizes) <= 5 * 2 * 5 * 8 * 4


@pytest.mark.slow
@pytest.mark.parametrize("name", PEERS)
def test_peer_computes_the_same(name):
    """The entry itself raises unless it does."""
    pytest.importorskip(PEERS[name])
    done = run(name, "--quick")
    assert done.returncode == 0, done.stderr
    if "Bring it by" in done.stderr:
        pytest.skip(done.stderr)
    assert "| npae " in done.stdout


@pytest.mark.slow
def test_defaults_are_no_worse_than_pca_on_two_tables_of_the_first_hour(capsys):
    assert first_hour.main(["--quick"]) == 0
    printed = capsys.readouterr().out
    assert "All ratios are at most 1" in printed
    assert [line.split("|")[1].strip() for line in printed.splitlines() if " s |" in line] == ["iris", "wine"]


@in_one_test("name", [name for name in first_hour.TABLES if name[0].isdigit() or "scales" in name])
@in_one_test("k", [1, 3])
def test_pca_s_error_is_that_of_scikit_learn(name, k):
    X = first_hour.TABLES[name]()
    if len(X) > 1000:
        pytest.skip("the same again, for longer")
    pca = pytest.importorskip("sklearn.decomposition").PCA(k).fit(X)
    error = np.mean(np.square(X - pca.inverse_transform(pca.transform(X))))
    np.testing.assert_allclose(first_hour.linear_error(X, k), error, rtol=1e-6)


def test_an_error_that_is_rounding_counts_as_a_share_of_the_variance():
    X = np.random.default_rng(0).random((5, 3)) + 7
    np.testing.assert_allclose(first_hour.linear_error(X, 3), 1e-12 * X.var(axis=0).mean())


def test_a_ratio_above_1_fails_the_command_and_is_seen(monkeypatch, capsys):
    monkeypatch.setattr(first_hour, "measured", lambda *_: (np.array([0.5, 1 + 2e-7]), 0.1))
    assert first_hour.main(["iris", "--seeds", "2"]) == 1
    printed = capsys.readouterr().out
    assert "0.75 (**1 + 2e-07**)" in printed and "Not all ratios are at most 1" in printed


def test_an_unknown_table_is_refused_with_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        first_hour.main(["irises"])
    assert "tables must be among 'iris', 'wine', " in capsys.readouterr().err


def test_frames_prints_the_ratio_of_a_table_to_its_array(capsys):
    frames.main(["--rows", "300", "--rounds", "2"])
    assert "fit on a DataFrame / fit on its array: " in capsys.readouterr().out
