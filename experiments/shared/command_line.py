"""The command line of every script: common options, types of arguments, and errors as one line."""

import argparse
import math
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import npae

USER_ERRORS = (ValueError, TypeError, MemoryError, OSError, ImportError, npae.TrainingDiverged)


@contextmanager
def one_message(name):
    """End the program `name` with one line instead of a traceback on Ctrl-C or on an error that a user can cause."""
    try:
        yield
    except KeyboardInterrupt as error:
        sys.exit(str(error) or "interrupted")
    except USER_ERRORS as error:
        sys.exit(f"{name}: {error}")


def script_parser(doc, name):
    """Return a parser whose help is the docstring of a script, with the options that all scripts have."""
    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", type=Path, default=Path("out") / name, metavar="DIR", help=f"default out/{name}")
    p.add_argument("--quick", action="store_true", help="a short run that only shows that everything works")
    return p


def study_parser(doc, name, seeds, workers=None):
    """Return a `script_parser` with the options of a study, whose runs are spread over processes.

    `seeds` and `workers` are what a run that is not quick has by default; the scripts fill in the seeds.
    """
    p = script_parser(doc, name)
    p.add_argument("--seeds", type=count, help=f"runs of each setting (default {seeds})")
    p.add_argument("--workers", type=count, help=f"processes (default {workers or 'one per core'})")
    p.set_defaults(usual_workers=workers)
    return p


def count(text):
    """Read an integer of at least 1."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be an integer of at least 1, got {text!r}")
    return int(text)


def duration(text):
    """Read a positive number, of seconds or minutes."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"must be a positive number, got {text!r}")
    return number


def sizes(text):
    """Read layer sizes such as '35-29-23-2-23-29-35'."""
    return [count(size) for size in text.replace(",", "-").split("-")]


def writable_folder(path):
    """Make the folder, and check before any training that it can be written to."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        sys.exit(f"--out must be a folder that can be written to, got {path} ({error.strerror}).")
