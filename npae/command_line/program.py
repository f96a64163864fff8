"""The command ``npae``: its subcommands, and how it ends.

Exit codes: 0 all is well, 1 an error, 2 a command line that cannot be understood, 130 Ctrl-C, 141 a closed pipe.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from ..settings.version import RELEASE
from .describe_file import info
from .error_lines import exit_code_of, show_traceback, warnings_as_lines
from .explore_codes import explore
from .measure_machine import bench
from .rerun_claim import reproduce
from .score_rows import score
from .train_model import train
from .use_model import decode, encode, reconstruct

DEBUG = "--debug"


class Ended(Exception):
    """Ctrl-C or a closed pipe, out of Click's reach."""


class Program(click.Group):
    """A group of commands that ends with one line and an exit code instead of a traceback."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Run the command line and end the process; ``--debug`` may stand anywhere in it."""
        given = list(sys.argv[1:] if args is None else args)
        options = [arg for arg in given if arg != DEBUG] or ["--help"]
        command = " ".join(["npae", *(name for name in options[:1] if name in self.commands)])
        try:
            with warnings_as_lines(lambda: command):
                code = super().main(options, "npae", complete_var, standalone_mode=False, **extra)
                if sys.stdout is not None:
                    sys.stdout.flush()
        except (Exception, KeyboardInterrupt) as error:
            cause = error.__cause__ if isinstance(error, Ended) and error.__cause__ else error
            if DEBUG in given:
                show_traceback(cause)
            code = exit_code_of(cause, command)
        sys.exit(code if isinstance(code, int) else 0)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands in the order in which people meet them."""
        return list(self.commands)

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Read the command line, and print help and version."""
        with _out_of_reach():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        with _out_of_reach():
            return super().invoke(ctx)


@contextmanager
def _out_of_reach() -> Iterator[None]:
    """Hand on Ctrl-C and closed pipes as they are, before Click makes something else of them."""
    try:
        yield
    except (KeyboardInterrupt, BrokenPipeError) as error:
        raise Ended from error


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 all is well, 1 error, 2 wrong usage, 130 Ctrl-C, 141 closed pipe.",
)
@click.version_option(RELEASE, prog_name="npae", message="%(prog)s %(version)s")
@click.option(DEBUG, is_flag=True, expose_value=False, help="Show the traceback of an error; may stand anywhere.")
def program() -> None:
    """Train autoencoders, use them and look into them.

    \b
    Examples:
      npae explore mydata.csv --out page.html
      npae train mydata.csv --encoder 16,2 --out model.npz
      npae encode model.npz mydata.csv --format csv

    DATA is a CSV file (.csv, .tsv, gzipped too), .npy, .npz, an IDX file, a folder of pictures, a Parquet file, "-" for
    CSV on standard input, or a data set that comes with npae: capitals, symbols, lowercase.
    """


for command in (train, encode, decode, reconstruct, score, explore, info, reproduce, bench):
    program.add_command(command)
