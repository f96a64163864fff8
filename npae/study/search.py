"""Search for good parameters of an estimator: grid, random or Bayesian, on Optuna, in parallel, resumable."""

import numbers
import tempfile
from concurrent.futures import BrokenExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import numpy as np

from ..samples.arrays import checked_array
from ..settings.checks import number_in, positive_integer
from .draws import Draws, checked_pruner, checked_sampler
from .executors import opened, outcome_of, slots
from .identity import key_of, plain
from .models import changed, check_model, check_names
from .run_counter import progress
from .runs import ended_early, warn_if_nothing_works
from .search_results import SearchResults
from .spaces import Space
from .storage import held, opened_study, quiet
from .trials import Objective, Reports, Trial

TRIALS = 50  # of a search that has no end of its own
REPORTS = 20  # of one fit to the pruner


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
    objective, X = Objective(objective, maximize), checked_array(X)
    space = _checked_space(model, space, objective)
    total = _total(trials, space, checked_sampler(sampler))
    seed = _checked_seed(seed)
    task = Trial(changed(model, {"random_state": None}), *_split(X, validation_data, seed), objective)
    with ExitStack() as stack:
        optuna = stack.enter_context(quiet())
        pruner = checked_pruner(pruner, optuna)
        if pruner and path is None:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "trials"
        if path is not None:
            stack.enter_context(held(path))
        study = _study(path, task, space, sampler, pruner, seed)
        if pruner:
            task = replace(task, reports=_reports(model, path, study.study_name, pruner))
        draws = Draws(optuna, study, space, sampler, seed)
        try:
            _carry_out(draws, task, total, seed, executor, workers, show_progress)
        except (KeyboardInterrupt, BrokenExecutor) as error:
            raise ended_early(error, SearchResults(draws.trials, space, objective), total, path, "trials") from error
        results = SearchResults(draws.trials, space, objective)
    warn_if_nothing_works(results, "trials")
    return results


def _checked_space(model, space, objective):
    """Return the Space, if all its names are the model's and their values can be compared."""
    check_model(model)
    space = Space(space, model.get_params(deep=False))
    example = space.example()
    check_names(model, [example])
    if "loss" in example and objective.what == "val_loss":
        hint = "Choose another objective, such as 'score'."
        raise ValueError(f"objective must compare models of any loss where 'loss' varies, got 'val_loss'. {hint}")
    return space


def _checked_seed(seed):
    if not isinstance(seed, numbers.Integral) or isinstance(seed, bool) or seed < 0:
        raise ValueError(f"seed must be an integer of at least 0, got {seed!r}.")
    return int(seed)


def _split(X, validation, seed):
    """Return (X, validation data): those that were given, or a random share of X for them."""
    if not isinstance(validation, numbers.Real):
        return X, checked_array(validation, "validation_data")
    held_out = round(number_in("validation_data", validation, 0, 1, closed=False) * len(X))
    if not 0 < held_out < len(X):
        raise ValueError(f"validation_data must leave samples on both sides, got {validation!r} of {len(X)} samples.")
    order = np.random.default_rng(seed).permutation(len(X))
    return X[np.sort(order[held_out:])], X[np.sort(order[:held_out])]


def _total(trials, space, sampler):
    most = len(space.grid(0)) if sampler == "grid" else None
    if trials is None:
        return most or TRIALS
    return min(positive_integer("trials", trials), most or trials)


def _study(path, task, space, sampler, pruner, seed):
    """Return Optuna's study for this search: one of the same name in the file goes on."""
    kinds = [sampler if isinstance(sampler, str) else type(sampler).__name__, type(pruner).__name__]
    name = key_of([plain(task), space.document(), *kinds], {}, seed)
    return opened_study(path, name, direction="maximize" if task.objective.upward else "minimize", pruner=pruner)


def _reports(model, path, name, pruner):
    return Reports(str(Path(path).resolve()), name, pruner, max(1, positive_integer("epochs", model.epochs) // REPORTS))


def _carry_out(draws, task, total, seed, executor, workers, show_progress):
    """Draw and submit trials, as many at a time as there are slots, and write down in this thread how they end."""
    todo, under_way, queue = total - draws.ended, {}, SimpleQueue()
    with (
        progress(total, draws.ended, draws.failed, show_progress) as tell,
        opened(executor, workers, task, todo) as submit,
    ):
        try:
            for _ in range(todo):
                if len(under_way) == slots(executor, workers):
                    tell(_take(queue.get(), under_way, draws))
                trial, parameters = draws.ask()
                future = submit({"number": trial.number, "parameters": parameters}, seed)
                under_way[future] = trial
                future.add_done_callback(queue.put)
            while under_way:
                tell(_take(queue.get(), under_way, draws))
        except BaseException:
            for future in list(under_way):
                if not future.cancel() and future.done() and future.exception() is None:
                    _take(future, under_way, draws)
            raise


def _take(future, under_way, draws):
    return draws.tell(under_way.pop(future), outcome_of(future))
