"""Search for good parameters of an estimator: grid, random or Bayesian, on Optuna, in parallel, resumable."""

import numbers
import tempfile
from concurrent.futures import BrokenExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from ..samples.validation import check_samples
from ..settings.checks import positive_integer
from .draws import Draws, checked_sampler
from .executors import opened, slots
from .identity import key_of, plain
from .optuna_storage import held, opened_study, quiet
from .pruning import checked_pruner, reports_of
from .runs import ended_early, warn_if_nothing_works
from .search_results import SearchResults
from .spaces import space_of
from .study_progress import progress
from .trials import Objective, Trial
from .under_way import under_way

TRIALS = 50  # of a search that has no end of its own


def search(
    model,
    X,
    space,
    *,
    validation_data=0.2,
    objective="val_loss",
    maximize=None,
    sampler="bayesian",
    trials=None,
    pruner=None,
    seed=0,
    path=None,
    executor=None,
    workers=None,
    show_progress=True,
):
    """Fit the model with one choice of parameters after another; return what was best.

    What a trial draws depends on the seed and its number, never on the executor; only with "bayesian" and several
    workers also on which trials had ended by then. A trial that raises an exception, or whose objective is not finite,
    is a row with the status "failed", and counts among the worst; the others go on.

    Parameters
    ----------
    model : Autoencoder. It is not changed. Its `threads`, if None, is 1.
    X : samples (N, D), or (N, ...).
    space : dict of choices by parameter, named as in `set_params` ("epochs", "optimizer__eta"): a list of values,
        `Uniform(low, high, log=True)`, `Integers(low, high)`, or a function that makes the parameter out of other
        choices, which it takes by name: {"width": Integers(8, 64), "encoder": funnel} with `def funnel(width)`.
    validation_data : samples like X, or which share of X to hold out for validation; default 0.2.
    objective : "val_loss" (default), "score", a metric in `npae.metrics` by its name (added up over samples), or a
        function(model, X_validation) -> number.
    maximize : whether more is better; None (default): for "score", "binary_accuracy" and "psnr", else not.
    sampler : "bayesian" (default; Optuna's tree-structured Parzen estimator), "random", "grid" (in random order), or
        one of `optuna.samplers`.
    trials : of the whole search, those that are in the file included; None (default): 50, or the whole grid.
    pruner : what ends a trial early whose validation loss, reported 20 times a fit, is worse than others' were:
        "median", one of `optuna.pruners`, or None (default).
    seed : of the sampler, of the validation share and of every fit; default 0.
    path : file that every trial is written to, and that a killed search goes on from; trials that were under way are
        begun again. An ending in .db, .sqlite or .sqlite3 means SQLite, any other Optuna's journal. Searches that
        differ in any argument but `trials`, `path`, `executor` and `workers` may share it. None (default): memory.
    executor : any `concurrent.futures.Executor`, which stays open; "serial" for this thread; None (default) for a pool
        of processes of our own. A pruner needs a folder that all workers see.
    workers : trials under way at once; None (default) for one a core.
    show_progress : a progress bar on a terminal, a line every 10 s in a log; default true.

    Returns
    -------
    SearchResults.

    Raises
    ------
    ImportError without Optuna. ValueError, TypeError for arguments that cannot work. FileError for a file of something
    else, BlockingIOError for one that another search is writing.
    KeyboardInterrupt and BrokenExecutor as `npae.study.run_all` raises them, with the attribute `results`.

    References
    ----------
    Akiba, Sano, Yanase, Ohta & Koyama, "Optuna: a next-generation hyperparameter optimization framework", KDD 2019.
    Bergstra, Bardenet, Bengio & Kegl, "Algorithms for hyper-parameter optimization", NIPS 2011, sec. 4.
    """
    objective, X = Objective(objective, maximize), check_samples(X)
    space = space_of(model, space)
    objective.check_comparable(space.example())
    total, seed = _total(trials, space, checked_sampler(sampler)), _checked_seed(seed)
    trial = Trial.of(model, X, validation_data, objective, seed)
    with _begun(trial, space, sampler, pruner, seed, path) as (draws, trial):
        try:
            _carry_out(draws, trial, total, seed, executor, workers, show_progress)
        except (KeyboardInterrupt, BrokenExecutor) as error:
            raise ended_early(error, SearchResults(draws.trials, space, objective), total, path, "trials") from error
        results = SearchResults(draws.trials, space, objective)
    warn_if_nothing_works(results, "trials")
    return results


def _checked_seed(seed):
    if not isinstance(seed, numbers.Integral) or isinstance(seed, bool) or seed < 0:
        raise ValueError(f"seed must be an integer of at least 0, got {seed!r}.")
    return int(seed)


def _total(trials, space, sampler):
    most = len(space.grid(0)) if sampler == "grid" else None
    if trials is None:
        return most or TRIALS
    return min(positive_integer("trials", trials), most or trials)


@contextmanager
def _begun(trial, space, sampler, pruner, seed, path):
    """Context manager: the file is this search's alone. Yields the Draws, and the trial with a pruner's Reports."""
    with quiet() as optuna, ExitStack() as stack:
        pruner = checked_pruner(pruner, optuna)
        if pruner and path is None:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "trials"
        if path is not None:
            stack.enter_context(held(path))
        study = _study(path, trial, space, sampler, pruner, seed)
        if pruner:
            trial = replace(trial, reports=reports_of(trial.model.epochs, path, study.study_name, pruner))
        yield Draws(optuna, study, space, sampler, seed), trial


def _study(path, trial, space, sampler, pruner, seed):
    """Return Optuna's study for this search: one of the same name in the file goes on."""
    kinds = [sampler if isinstance(sampler, str) else type(sampler).__name__, type(pruner).__name__]
    name = key_of([plain(trial), space.document(), *kinds], {}, seed)
    return opened_study(path, name, direction="maximize" if trial.objective.upward else "minimize", pruner=pruner)


def _carry_out(draws, function, total, seed, executor, workers, show_progress):
    """Draw and submit trials, as many at a time as there are slots, and write down in this thread how they end."""
    todo = total - draws.ended
    with (
        progress(total, draws.ended, draws.failed, show_progress) as tell,
        opened(executor, workers, function, todo) as submit,
        under_way(submit, lambda trial, outcome: tell(draws.tell(trial, outcome))) as begun,
    ):
        for _ in range(todo):
            if len(begun) == slots(executor, workers):
                begun.take()
            trial, parameters = draws.ask()
            begun.begin(trial, {"number": trial.number, "parameters": parameters}, seed)
