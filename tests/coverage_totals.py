"""How much of npae do the tests run?

    python -m pytest --cov=npae --cov-report= -n auto --dist worksteal
    python tests/coverage_totals.py                          # the shares of lines and branches
    python tests/coverage_totals.py --files 20               # and the files with the most that never runs
    python tests/coverage_totals.py --lines 97 --branches 95    # exit code 1 if it is less

A branch is a way out of a line that has several. What is measured, [tool.coverage] of pyproject.toml says: all
processes and threads that the tests start.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path


def main(argv=None):
    """Print the shares, and the least covered files."""
    args = parser().parse_args(argv)
    measured = read()
    lines, branches = shares(measured["totals"])
    for name, summary in least(measured, args.files):
        gaps = f"{summary['missing_lines']} lines, {summary['missing_branches']} branches"
        print(f"{name}: {gaps} ({shares(summary)[0]:.1f} %, {shares(summary)[1]:.1f} %)")
    print(f"coverage: {lines:.2f} % of npae's lines, {branches:.2f} % of its branches")
    if lines < args.lines or branches < args.branches:
        sys.exit(f"coverage must be at least {args.lines:g} % of lines and {args.branches:g} % of branches")


def read():
    """Return what coverage.py has measured here, as it writes it to a file of JSON."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "coverage.json"
        subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", str(file)], check=True)
        return json.loads(file.read_text(encoding="utf-8"))


def shares(summary):
    """Return the percentages of lines and of branches."""
    lines, branches = summary["num_statements"], summary["num_branches"]
    return 100 * summary["covered_lines"] / max(lines, 1), 100 * summary["covered_branches"] / max(branches, 1)


def least(measured, count):
    """Return (name, summary) of the files with the most lines and branches that never ran."""
    summaries = [(name, file["summary"]) for name, file in measured["files"].items()]
    summaries.sort(key=lambda each: -each[1]["missing_lines"] - each[1]["missing_branches"])
    return summaries[:count]


def parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=0, help="how many files are listed; default none")
    parser.add_argument("--lines", type=float, default=0, help="fail below this percentage; default 0")
    parser.add_argument("--branches", type=float, default=0, help="fail below this percentage; default 0")
    return parser


if __name__ == "__main__":
    main()
