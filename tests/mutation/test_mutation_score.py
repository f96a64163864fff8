"""The draw of mutants, the map of their tests, and the runs: one that is killed, one that survives, one that hangs."""

import re
import subprocess
import sys
from pathlib import Path

import mutation_map
import mutation_sample
import mutation_score
import pytest
from looped import in_one_test
from mutation_runs import Run
from mutation_sample import Mutant

ROOT = Path(__file__).parents[2]
SOURCE = '''
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os


def f(x: int | None, n: "int" = 3) -> int | None:
    """Return 1 or 2."""
    size: int | float = n + 1
    if x is None or x < size:
        return -x
    return None
'''


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "npae").mkdir()
    (tmp_path / "npae" / "one.py").write_text(SOURCE)
    (tmp_path / "npae" / "two.py").write_text("def g(x):\n    return x * 2\n")
    return tmp_path


def drawn(folder, *names, seed=0):
    pytest.importorskip("cosmic_ray")
    return list(mutation_sample.sample(folder, [f"npae/{name}.py" for name in names], seed))


def test_every_place_is_drawn_once_and_annotations_never(folder):
    mutants = drawn(folder, "one")
    assert {mutant.before for mutant in mutants} == {
        'def f(x: int | None, n: "int" = 3) -> int | None:',
        "size: int | float = n + 1",
        "if x is None or x < size:",
        "return -x",
    }
    assert all("int | None" in mutant.after for mutant in mutants if mutant.before.startswith("def"))
    assert all("size: int | float" in mutant.after for mutant in mutants if mutant.before.startswith("size"))
    assert len(mutants) == 8  # 3, + and 1, the if, is, or and <, and the minus
    assert {mutant.function for mutant in mutants} == {"f"}


def test_the_strictness_of_a_zip_is_no_place_and_other_arguments_are(folder):
    (folder / "npae" / "two.py").write_text("zip(a, *b, strict=True), sorted(a[0], reverse=True)\n")
    after = sorted(mutant.after for mutant in drawn(folder, "two"))
    assert len(after) == 2 and after[1].endswith("sorted(a[0], reverse=False)") and "reverse=True" in after[0]
    assert all("strict=True" in line for line in after)


def test_every_mutant_is_another_program_of_which_one_line_differs(folder):
    lines = SOURCE.splitlines()
    for mutant in drawn(folder, "one", "two"):
        source = (folder / mutant.path).read_text()
        assert compile(mutant.code, mutant.path, "exec") != compile(source, mutant.path, "exec")
        assert mutant.before != mutant.after
        assert mutant.path == "npae/two.py" or lines[mutant.line - 1].strip() == mutant.before


def test_a_seed_draws_the_same_mutants_whatever_happens_to_other_modules_and_above(folder):
    before = [mutant.name for mutant in drawn(folder, "one", "two") if mutant.path == "npae/one.py"]
    (folder / "npae" / "two.py").write_text("def g(x):\n    return 3 * x + 1\n")
    (folder / "npae" / "one.py").write_text('"""Say what it is."""\n' + SOURCE)
    assert [mutant.name for mutant in drawn(folder, "one", "two") if mutant.path == "npae/one.py"] == before
    orders = {tuple(mutant.before for mutant in drawn(folder, "one", seed=seed)) for seed in range(8)}
    assert len(orders) > 1


@in_one_test(
    ("old", "new", "expected"),
    [
        ("a\nb\nc\n", "a\nB\nc\n", (2, "b", "B")),
        ("a\n@b\nc\n", "a\nc\n", (2, "@b", "(removed)")),
        ("a(\n  1,\n  2)\n", "a(\n  1, 3)\n", (2, "1, 2)", "1, 3)")),
        ("a\na\n", "a\n", (2, "a", "(removed)")),
    ],
)
def test_the_difference_names_the_first_line_and_both_sides(old, new, expected):
    assert mutation_sample.difference(old, new) == expected


def test_every_module_of_a_subject_has_tests_that_exist():
    modules = mutation_map.modules(ROOT)
    assert {mutation_map.subject_of(path) for path in modules} == {*mutation_map.SUBJECTS}
    assert {*mutation_map.OWN} <= {*modules}
    for path in modules:
        own, others = mutation_map.tests_of(path, ROOT)
        assert own[-1] == path and others and not {*own} & {*others}
        assert [test for test in own + others if not (ROOT / test).is_file()] == [], path
    named = {path for subject in mutation_map.SUBJECTS for path in subject.modules}
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_score_counts_what_the_limit_of_time_ends_and_not_what_is_equivalent(capsys):
    mutant = Mutant("npae/series.py", 3, "pad", "a < b", "a <= b", "")
    runs = [Run(mutant, verdict, "", 1.0) for verdict in ("killed", "killed", "survived", "time limit")]
    mutation_score.report(runs, 2)
    out = capsys.readouterr().out
    assert "| series | 2 | 1 | 1 |" in out
    assert "mutation score: 75.0% of 4 mutants" in out and "2 more are equivalent" in out


def test_what_was_judged_equivalent_is_still_there():
    for name, reason in mutation_score.equivalents().items():
        (place, before, after), path = name.split(mutation_score.SEPARATOR), name.split()[0]
        source = " ".join((ROOT / path).read_text(encoding="utf-8").split())
        function = place.removeprefix(f"{path} ").rpartition(".")[2]
        assert before in source, f"{before} is no longer in {path}"
        assert function == "(module)" or re.search(rf"(def|class) {function}\b", source), place
        assert before != after and len(reason.split()) > 2, name


RUNS = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
import mutation_runs
from mutation_sample import Mutant
root, folder = Path({root!r}), Path({folder!r})
mutation_runs.CPU_SECONDS = 15
mutation_runs.tests_of = lambda path, root: (["tests/test_series.py"], ["tests/samples/test_bad_series.py"])
source = (root / "npae/series.py").read_text()
codes = dict(wrong=source + "\\ndef pad(*_, **__):\\n    return None\\n", same=source + "\\nUNUSED = 1\\n")
codes["hangs"] = source + "\\nwhile True:\\n    pass\\n"
mutants = [Mutant("npae/series.py", 1, name, "", "", code) for name, code in codes.items()]
for run in mutation_runs.run(mutants, mutation_runs.copy(root, folder / "base"), 3):
    print(run.mutant.function, "|", run.verdict, "|", run.test)
print(sorted(path.name for path in folder.iterdir()), (root / "npae/series.py").read_text() == source)
"""


@pytest.mark.slow
def test_a_wrong_mutant_is_killed_one_that_is_the_same_survives_and_one_that_hangs_is_ended(tmp_path):
    code = RUNS.format(here=str(Path(__file__).parent), root=str(ROOT), folder=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    lines = sorted(done.stdout.splitlines())
    assert lines[1:] == [
        "hangs | time limit | ",
        "same | survived | ",
        next(line for line in lines if line.startswith("wrong | killed | tests/test_series.py::")),
    ], done.stderr
    assert lines[0] == "['base'] True"
