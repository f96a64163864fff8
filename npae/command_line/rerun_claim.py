"""``npae reproduce``: rerun the experiments behind a claim of the five source studies, and print the verdict."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click

from .checkout import script
from .claim_verdicts import JUDGES
from .claims import CLAIMS, MINUTES, Claim, Run
from .error_lines import Interrupted
from .written_tables import Columns, format_option, only_tables_on_output, print_table, printed


@click.command()
@click.argument("claim", required=False)
@click.option("--list", "listed", is_flag=True, help="List the claims.")
@click.option("--full", is_flag=True, help="With all seeds, as the verdicts on record. --list says how long.")
@click.option("--out", "-o", metavar="FOLDER", help="Where results go, and where a run resumes; default out/CLAIM.")
@format_option
def reproduce(claim: str | None, listed: bool, full: bool, out: str | None, form: str) -> None:
    """Rerun the experiments behind CLAIM and print the verdict.

    Where all seeds take long there is a quick version, with few of them. Its verdict says so, and may differ from the
    one on record, which has all of them. The numbers stand on the pages of docs/studies/.

    \b
    Examples:
      npae reproduce --list
      npae reproduce S4.11
      npae reproduce S4.11 --full --out out/new_letters
    """
    if listed or claim is None:
        print_table(_table(), form)
        return
    known = CLAIMS.get(claim.upper())
    if known is None:
        raise click.UsageError(f"CLAIM must be one of those that npae reproduce --list shows, got {claim!r}.")
    folder = Path(out or Path("out") / known.id)
    with only_tables_on_output(form):
        for run in known.runs:
            _carry_out(run, full, folder)
    facts = judged(known, folder, full)
    click.echo(json.dumps(facts) if form == "json" else _as_csv(facts) if form == "csv" else _as_text(facts))


def _table() -> Columns:
    claims = CLAIMS.values()
    return {
        "claim": [claim.id for claim in claims],
        "says": [claim.text for claim in claims],
        "verdict on record": [claim.record for claim in claims],
        "needs": [", ".join(claim.needs) or "-" for claim in claims],
        "takes about": [_length(MINUTES[claim.id][0]) for claim in claims],
        "with --full": [_length(MINUTES[claim.id][1]) for claim in claims],
    }


def _length(minutes: float) -> str:
    """Return a length of time as text, to the accuracy of an estimate."""
    return f"{minutes:.0f} min" if minutes >= 1 else f"{5 * round(12 * minutes)} s"


def _carry_out(run: Run, full: bool, folder: Path) -> None:
    """Run an experiment in this process; it prints its table, and leaves results.json in the folder."""
    arguments = [*run.arguments, *(() if full else run.quick), "--out", str(folder)]
    module = script("experiments", run.module)
    click.echo(f"python -m experiments.{run.module} {shlex.join(arguments)}")
    try:
        module.main(arguments)
    except SystemExit as end:
        if isinstance(end.code, str) and "interrupt" in end.code.lower():
            raise Interrupted(f"interrupted. The same command goes on from {folder}.") from end
        if end.code:
            raise ValueError(str(end.code)) from end


def judged(claim: Claim, folder: Path, full: bool) -> dict[str, str]:
    """Return a claim, the verdict that code makes of the results in a folder, the numbers, and which run it was."""
    folders = [folder / run.results for run in claim.runs]
    documents = [json.loads((place / "results.json").read_text(encoding="utf-8")) for place in folders]
    try:
        verdict, numbers = JUDGES[claim.id](documents, folders[0])
    except KeyError as missing:
        rule = f"results of {claim.id} must have a run of each setting that finished"
        raise ValueError(f"{rule}, got none for {missing}. The table above says what failed.") from missing
    shorter = "" if full else claim.arguments_of_quick_run
    return {
        "claim": claim.id,
        "says": claim.text,
        "verdict": verdict,
        "run": f"quick ({shorter})" if shorter else "all seeds",
        "numbers": numbers,
        "verdict on record": claim.record,
    }


def _as_csv(facts: dict[str, str]) -> str:
    return printed({name: [value] for name, value in facts.items()}, "csv").rstrip("\n")


def _as_text(facts: dict[str, str]) -> str:
    quick = " (of the quick run; --full has all seeds)" if facts["run"].startswith("quick") else ""
    shown = {**facts, "verdict": facts["verdict"] + quick}
    width = max(map(len, shown))
    return "\n" + "\n".join(f"{name:<{width}}  {value}" for name, value in shown.items())
