"""Where a search keeps its trials: a file in one of Optuna's formats, that one search at a time writes."""

import os
import warnings
from contextlib import contextmanager
from pathlib import Path

from ..settings.archive import FileError
from .lock import Lock

SQLITE = (".db", ".sqlite", ".sqlite3")
BEGINNING = {True: b"SQLite format 3\0", False: b'{"op_code":'}  # of a file, by whether it is SQLite's


def import_optuna():
    """Return the module optuna, imported on first use; ImportError that says how to get it."""
    try:
        import optuna
    except ImportError as error:
        hint = "Run: pip install optuna"
        raise ImportError(f"optuna must be installed for npae.study.search, got: {error}. {hint}") from error
    return optuna


@contextmanager
def quiet():
    """Context manager: Optuna says nothing but warnings. Yields the module."""
    optuna = import_optuna()
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield optuna
    finally:
        optuna.logging.set_verbosity(before)


@contextmanager
def held(path):
    """Context manager: the file is this search's alone, and whole; its processes may write reports into it.

    Raises
    ------
    BlockingIOError if another search is writing it, FileError for a file of something else.
    """
    with Lock(path, ".search"):
        _mend(path)
        yield


def opened_study(path, name, **options):
    """Return Optuna's study `name` in the file, or in memory if that is None; with options, it is made if need be."""
    with quiet() as optuna:
        if options:
            return optuna.create_study(storage=_storage(optuna, path), study_name=name, load_if_exists=True, **options)
        return optuna.load_study(
            study_name=name, storage=_storage(optuna, path), sampler=optuna.samplers.RandomSampler()
        )


def requeue(study, optuna, names):
    """Let trials wait again that were under way when their search was killed; what they had drawn is kept.

    One that had not yet drawn all of `names` draws anew. The new trial is written before the old one is closed:
    whenever this is killed, no trial is lost or doubled.
    """
    again = {trial.user_attrs.get("again") for trial in study.get_trials(deepcopy=False)}
    for trial in study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.RUNNING]):
        if trial.number not in again:
            drawn = trial.params if trial.params.keys() >= {*names} else trial.system_attrs.get("fixed_params", {})
            study.enqueue_trial(drawn, user_attrs={"again": trial.number, "first": _first(trial)})
        study.tell(trial.number, state=optuna.trial.TrialState.FAIL)


def counted(study):
    """Return the trials in the order in which they were first begun; those that were begun again count once."""
    trials = study.get_trials(deepcopy=False)
    again = {trial.user_attrs.get("again") for trial in trials}
    return sorted((trial for trial in trials if trial.number not in again), key=_first)


def _first(trial):
    return trial.user_attrs.get("first", trial.number)


def _storage(optuna, path):
    if path is None:
        return optuna.storages.InMemoryStorage()
    if Path(path).suffix in SQLITE:
        return optuna.storages.RDBStorage(f"sqlite:///{os.path.abspath(path)}")
    return optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(os.fspath(path)))


def _mend(path):
    """Check that the file is Optuna's; drop a last line that a killed search left cut, and the lock it left behind."""
    sqlite, path = Path(path).suffix in SQLITE, Path(path)
    content = path.read_bytes() if path.exists() else b""
    beginning = BEGINNING[sqlite]
    if content and not content.startswith(beginning):
        hint = "Give the search a file of its own (.db for SQLite, any other ending for Optuna's journal)."
        raise FileError(f"{path} must be a file that a search wrote, got {content[:60]!r}. {hint}")
    if sqlite:
        return
    Path(f"{path}.lock").unlink(missing_ok=True)
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)
        warnings.warn(f"{path}: a cut line at its end is dropped; its trial will be done again.", stacklevel=4)
