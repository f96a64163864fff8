"""How fast is npae, next to its peers on the same machine?

    python benchmarks/run.py                              # every entry but the long ones, a Markdown table
    python benchmarks/run.py gradient-torch import --json results.json
    python benchmarks/run.py --write docs/performance.md  # the same, table and plot into the page
    python benchmarks/run.py --write docs/performance.md --resume docs/performance.json   # what a stopped run left
    python benchmarks/run.py --check letters              # which rows are worse than those of the page?
    python benchmarks/run.py --check gradient-torch       # which rows are worse than the stored ones?
    python benchmarks/run.py --list

npae and peer take turns, and each ratio is the median over neighbouring pairs: ratios carry over to other machines,
seconds do not. A new entry is a function with a decorator in a module named in MODULES.

--write also stores the rows, with the quartiles of their ratios, beside the page (docs/performance.json). They are
stored whenever an entry ends, as those of --json are, so that a run that was stopped can go on with --resume. --check
compares with them: a row is worse if the lower quartile of its ratio is above the upper quartile that is stored. If any
is, the exit code is 1.
"""

import argparse
import importlib
import importlib.util
import json
import os
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # where the package `benchmarks` is
import npae
from benchmarks.shared import page
from benchmarks.shared.harness import ENTRIES, Missing
from benchmarks.shared.machine import describe_machine
from benchmarks.shared.results import Results
from benchmarks.shared.table import aligned, table

MODULES = (  # in the order of the table
    "letters.gradients",
    "letters.compiled",
    "letters.evaluation",
    "letters.adam",
    "letters.zero_wrong_pixels",
    "digits.epochs",
    "overheads.callbacks",
    "digits.quality",
    "digits.mapped_file",
    "digits.convolutions",
    "digits.gauss_newton",
    "series.lstm",
    "digits.vae",
    "letters.bfgs",
    "overheads.blas",
    "overheads.cores",
    "overheads.startup",
)
STORED = Path(__file__).parents[1] / "docs" / "performance.json"


def main(argv=None):
    """Run the named entries, print the table, and write the files that the arguments ask for."""
    for module in MODULES:
        importlib.import_module(f"benchmarks.{module}")
    args = _arguments(argv)
    if args.list:
        print("\n".join(f"{entry.name:20} {_summary(entry)}" for entry in ENTRIES.values()))
        return
    _warn_if_busy()
    results = Results(describe_machine(), filter(None, [args.json, args.write and _beside(args.write)]))
    if args.resume:
        try:
            results.go_on_from(args.resume)
        except ValueError as error:
            sys.exit(str(error))
    run(args.names or [entry.name for entry in ENTRIES.values() if not entry.long], args.quick, results)
    text = report(results)
    print(text)
    if args.write:
        page.write(args.write, text, results.rows)
    if args.check:
        sys.exit(check(results.rows, results.machine))


def _beside(path):
    """Return where the rows of a page are stored."""
    return path.with_suffix(".json")


def _summary(entry):
    return f"{entry.summary}{' (only where it is named)' if entry.long else ''}"


def check(rows, machine):
    """Print which rows are worse than the stored ones by more than their spread; return 1 if any is, otherwise 0."""
    if not STORED.is_file():
        sys.exit("performance.json is missing: python benchmarks/run.py --write docs/performance.md makes it.")
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    before = {(row["entry"], row["what"]): row for row in stored["rows"] if row["spread"]}
    if stored["machine"]["processor"] != machine["processor"]:
        print(f"The stored rows are of another processor, {stored['machine']['processor']}: ratios may differ by that.")
    lines = []
    for name, row in rows:
        old = before.get((name, row.what))
        if old and row.spread:
            worse = row.spread[0] > old["spread"][1]
            lines.append((row.what, f"{old['ratio']:.3g}", f"{row.ratio:.3g}", "worse" if worse else ""))
    print(f"\n{aligned([('what', 'stored', 'now', ''), *lines])}")
    return int(any(line[-1] for line in lines))


def run(names, quick, results):
    """Run the entries that have no results yet."""
    for name in names:
        if name in results.entries:
            continue
        entry = ENTRIES[name]
        if entry.needs and importlib.util.find_spec(entry.needs) is None:
            skip(name, f"{entry.needs} is not installed (pip install '.[bench]')", results)
            continue
        print(f"{name} ...", file=sys.stderr, flush=True)
        if entry.needs:
            importlib.import_module(entry.needs)  # before `threads` looks for it
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", npae.TrainingWarning)  # what is measured is short
                results.add(name, list(entry.run(quick)))
        except Missing as error:
            skip(name, str(error), results)


def skip(name, why, results):
    """Print why an entry is skipped, and note it for the report."""
    print(f"{name}: {why}", file=sys.stderr)
    results.skip(name, why)


def report(results):
    """Return the machine, the table and what was skipped as Markdown."""
    parts = ["\n".join(f"- {what}: {text}" for what, text in results.machine.items())]
    parts.append(table(results.rows) if results.rows else "No entry could run.")
    parts += [f"{name} was skipped: {why}." for name, why in results.skipped.items()]
    return "\n\n".join(parts)


def _warn_if_busy():
    """Warn where other programs are running: they cost most where two threads wait for each other."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > 0.5:
        print(f"The machine is busy (load {load:.1f}): rows with two threads will mislead.", file=sys.stderr)


def _arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="entries to run, by default all but the long ones")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine and the rows to FILE as well")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write table and plot between the marks of PAGE")
    parser.add_argument("--resume", type=Path, metavar="FILE", help="run only the entries that have no rows in FILE")
    parser.add_argument("--check", action="store_true", help="say which rows are worse than the stored ones")
    parser.add_argument("--quick", action="store_true", help="few repetitions, which only show that everything runs")
    parser.add_argument("--list", action="store_true", help="show the entries and stop")
    args = parser.parse_args(argv)
    unknown = [name for name in args.names if name not in ENTRIES]
    if unknown:
        parser.error(f"names must be among {', '.join(ENTRIES)}, got {', '.join(unknown)}.")
    if args.json and (args.json.is_dir() or not args.json.parent.is_dir()):
        parser.error(f"--json must be a file in an existing folder, got {str(args.json)!r}.")
    if args.resume and not args.resume.is_file():
        parser.error(f"--resume must be a file that --json or --write has written, got {str(args.resume)!r}.")
    if args.write:
        try:
            page.check(args.write)
        except ValueError as error:
            parser.error(str(error))
    return args


if __name__ == "__main__":
    main()
