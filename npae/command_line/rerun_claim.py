"""``npae reproduce``: rerun the experiments behind a claim of the five source studies, and print the verdict."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click

from .checkout import script
from .claim_verdicts import JUDGES
from .claims import CLAIMS, Claim, Run
from .error_lines import Interrupted
from .written_tables import Columns, format_option, only_tables_on_output, printed


@click.command()
@click.argument("claim", required=False)
@click.option("--list", "listed", is_flag=True, help="List the claims.")
@click.option("--full", is_flag=True, help="With all seeds, as the verdicts on record; minutes to half an hour.")
@click.option("--out", "-o", metavar="FOLDER", help="Where results go, and where a run resumes; default out/CLAIM.")
@format_option
def reproduce(claim: str | None, listed: bool, full: bool, out: str | None, form: str) -> None:
    """Rerun the experiments behind CLAIM and print the verdict.

    The quick version has few seeds and takes a minute or two; its verdict may differ from the one on record, which has
    all of them. The numbers stand on the pages of docs/studies/.

    \b
    Examples:
      npae reproduce --list
      npae reproduce S4.11
      npae reproduce S4.11 --full --out out/new_letters
    """
    if listed or claim is None:
        click.echo(printed(_table(), form), nl=False)
        return
    known = CLAIMS.get(claim.upper())
    if known is None:
        raise click.UsageError(f"CLAIM must be one of those that npae reproduce --list shows, got {claim!r}.")
    folder = Path(out or Path("out") / known.id)
    with only_tables_on_output(form):
        for run in known.runs:
            _carry_out(run, full, folder)
    facts = judged(known, folder)
    click.echo(json.dumps(facts) if form == "json" else _as_csv(facts) if form == "csv" else _as_text(facts))


def _table() -> Columns:
    claims = CLAIMS.values()
    return {
        "claim": [claim.id for claim in claims],
        "says": [claim.text for claim in claims],
        "verdict on record": [claim.record for claim in claims],
        "needs": [", ".join(claim.needs) or "-" for claim in claims],
        "judged by": ["code" if claim.id in JUDGES else "table" for claim in claims],
    }


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


def judged(claim: Claim, folder: Path) -> dict[str, str | None]:
    """Return a claim, the verdict that code makes of the results in a folder (None without a judge), and why."""
    verdict, numbers = None, "in the table above"
    if claim.id in JUDGES:
        folders = [folder / run.results for run in claim.runs]
        documents = [json.loads((place / "results.json").read_text(encoding="utf-8")) for place in folders]
        verdict, numbers = JUDGES[claim.id](documents, folders[0])
    return {
        "claim": claim.id,
        "says": claim.text,
        "verdict": verdict,
        "numbers": numbers,
        "verdict on record": claim.record,
    }


def _as_csv(facts: dict[str, str | None]) -> str:
    return printed({name: [value] for name, value in facts.items()}, "csv").rstrip("\n")


def _as_text(facts: dict[str, str | None]) -> str:
    shown = {**facts, "verdict": facts["verdict"] or "yours: code does not judge this claim yet"}
    width = max(map(len, shown))
    return "\n" + "\n".join(f"{name:<{width}}  {value}" for name, value in shown.items())
