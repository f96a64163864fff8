"""Give a reader damaged files, one after another: each gives an object, or one error that names the file.

NPAE_FUZZ=100000            how many files the slow tests make in all
NPAE_FUZZ_SEED=0            other files
NPAE_FUZZ_CASE=model:123    this file alone, with the traceback of what was raised
"""

import collections
import contextlib
import dataclasses
import os
import random
import re
import tempfile
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

from npae import FileError

TOTAL = int(os.environ.get("NPAE_FUZZ", "100000"))
SEED = os.environ.get("NPAE_FUZZ_SEED", "0")
CASE = os.environ.get("NPAE_FUZZ_CASE", "")
FEW = 100  # files of each reader by default
SPARE = 2**29  # bytes that reading a small file may take
SHOWN = 8  # kinds of failures


@dataclasses.dataclass(frozen=True)
class Reader:
    """What reads files of a kind, and how such files are damaged.

    `originals` returns good files; `damage` returns a damaged one, given a good one and a random.Random; `read` reads a
    path and uses what it read, without a question to the file's user. A share of all files is its. `told` matches
    warnings that the documentation promises, `deep` the refusals behind checksums.
    """

    name: str
    share: float
    originals: Callable
    damage: Callable
    read: Callable
    ending: str = ""
    told: str = "$nothing"
    deep: str = "$nothing"
    spare: int | None = SPARE


def damaged(reader, originals, case):
    """Return the damaged file of this number."""
    rng = random.Random(f"{SEED} {reader.name} {case}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return reader.damage(rng.choice(originals), rng)


def outcome(reader, path):
    """Return "read", or the message of the refusal; raise AssertionError for anything else that reading did."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            reader.read(path)
            found = "read"
        except (ValueError, OSError) as error:
            _check_error(error, path)
            found = str(error)
        except Exception as error:
            raise AssertionError(f"{type(error).__name__}: {str(error)[:300]}") from error
    stray = [warning for warning in told if not re.search(reader.told, str(warning.message))]
    assert not stray, f"warned {stray[0].category.__name__}: {str(stray[0].message)[:300]}"
    return found


def _check_error(error, path):
    """Raise AssertionError for an error that is not clear: of another class, or without the name of the file."""
    clear = type(error) in (FileError, ValueError) or (isinstance(error, OSError) and error.filename)
    cause = error
    while cause is not None:
        if isinstance(cause, MemoryError):
            raise AssertionError(f"took memory: {cause}") from error
        cause = cause.__cause__ or cause.__context__
    if not clear or path.name not in f"{error} {getattr(error, 'filename', '')}":
        raise AssertionError(f"unclear {type(error).__name__}: {str(error)[:300]}") from error


@contextlib.contextmanager
def limited_memory(spare):
    """Let the process take no more than `spare` bytes of addresses, where the system can say so."""
    try:
        import resource

        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (ImportError, OSError):
        spare = None
    if spare is None:
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (taken + spare, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@contextlib.contextmanager
def quick_folder():
    """Make a folder in memory, if the system has a place for one: hundred thousand files are written to it."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


def fuzz(reader, cases):
    """Read the damaged files with these numbers; fail if one of them gives neither an object nor one clear error."""
    with quick_folder() as folder:
        return _fuzzed(reader, reader.originals(), folder / f"damaged{reader.ending}", cases)


def _fuzzed(reader, originals, path, cases):
    for content in originals:
        path.write_bytes(content)
        assert outcome(reader, path) == "read", f"{reader.name}: a good file must be read"
    alone, _, number = CASE.partition(":")
    if CASE:
        cases = [int(number)] if alone == reader.name else []
    counts, failures = collections.Counter(), {}
    with limited_memory(reader.spare):
        for case in cases:
            path.write_bytes(damaged(reader, originals, case))
            try:
                found = outcome(reader, path)
            except AssertionError as error:
                if CASE:
                    raise
                failures.setdefault(_kind(error), []).append((case, str(error)))
                continue
            except BaseException as error:
                getattr(error, "add_note", print)(f"NPAE_FUZZ_CASE={reader.name}:{case} NPAE_FUZZ_SEED={SEED}")
                raise
            counts["read" if found == "read" else "deep" if re.search(reader.deep, found) else "refused"] += 1
    assert not failures, _told(reader, failures)
    return counts


def _kind(error):
    """Return where in npae an error arose, which tells one fault from another."""
    frames = traceback.extract_tb((error.__cause__ or error).__traceback__)
    inner = [frame for frame in frames if f"{os.sep}npae{os.sep}" in frame.filename]
    last = inner[-1] if inner else frames[-1]
    return f"{Path(last.filename).name}:{last.lineno}", str(error).split(":")[0]


def _told(reader, failures):
    lines = [f"{reader.name}: {sum(map(len, failures.values()))} files gave no clear error, of {len(failures)} kinds"]
    for (place, _), cases in sorted(failures.items(), key=lambda item: -len(item[1]))[:SHOWN]:
        case, text = cases[0]
        lines.append(f"NPAE_FUZZ_CASE={reader.name}:{case} NPAE_FUZZ_SEED={SEED}  ({len(cases)} times, {place}) {text}")
    return "\n".join(lines)
