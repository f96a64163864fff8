"""How fast is npae, next to its peers on the same machine?

    python benchmarks/run.py                              # every entry, a Markdown table
    python benchmarks/run.py gradient-torch import --json results.json
    python benchmarks/run.py --write docs/performance.md  # every entry, table and plot into the page
    python benchmarks/run.py --check letters              # which rows are worse than those of the page?
    python benchmarks/run.py --check gradient-torch       # which rows are worse than the stored ones?
    python benchmarks/run.py --list

npae and peer take turns, and each ratio is the median over neighbouring pairs: ratios carry over to other machines,
seconds do not. A new entry is a function with a decorator in a module named in MODULES.

--write also stores the rows, with the quartiles of their ratios, beside the page (docs/performance.json). --check
compares with them: a row is worse if the lower quartile of its ratio is above the upper quartile that is stored. If any
is, the exit code is 1.
"""

import argparse
import dataclasses
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
    "overheads.startup",
)
STORED = Path(__file__).parents[1] / "docs" / "performance.json"
HEADER = ("what", "npae", "peer", "peer's", "ratio", "target", "", "note")


def main(argv=None):
    """Run the named entries, print the table, and write the files that the arguments ask for."""
    for module in MODULES:
        importlib.import_module(f"benchmarks.{module}")
    args = _arguments(argv)
    if args.list:
        print("\n".join(f"{entry.name:20} {entry.summary}" for entry in ENTRIES.values()))
        return
    _warn_if_busy()
    rows, skipped = run(args.names or list(ENTRIES), args.quick)
    machine = describe_machine()
    results = report(machine, rows, skipped)
    print(results)
    entries = [{"entry": name, **dataclasses.asdict(row), "verdict": row.verdict} for name, row in rows]
    text = json.dumps({"machine": machine, "rows": entries, "skipped": skipped}, indent=1) + "\n"
    if args.write:
        page.write(args.write, results, rows)
        args.write.with_suffix(".json").write_text(text, encoding="utf-8")
    if args.json:
        args.json.write_text(text, encoding="utf-8")
    if args.check:
        sys.exit(check(rows, machine))


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


def run(names, quick):
    """Return [(name, Row), ...] and {name: why it was skipped}."""
    rows, skipped = [], {}
    for name in names:
        entry = ENTRIES[name]
        if entry.needs and importlib.util.find_spec(entry.needs) is None:
            skip(name, f"{entry.needs} is not installed (pip install '.[bench]')", skipped)
            continue
        print(f"{name} ...", file=sys.stderr, flush=True)
        if entry.needs:
            importlib.import_module(entry.needs)  # before `threads` looks for it
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", npae.TrainingWarning)  # what is measured is short
                rows += [(name, row) for row in entry.run(quick)]
        except Missing as error:
            skip(name, str(error), skipped)
    return rows, skipped


def skip(name, why, skipped):
    """Print why an entry is skipped, and note the first line of that for the report."""
    print(f"{name}: {why}", file=sys.stderr)
    skipped[name] = why.splitlines()[0]


def report(machine, rows, skipped):
    """Return the machine, the table and what was skipped as Markdown."""
    parts = ["\n".join(f"- {what}: {text}" for what, text in machine.items())]
    parts.append(table(rows) if rows else "No entry could run.")
    parts += [f"{name} was skipped: {why}." for name, why in skipped.items()]
    return "\n\n".join(parts)


def table(rows):
    """Return rows as a Markdown table with columns of equal width."""
    return aligned([HEADER, *(_cells(row) for _, row in rows)])


def aligned(cells):
    """Return lines of cells, the first one a header, as a Markdown table with columns of equal width."""
    cells = list(cells)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in cells)


def _cells(row):
    ratio = "" if row.ratio is None else f"{row.ratio:.3g}"
    wanted = "" if row.target is None else f"{row.target:g}"
    if row.limit is not None:
        wanted += f"{', ' if wanted else ''}{_shown(row.limit, row.unit)}"
    npae, peer = _shown(row.npae, row.unit), _shown(row.peer, row.unit)
    return row.what, npae, row.peer_name or "", peer, ratio, wanted and f"<= {wanted}", row.verdict, row.note


def _shown(value, unit):
    if value is None:
        return ""
    if unit != "s":
        return f"{value:.4g} {unit}"
    factor, unit = (1e6, "us") if value < 1e-3 else (1e3, "ms") if value < 1 else (1, "s")
    return f"{value * factor:.3g} {unit}"


def _warn_if_busy():
    """Warn where other programs are running: they cost most where two threads wait for each other."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > 0.5:
        print(f"The machine is busy (load {load:.1f}): rows with two threads will mislead.", file=sys.stderr)


def _arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="entries to run, all by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine and the rows to FILE as well")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write table and plot between the marks of PAGE")
    parser.add_argument("--check", action="store_true", help="say which rows are worse than the stored ones")
    parser.add_argument("--quick", action="store_true", help="few repetitions, which only show that everything runs")
    parser.add_argument("--list", action="store_true", help="show the entries and stop")
    args = parser.parse_args(argv)
    unknown = [name for name in args.names if name not in ENTRIES]
    if unknown:
        parser.error(f"names must be among {', '.join(ENTRIES)}, got {', '.join(unknown)}.")
    if args.json and (args.json.is_dir() or not args.json.parent.is_dir()):
        parser.error(f"--json must be a file in an existing folder, got {str(args.json)!r}.")
    if args.write:
        try:
            page.check(args.write)
        except ValueError as error:
            parser.error(str(error))
    return args


if __name__ == "__main__":
    main()
