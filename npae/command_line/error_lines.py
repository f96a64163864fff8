"""Errors and warnings as single lines on standard error, and the exit code that each error ends the command with."""

from __future__ import annotations

import os
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click

from ..execution.screen import tell
from ..training import TrainingDiverged

ERROR, USAGE, INTERRUPTED, CLOSED_PIPE = 1, 2, 130, 141  # 128 + the signal, as shells count, for the last two
USER_ERRORS = (ValueError, TypeError, MemoryError, OSError, ImportError, TrainingDiverged)
QUIET = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)
COMMANDS = re.compile(r"\n\n(.+?)\n\n", re.DOTALL)  # that a message lists, one a line
SIZE = re.compile(r"size=\((\d+), (\d+)\)")
IN_OPTIONS = {  # what a message says to somebody who writes Python -> what it says here
    " Or let the model take gaps: missing='ignore'.": " Or train a model that takes gaps: --missing ignore.",
    "missing='ignore'": "--missing ignore",
    "read it with pandas.read_csv, and fit a model to it": "train a model on it with npae train",
    "target must be given, as it was to fit, got None": "--target must be given, as it was to train, got none",
    "Give target=X to compare": "Give DATA again to compare",
    "scale='columns'": "--scale columns",
    "scale='common'": "--scale common",
    "code_activation='identity'": "--set code_activation=identity",
    "dtype='float64'": "--dtype float64",
    "Give optimizer=None, refine=npae.Refine('L-BFGS-B') and more epochs": (
        "Give --optimizer none, --refine L-BFGS-B and more --epochs"
    ),
    "Raise epochs": "Raise --epochs",
    "set resume=False to replace it": "delete it to begin again",
    "Pass a part of them, such as data[": "Give a part of them with --rows, such as --rows [",
}


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, and what became of the work that it ended."""


def message_of(error: BaseException) -> str:
    r"""Return what an error says as one line, with options in place of Python.

    >>> message_of(ValueError("X must be finite.\nUse missing='ignore'."))
    'DATA must be finite. Use --missing ignore.'
    >>> message_of(FileNotFoundError(2, "No such file or directory", "a.csv"))
    'a.csv: No such file or directory'
    """
    if isinstance(error, click.ClickException):
        text = error.format_message()
    elif isinstance(error, OSError) and error.filename is not None and error.strerror:
        text = f"{os.fsdecode(error.filename)}: {error.strerror}"
    else:
        text = str(error) or type(error).__name__
    for python, option in IN_OPTIONS.items():
        text = text.replace(python, option)
    text = SIZE.sub(r"--size \1x\2", text)
    text = COMMANDS.sub(lambda found: f" `{' && '.join(found[1].splitlines())}` ", text)
    text = " ".join(text.split())
    return f"DATA{text[1:]}" if text.startswith("X ") else text


def exit_code_of(error: BaseException, command: str) -> int:
    """Tell what went wrong on one line of standard error, nothing for a closed pipe; return the exit code."""
    if isinstance(error, OSError):
        _close_standard_output()
    if isinstance(error, BrokenPipeError):
        return CLOSED_PIPE
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        tell(f"{command}: {' '.join(str(error).split()) or 'interrupted'}")
        return INTERRUPTED
    if isinstance(error, click.UsageError):
        tell(f"{command}: {message_of(error)} Try '{command} --help'.")
        return USAGE
    if isinstance(error, (*USER_ERRORS, click.ClickException)):
        tell(f"{command}: {message_of(error)}")
    else:
        found, hint = (
            f"{type(error).__name__}: {message_of(error)}",
            "Run it again with --debug, and report what it says.",
        )
        tell(f"{command}: this is an error in npae, {found}. {hint}")
    return ERROR


def show_traceback(error: BaseException) -> None:
    """Write the traceback of an error to standard error, for --debug."""
    for part in traceback.format_exception(error):
        tell(part.rstrip("\n"))


@contextmanager
def warnings_as_lines(command: Callable[[], str]) -> Iterator[None]:
    """Write each warning as one line, once; `command` says what it begins with. Warnings for developers are left out.

    What ``python -W`` asks for stays as it is.
    """
    told: set[str] = set()

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        line = f"{command()}: warning: {message_of(Warning(str(message)))}"
        if line not in told:
            told.add(line)
            tell(line)

    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("always")
            for category in QUIET:
                warnings.simplefilter("ignore", category)
        warnings.showwarning = show
        yield


def _close_standard_output() -> None:
    """Let Python's last flush go nowhere if it would fail: whoever read the output has gone, or the disk is full."""
    with suppress(OSError, ValueError, AttributeError):
        try:
            sys.stdout.flush()
            return
        except OSError:
            pass
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
