"""Two processes that write one file at once: it is always good, and whoever cannot go on gets one clear error."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from killed_work import VERSIONS, check, version_of
from killing import Work, entries

import npae

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found in /proc"),
]


def both(kind, tmp_path):
    """Let two processes do the same work in one folder, look at its files meanwhile; return [(status, said), ...]."""
    folder, works = tmp_path / "one", []
    folder.mkdir()
    with ExitStack() as stack:
        for name in "ab":
            (tmp_path / name).mkdir()
            works.append(Work(kind, tmp_path / name))
        processes = [stack.enter_context(work.started(folder)) for work in works]
        for process in processes:
            process.stdout.readline()
        while any(process.poll() is None for process in processes):
            check(folder)
        ended = [
            (process.wait(), work.said().strip().splitlines()) for process, work in zip(processes, works, strict=True)
        ]
    for work in works:
        work.check_nothing_runs()
    return ended


def alone(kind, tmp_path):
    """Return what the work comes to if one process does it."""
    (tmp_path / "alone").mkdir()
    work = Work(kind, tmp_path / "alone")
    work.finish("whole")
    return (work.place / "whole" / "result").read_text()


def test_a_model_that_two_processes_save_is_always_one_of_theirs(tmp_path):
    assert [status for status, _ in both("saving", tmp_path)] == [0, 0]
    assert version_of(npae.load(tmp_path / "one" / "model.npz")) == VERSIONS
    assert entries(tmp_path / "one") == {"model.npz", "page.html", "result"}


def test_a_checkpoint_that_two_processes_write_is_always_good_and_ends_at_the_same_bits(tmp_path):
    ended = both("checkpoint alone", tmp_path)
    assert any(status == 0 for status, _ in ended)
    for status, said in ended:
        assert status == 0 or "Another training writes this file: give each its own" in said[-1]
    assert (tmp_path / "one" / "result").read_text() == alone("checkpoint alone", tmp_path)
    assert entries(tmp_path / "one") == {"training.npz", "result"}


@pytest.mark.parametrize("kind", ["run_all", "search"])
def test_of_two_studies_of_one_file_one_is_refused_and_the_other_goes_on(kind, tmp_path):
    if kind == "search":
        pytest.importorskip("optuna")
    ended = both(kind, tmp_path)
    assert sorted(status for status, _ in ended) == [0, 1]
    (refused,) = (said for status, said in ended if status == 1)
    assert refused[-1].startswith("BlockingIOError: ") and "must be written by one study at a time" in refused[-1]
    assert (tmp_path / "one" / "result").read_text() == alone(kind, tmp_path)
    assert entries(tmp_path / "one") == {"runs.jsonl" if kind == "run_all" else "trials", "result"}
