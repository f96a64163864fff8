"""Where a search keeps its trials: a file in one of Optuna's formats, written by one search at a time."""

from __future__ import annotations

import glob
import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..settings.archive import FileError
from .lock import Lock
from .own_folder import ENDING
from .run_types import FilePath

if TYPE_CHECKING:
    from optuna import Study
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

SQLITE = (".db", ".sqlite", ".sqlite3")
BEGINNING = {True: b"SQLite format 3\0", False: b'{"op_code":'}  # of a file, by whether it is one of SQLite


def import_optuna() -> ModuleType:
    """Return the module optuna, imported on first use; if it is missing, ImportError says how to get it."""
    try:
        import optuna
    except ImportError as error:
        hint = "Run: pip install optuna"
        raise ImportError(f"optuna must be installed for npae.study.search, got: {error}. {hint}") from error
    return optuna


@contextmanager
def quiet() -> Iterator[ModuleType]:
    """Let Optuna log nothing but warnings inside the block.

    Yields
    ------
    module
        The module optuna.
    """
    optuna = import_optuna()
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield optuna
    finally:
        optuna.logging.set_verbosity(before)


@contextmanager
def held(path: FilePath) -> Iterator[None]:
    """Keep other searches from writing the file, and repair it first; this search's processes may write into it.

    Raises BlockingIOError if another search is writing the file, FileError if it holds something else.

    Yields
    ------
    None
        Nothing.
    """
    with Lock(path, ENDING):
        _mend(path)
        yield


def opened_study(path: FilePath | None, name: str, **options: Any) -> Study:
    """Return Optuna's study of this name in the file, or in memory if `path` is None.

    With options, a study that does not exist is created.
    """
    with quiet() as optuna, _readable(path):
        study: Study
        storage = _storage(optuna, path)
        if options:
            study = optuna.create_study(storage=storage, study_name=name, load_if_exists=True, **options)
        else:
            study = optuna.load_study(storage=storage, study_name=name, sampler=optuna.samplers.RandomSampler())
    return study


@contextmanager
def _readable(path: FilePath | None) -> Iterator[None]:
    """Turn whatever Optuna makes of a damaged file into a FileError that names it."""
    try:
        yield
    except (OSError, ImportError):
        raise
    except Exception as error:  # of JSON, SQLite, SQLAlchemy, or a KeyError of Optuna's own
        if path is None:
            raise
        hint = "It is damaged, or another program wrote it."
        text = f"{type(error).__name__}: {error}"
        raise FileError(
            f"{path} must be a file that a search wrote, got one that cannot be read ({text}). {hint}"
        ) from error


def requeue(study: Study, optuna: ModuleType, names: Iterable[str]) -> None:
    """Queue the trials that were under way when their search was killed; they keep the values that they had drawn.

    A trial that had not drawn all of `names` draws again. Each new trial is written before the old one is closed, so
    that no trial is lost or doubled even if this is killed.
    """
    again = {trial.user_attrs.get("again") for trial in study.get_trials(deepcopy=False)}
    for trial in study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.RUNNING]):
        if trial.number not in again:
            drawn = trial.params if trial.params.keys() >= {*names} else trial.system_attrs.get("fixed_params", {})
            study.enqueue_trial(drawn, user_attrs={"again": trial.number, "first": _first(trial)})
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)


def counted(study: Study) -> list[FrozenTrial]:
    """Return the trials in the order in which they first began; a trial that was requeued counts once."""
    trials = study.get_trials(deepcopy=False)
    again = {trial.user_attrs.get("again") for trial in trials}
    return sorted((trial for trial in trials if trial.number not in again), key=_first)


def _first(trial: FrozenTrial) -> int:
    first: int = trial.user_attrs.get("first", trial.number)
    return first


def _storage(optuna: ModuleType, path: FilePath | None) -> BaseStorage:
    storage: BaseStorage
    if path is None:
        storage = optuna.storages.InMemoryStorage()
    elif Path(path).suffix in SQLITE:
        storage = optuna.storages.RDBStorage(f"sqlite:///{os.path.abspath(path)}")
    else:
        from .optuna_journal import WholeLines  # here, as it derives from a class of Optuna's

        storage = optuna.storages.JournalStorage(WholeLines(os.fspath(path)))
    return storage


def _mend(path: FilePath) -> None:
    """Check that the file is Optuna's; remove what a killed search left: an incomplete last line, Optuna's locks."""
    file = Path(path)
    sqlite, content = file.suffix in SQLITE, file.read_bytes() if file.exists() else b""
    if content and not content.startswith(BEGINNING[sqlite]):
        hint = "Give the search a file of its own (.db for SQLite, any other ending for Optuna's journal)."
        raise FileError(f"{file} must be a file that a search wrote, got {content[:60]!r}. {hint}")
    if sqlite:
        return
    for lock in (Path(f"{file}.lock"), *file.parent.glob(f"{glob.escape(file.name)}.lock*.rename")):
        lock.unlink(missing_ok=True)
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(file, whole)
        warnings.warn(f"{file}: dropped an incomplete line at the end; its trial will be repeated.", stacklevel=4)
