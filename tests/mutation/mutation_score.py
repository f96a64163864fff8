"""Of a random sample of mutants of npae, how many do the tests notice?

    python tests/mutation/mutation_score.py                          # 200 mutants of all subjects
    python tests/mutation/mutation_score.py --sample 1000 --seed 7
    python tests/mutation/mutation_score.py --subject layers --sample 50
    python tests/mutation/mutation_score.py --list --sample 20       # what would be tested
    python tests/mutation/mutation_score.py --only eta.py              # a survivor again, once it has its test

A mutant is a copy of npae with one small change, such as < for <=. It is killed if a test fails, or runs into the limit
of time. The score is the share of mutants that are killed. Those that were found to compute the same stand in
`equivalent.txt` beside this file, and do not count. Needs a system with fork, and cosmic-ray: pip install -e ".[lint]".
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import mutation_map
import mutation_runs
import mutation_sample

ROOT = Path(__file__).parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.txt")
SEPARATOR = " :: "


def main(argv=None):
    """Test the sample, and print what survives, the score by subject, and the score."""
    args = parser().parse_args(argv)
    paths = [p for p in mutation_map.modules(ROOT) if args.subject in ("all", mutation_map.subject_of(p).name)]
    same = equivalents()
    drawn = list(itertools.islice(mutation_sample.sample(ROOT, paths, args.seed), args.skip, args.skip + args.sample))
    drawn = [mutant for mutant in drawn if args.only in mutant.name]
    tested = [mutant for mutant in drawn if mutant.name not in same]
    if args.list:
        for mutant in tested:
            print(f"{mutant.path}:{mutant.line} {mutant.function}: {mutant.before}  ->  {mutant.after}")
        return
    runs = test(tested, args)
    report(runs, len(drawn) - len(tested))
    if score(runs) < args.least:
        sys.exit(f"the score must be at least {args.least:.0%}")


def test(mutants, args):
    """Return the runs of the mutants; the tests that killed them must pass without a mutation."""
    with tempfile.TemporaryDirectory(prefix="mutants", ignore_cleanup_errors=True) as folder:
        base = mutation_runs.copy(ROOT, Path(folder) / "base")
        mutation_runs.check(base, "--collect-only", *sorted({test for m in mutants for test in all_tests(m.path)}))
        runs = []
        for run in mutation_runs.run(mutants, base, args.processes):
            runs.append(run)
            if args.verbose or run.verdict != "killed":
                print(told(run), flush=True)
        killers = sorted({run.test.partition("[")[0] for run in runs if "::" in run.test})
        if killers:
            mutation_runs.check(base, *killers)
    return runs


def all_tests(path):
    """Return all tests of a module."""
    return [test for tests in mutation_map.tests_of(path, ROOT) for test in tests]


def told(run):
    """Return what became of a mutant, as a text of one line for each of its sides."""
    mutant = run.mutant
    head = f"{run.verdict}, {run.seconds:.1f} s: {mutant.path}:{mutant.line} {mutant.function}"
    return f"{head}\n    - {mutant.before}\n    + {mutant.after}" + (f"\n    by {run.test}" if run.test else "")


def score(runs):
    """Return the share of mutants that did not survive."""
    return sum(run.verdict != "survived" for run in runs) / max(len(runs), 1)


def report(runs, n_equivalent):
    """Print a row for each subject, and the score."""
    print("| subject | killed | by the limit of time | survived |\n| --- | --- | --- | --- |")
    subjects = [mutation_map.subject_of(run.mutant.path).name for run in runs]
    for name in dict.fromkeys(subject.name for subject in mutation_map.SUBJECTS):
        count = Counter(run.verdict for run, subject in zip(runs, subjects, strict=True) if subject == name)
        print(f"| {name} | {count['killed']} | {count['time limit']} | {count['survived']} |")
    count = Counter(run.verdict for run in runs)
    print(
        f"mutation score: {score(runs):.1%} of {len(runs)} mutants ({count['killed']} killed by tests, "
        f"{count['time limit']} by the limit of time, {count['survived']} survived); "
        f"{n_equivalent} more are equivalent"
    )


def equivalents():
    """Return {name of a mutant: why it computes the same}."""
    lines = EQUIVALENT.read_text(encoding="utf-8").splitlines()
    parted = [line.rpartition(SEPARATOR) for line in lines if line and not line.startswith("#")]
    return {name: reason for name, _, reason in parted}


def parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    subjects = ["all", *(subject.name for subject in mutation_map.SUBJECTS)]
    parser.add_argument("--sample", type=int, default=200, help="how many mutants; default 200")
    parser.add_argument("--skip", type=int, default=0, help="leave out so many that are drawn first; default 0")
    parser.add_argument("--seed", type=int, default=0, help="of the draw; default 0")
    parser.add_argument("--subject", choices=subjects, default="all", help="whose modules are mutated; default all")
    parser.add_argument("--only", default="", help="of these, those with this text in their path, function or lines")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="at a time; default all cores")
    parser.add_argument("--least", type=float, default=0.9, help="fail below this score; default 0.9")
    parser.add_argument("--list", action="store_true", help="only say what would be tested")
    parser.add_argument("--verbose", action="store_true", help="say of each mutant what became of it")
    return parser


if __name__ == "__main__":
    main()
