"""The rows are the same whatever the executor, the order and the interruptions."""

import functools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from pathlib import Path

import jobs
import pytest
from looped import in_one_test

from npae.study import Results, run_all

LEVELS = [{"level": 0.1}, {"level": 2.0}]
HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{HERE}", "PAUSE": "0.05"}


def identical(results):
    """Return the rows without the time, which may differ."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in results.rows]


class Backwards(Executor):
    """Carries out so many runs in reverse order, once they have all been submitted."""

    def __init__(self, count):
        self._count, self._waiting = count, []

    def submit(self, function, /, *args):
        self._waiting.append((Future(), function, args))
        future = self._waiting[-1][0]
        if len(self._waiting) == self._count:
            threading.Thread(target=self._work).start()
        return future

    def _work(self):
        for future, function, args in reversed(self._waiting):
            future.set_result(function(*args))


@pytest.fixture(scope="module")
def expected():
    return identical(run_all(jobs.noisy, LEVELS, seeds=4, executor="serial"))


def test_rows_are_in_the_order_of_settings_and_seeds(expected):
    assert [(row["level"], row["seed"]) for row in expected] == [(level, s) for level in (0.1, 2.0) for s in range(4)]
    assert list(expected[0]) == ["key", "level", "seed", "status", "reason", "value", "odd"]


def test_threads_give_the_rows_of_this_thread(expected):
    with ThreadPoolExecutor(3) as threads:
        assert identical(run_all(jobs.noisy, LEVELS, seeds=4, executor=threads)) == expected


def test_a_process_gives_the_rows_of_this_thread(expected):
    assert identical(run_all(jobs.noisy, LEVELS[:1], seeds=2, workers=1)) == expected[:2]


@pytest.mark.slow
def test_processes_give_the_rows_of_this_thread(expected):
    assert identical(run_all(jobs.noisy, LEVELS, seeds=4, workers=2)) == expected


def test_the_order_in_which_runs_end_does_not_matter(expected, tmp_path):
    path = tmp_path / "runs.jsonl"
    assert identical(run_all(jobs.noisy, LEVELS, seeds=4, executor=Backwards(8), path=path)) == expected
    assert [json.loads(line)["key"] for line in path.read_text().splitlines()] != [row["key"] for row in expected]


def test_a_study_resumes_from_its_file_and_repeats_nothing(expected, tmp_path):
    path = tmp_path / "runs.jsonl"
    run_all(jobs.noisy, LEVELS[1:], seeds=[3, 1], executor="serial", path=path)
    before = path.read_bytes()
    assert identical(run_all(jobs.noisy, LEVELS, seeds=4, executor="serial", path=path)) == expected
    assert path.read_bytes().startswith(before)
    assert len(path.read_text().splitlines()) == 8


def test_only_the_run_of_an_incomplete_line_is_repeated(expected, tmp_path):
    path, log = tmp_path / "runs.jsonl", tmp_path / "log"
    study = functools.partial(run_all, functools.partial(jobs.logged, log=str(log)), seeds=4, executor="serial")
    whole = identical(study(path=path))
    content = path.read_bytes()
    path.write_bytes(content[:-9])
    assert identical(study(path=path)) == whole
    assert log.read_text().split() == ["0", "1", "2", "3", "3"]
    assert len(path.read_text().splitlines()) == 4


def test_a_line_that_lacks_only_its_newline_is_kept(tmp_path):
    path = tmp_path / "runs.jsonl"
    run_all(jobs.noisy, seeds=2, executor="serial", path=path)
    path.write_bytes(path.read_bytes()[:-1])
    run_all(jobs.noisy, seeds=3, executor="serial", path=path)
    assert [row["seed"] for row in Results.read(path).rows] == [0, 1, 2]


def test_studies_with_other_settings_or_data_share_a_file(tmp_path):
    path = tmp_path / "runs.jsonl"
    for level in (1, 2):
        study = functools.partial(jobs.noisy, level=level)
        assert len(run_all(study, seeds=2, executor="serial", path=path).rows) == 2
    assert len(Results.read(path).rows) == 4


KILLED = """
import functools, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests that run in the background ignore SIGINT
import jobs
from npae.study import run_all
if __name__ == "__main__":
    log, path, executor = sys.argv[1:]
    study = functools.partial(jobs.logged, log=log)
    run_all(study, seeds=40, path=path, executor=executor or None, workers=2)
"""


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize(
    "executor", [pytest.param("serial", id="this thread", marks=pytest.mark.slow), pytest.param("", id="processes")]
)
def test_a_study_that_was_killed_resumes_without_losing_or_repeating_a_finished_run(tmp_path, executor):
    script, log, path = tmp_path / "study.py", tmp_path / "log", tmp_path / "runs.jsonl"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(log), str(path), executor]
    process = subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.DEVNULL)
    while process.poll() is None and (not path.exists() or path.read_bytes().count(b"\n") < 4):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    finished = [row["seed"] for row in Results.read(path).rows]
    assert 4 <= len(finished) < 40
    time.sleep(0.3)  # the workers notice that the study is gone, and end
    begun = len(log.read_text().split())
    results = run_all(functools.partial(jobs.logged, log=str(log)), seeds=40, executor="serial", path=path)
    assert [row["value"] for row in results.rows] == list(range(40))
    assert sorted(map(int, log.read_text().split()[begun:])) == sorted({*range(40)} - {*finished})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "runs.jsonl", "study.py"]


@pytest.mark.slow
def test_a_worker_that_dies_loses_no_finished_run(tmp_path):
    path = tmp_path / "runs.jsonl"
    with pytest.raises(
        BrokenExecutor, match="a worker process died: .*3 of 4 runs have finished and are in .*runs.jsonl"
    ):
        run_all(jobs.deadly, seeds=4, path=path, workers=1)
    assert [row["value"] for row in Results.read(path).rows] == [0, 1, 2]


def test_ctrl_c_keeps_what_has_finished(tmp_path):
    with pytest.raises(KeyboardInterrupt, match="interrupted; 2 of 5 runs have finished") as caught:
        run_all(jobs.interrupting, seeds=5, executor="serial")
    assert [row["value"] for row in caught.value.results.rows] == [0, 1]


@pytest.mark.slow
def test_ctrl_c_ends_the_worker_processes_at_once(tmp_path):
    script, log, path = tmp_path / "study.py", tmp_path / "log", tmp_path / "runs.jsonl"
    script.write_text(KILLED)
    command = [sys.executable, str(script), str(log), str(path), ""]
    process = subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and (not path.exists() or path.read_bytes().count(b"\n") < 2):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode != 0
    assert "KeyboardInterrupt: interrupted; " in said
    assert 2 <= len(Results.read(path).rows) < 40
    assert not (tmp_path / "runs.jsonl.lock").exists()


def test_a_failed_run_is_a_row_with_its_reason_and_the_others_go_on():
    results = run_all(jobs.picky, [{"level": 0}, {"level": 1}], seeds=2, executor="serial")
    assert [row["status"] for row in results.rows] == ["failed", "failed", "finished", "failed"]
    assert results.rows[0]["reason"] == "ArithmeticError: level 0 diverged"
    assert "2 of 2 failed at level=0: ArithmeticError: level 0 diverged" in str(results)


def test_a_study_warns_if_every_run_fails():
    with pytest.warns(UserWarning, match="all 2 runs failed, the first with ArithmeticError: level 0 diverged"):
        run_all(jobs.picky, [{"level": 0}], seeds=2, executor="serial")


def test_failed_runs_are_repeated_only_on_request(tmp_path):
    study = functools.partial(run_all, jobs.picky, [{"level": 1}], seeds=2, executor="serial", path=tmp_path / "runs")
    study(), study()
    assert len((tmp_path / "runs").read_text().splitlines()) == 2
    study(retry_failed=True)
    assert len((tmp_path / "runs").read_text().splitlines()) == 3
    assert len(Results.read(tmp_path / "runs").rows) == 2


def returning(*, seed, what):
    return {"number": {"n": float("nan")}, "list": {"n": [1]}, "none": None, "taken": {"seconds": 1}}[what]


@in_one_test(
    ("what", "reason"),
    [
        ("none", "TypeError: a run must return a dict of numbers by name, got None."),
        ("list", "TypeError: n must be a number, a string or None, got [1]."),
        ("taken", "ValueError: names of numbers must differ from settings and from key, .*, got 'seconds'."),
    ],
)
def test_what_a_run_returns_is_checked(what, reason):
    with pytest.warns(UserWarning, match="all 1 runs failed"):
        (row,) = run_all(returning, [{"what": what}], seeds=1, executor="serial").rows
    assert row["reason"].startswith(reason.partition(".*")[0])


def test_a_number_that_is_not_finite_is_none():
    (row,) = run_all(returning, [{"what": "number"}], seeds=1, executor="serial").rows
    assert row["n"] is None


@in_one_test(
    ("options", "message"),
    [
        ({"settings": []}, "settings must be dicts of parameters, at least one"),
        ({"settings": 3}, "settings must be dicts of parameters, at least one"),
        ({"settings": [{"seed": 1}]}, "names of settings must be strings other than key, seed, .*, got 'seed'"),
        ({"settings": [{"level": 1}, {"level": 1}]}, "settings must differ from each other, got level=1 twice"),
        ({"seeds": 0}, "seeds must be a number of runs or different integers >= 0, at least one, got 0"),
        ({"seeds": [1, 1]}, "seeds must be a number of runs or different integers"),
        ({"seeds": [0.5]}, "seeds must be a number of runs or different integers"),
        ({"executor": "threads"}, "executor must be a concurrent.futures.Executor, 'serial' or None"),
        ({"workers": 0}, "workers must be an integer of at least 1, got 0"),
    ],
    ids=str,
)
def test_arguments_that_cannot_work_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        run_all(jobs.noisy, **{"seeds": 1, **options})


def test_an_executor_that_is_shut_down_is_refused():
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(ValueError, match="executor must be open, got one that takes no runs .*Make a new one"):
        run_all(jobs.noisy, seeds=1, executor=executor)


def test_a_function_that_cannot_be_told_from_others_is_refused():
    with pytest.raises(TypeError, match="function must have a name that tells it from all others, got .*<lambda>"):
        run_all(lambda seed: {}, seeds=1, executor="serial")
    with pytest.raises(TypeError, match="function must be callable, got 3"):
        run_all(3)
    with pytest.raises(TypeError, match="what a run depends on must be plain data, functions or .*, got <object"):
        run_all(functools.partial(jobs.noisy, level=object()), seeds=1)


class Unsendable:
    def __reduce__(self):
        raise TypeError("stays here")

    def __fspath__(self):
        return "somewhere"


def test_a_function_that_cannot_be_pickled_is_refused_before_any_process_starts():
    with pytest.raises(TypeError, match="function must be one that can be sent .*stays here.*executor='serial'"):
        run_all(functools.partial(jobs.noisy, level=Unsendable()), seeds=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param(
            "def f(*, seed): return {}\nrun_all(f, seeds=1)",
            "function must be importable by other processes, got one typed",
            id="typed in",
        ),
        pytest.param(
            "import jobs\nrun_all(jobs.noisy, seeds=2)",
            "a study must start once, .*if __name__ == '__main__':",
            id="no guard",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_script_that_workers_cannot_import_gets_an_error_that_says_why(tmp_path, source, message):
    source, typed = f"from npae.study import run_all\n{source}\n", "def f" in source
    (tmp_path / "script.py").write_text(source)
    command = [sys.executable, *(["-c", source] if typed else [tmp_path / "script.py"])]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert re.search(message, done.stderr)


def test_a_log_says_how_far_a_study_is(capsys, monkeypatch):
    from npae.study import study_progress as progress

    with progress.progress(10, finished=4, failed=1, every=0.0) as tell:
        tell({"status": "failed"})
    assert "run 5 of 10, 2 failed, about " in capsys.readouterr().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with warnings.catch_warnings(), progress.progress(2) as tell:
        tell({"status": "finished"})
        tell({"status": "failed"})
    with progress.progress(2, show=False) as tell:
        tell({})


class Speechless(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def leaving(*, seed, how):
    if how == "exit":
        sys.exit("done with it")
    if how == "speechless":
        raise Speechless
    return {"value": 1}


def test_a_run_that_exits_or_whose_error_has_no_message_is_one_failed_row():
    settings = [{"how": how} for how in ("exit", "speechless", "well")]
    rows = run_all(leaving, settings, seeds=1, executor="serial", show_progress=False).rows
    assert [row["status"] for row in rows] == ["failed", "failed", "finished"]
    assert rows[0]["reason"] == "SystemExit: done with it"
    assert rows[1]["reason"].startswith("Speechless: (its message")
