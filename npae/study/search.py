"""Search for good parameters of an estimator: grid, random or Bayesian, with Optuna, in parallel, resumable."""

from __future__ import annotations

import numbers
from collections.abc import Iterator, Mapping
from concurrent.futures import BrokenExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..estimators.autoencoder import Autoencoder
from ..settings.array_types import ArrayLike
from ..settings.checks import positive_integer
from .draws import Draws, Sampler, checked_sampler
from .executors import opened, slots
from .fit_options import VALIDATION, names_of, split_options, takes_gaps
from .former_values import check_former
from .identity import key_of, plain
from .model_copies import changed
from .model_traits import refines_every_epoch
from .optuna_storage import held, opened_study, quiet
from .own_folder import own_folder
from .pruning import Pruner, checked_pruner, reports_of
from .run_types import FilePath, Outcome, Where
from .runs import ended_early, warn_if_nothing_works
from .search_results import SearchResults
from .shared_files import refuse_files_of_trials
from .spaces import Space, space_of
from .study_progress import progress
from .trials import Trial
from .under_way import under_way
from .yardstick import Objective, What

if TYPE_CHECKING:
    import optuna

TRIALS = 50  # of a search that has no end of its own
OWN = (VALIDATION,)  # of what `fit` takes, an argument of the search itself


def search(
    model: Autoencoder,
    X: ArrayLike,
    space: Mapping[str, Any],
    *,
    validation_data: Any = 0.2,
    objective: What = "val_loss",
    maximize: bool | None = None,
    sampler: Sampler = "bayesian",
    trials: int | None = None,
    pruner: Pruner = None,
    seed: int = 0,
    path: FilePath | None = None,
    executor: Where = None,
    workers: int | None = None,
    show_progress: bool = True,
    **fit_options: Any,
) -> SearchResults:
    """Fit the model with one choice of parameters after another; return the best.

    What is judged is the model that `fit` returns, with its best epoch restored if that is asked for, by one yardstick
    for all trials.

    What a trial draws depends on the seed and on its number, never on the executor. With "bayesian" and several workers
    it also depends on which trials have ended by then. A trial that raises an exception, or whose objective is not
    finite, becomes a row with the status "failed" and counts among the worst; the others go on. Optuna [1]_ draws and
    stores the trials.

    Parameters
    ----------
    model : Autoencoder
        It is not changed. If its `threads` is None, the trials use 1.
    X : array (N, D) or (N, ...)
        Samples.
    space : dict
        Choices by parameter, named as in `set_params` ("epochs", "optimizer__eta"): a list of values,
        `Uniform(low, high, log=True)`, `Integers(low, high)`, or a function that makes the parameter from other
        choices, which are its arguments: {"width": Integers(8, 64), "encoder": funnel} with `def funnel(width)`.
    validation_data : array, tuple or float, default 0.2
        Samples like X, a tuple of them as in `fit`, or the share of X to hold out for validation, with its part of the
        mask and of whatever else `fit` gets.
    objective : str or callable, default "val_loss"
        "val_loss" is the loss of the validation data's reconstructions, without penalties and without the KL term of a
        GaussianCode, so that these may vary. If the loss varies, or the scale between "columns" and others, there is
        no common loss: choose "score", the name of a metric in `npae.metrics` (summed over samples), or a
        function(model, X_validation) -> number, which also gets `mask=` or `target=` if there is one.
    maximize : bool, optional
        Whether more is better. None means yes for "score", "accuracy", "binary_accuracy" and "psnr", otherwise no.
    sampler : str or optuna.samplers.BaseSampler, default "bayesian"
        "bayesian" (Optuna's tree-structured Parzen estimator [2]_), "random", "grid" (in random order), or one of
        `optuna.samplers`.
    trials : int, optional
        Trials of the whole search, including those in the file; None means 50, or the whole grid.
    pruner : str or optuna.pruners.BasePruner, optional
        Ends a trial early if its objective, reported 20 times per fit, is worse than that of other trials after as many
        epochs: "median", or one of `optuna.pruners`. If the objective is a function, "val_loss" is reported. Trials
        that refine in every epoch are not compared with trials that do not. None lets every trial finish.
    seed : int, default 0
        Seed of the sampler, of the validation share and of every fit.
    path : path-like, optional
        File that every trial is written to, and that a killed search resumes from; trials that were under way begin
        again. The endings .db, .sqlite and .sqlite3 mean SQLite, any other means Optuna's journal. Searches that differ
        in any argument except `trials`, `path`, `executor` and `workers` may share a file. None keeps the trials in
        memory.
    executor : Executor or "serial", optional
        Any `concurrent.futures.Executor`, which stays open; or "serial" for this thread. None means a pool of processes
        that ends with the search. A pruner needs a folder that all workers can access.
    workers : int, optional
        How many trials are under way at once; None means one per core.
    show_progress : bool, default True
        Show a progress bar on a terminal, a line every 10 s in a log.
    **fit_options : Any
        What `fit` takes besides the samples, such as `mask`: arrays with a row for each sample of X.

    Returns
    -------
    SearchResults
        The best parameters, and all trials that have ended.

    Raises
    ------
    ImportError
        If Optuna is not installed.
    ValueError, TypeError
        For arguments that cannot work.
    FileError
        If the file holds something else; or trials of this search that version 0.1.0 judged by another yardstick, and
        more trials are to come.
    BlockingIOError
        If another search is writing the file.
    KeyboardInterrupt, BrokenExecutor
        After Ctrl-C, or if a worker process dies, as in `npae.study.run_all`; with the attribute `results`.

    References
    ----------
    .. [1] Akiba, Sano, Yanase, Ohta & Koyama, "Optuna: a next-generation hyperparameter optimization framework",
       KDD 2019.
    .. [2] Bergstra, Bardenet, Bengio & Kegl, "Algorithms for hyper-parameter optimization", NIPS 2011, sec. 4.
    """
    goal, (_, options) = Objective(objective, maximize), split_options(model, fit_options, OWN, "search")
    choices = space_of(model, space)
    if VALIDATION not in names_of(model):
        raise ValueError(f"model must be an Autoencoder, whose fit takes validation_data, got {model!r}.")
    goal = goal.common(model, choices, pruner is not None)
    total, seed = _total(trials, choices, checked_sampler(sampler)), _checked_seed(seed)
    refuse_files_of_trials(model, choices, sampler == "grid", total)
    gaps = takes_gaps(model, choices.values_of("missing") or ())
    trial = Trial.of(model, X, validation_data, goal, seed, options, gaps)
    with _begun(trial, choices, sampler, pruner, seed, path, total) as (draws, trial):
        try:
            _carry_out(draws, trial, total, seed, executor, workers, show_progress)
        except (KeyboardInterrupt, BrokenExecutor) as error:
            raise ended_early(error, SearchResults(draws.trials, choices, goal), total, path, "trials") from error
        results = SearchResults(draws.trials, choices, goal)
    warn_if_nothing_works(results, "trials")
    return results


def _checked_seed(seed: int) -> int:
    if not isinstance(seed, numbers.Integral) or isinstance(seed, bool) or int(seed) < 0:
        raise ValueError(f"seed must be an integer of at least 0, got {seed!r}.")
    return int(seed)


def _total(trials: int | None, space: Space, sampler: Sampler) -> int:
    most = len(space.grid(0)) if sampler == "grid" else None
    if trials is None:
        return most or TRIALS
    return min(positive_integer("trials", trials), most or trials)


@contextmanager
def _begun(
    trial: Trial, space: Space, sampler: Sampler, pruner: Pruner, seed: int, path: FilePath | None, total: int
) -> Iterator[tuple[Draws, Trial]]:
    """Keep other searches from writing the file; yield the Draws, and the trial with Reports if there is a pruner."""
    with quiet() as optuna, ExitStack() as stack:
        judge = checked_pruner(pruner, optuna)
        if judge and path is None:
            path = stack.enter_context(own_folder())
        if path is not None:
            stack.enter_context(held(path))
        study = _study(path, trial, space, sampler, judge, seed)
        check_former(study, trial, space, path, judge is not None, total)
        if judge and path is not None:
            refines = refines_every_epoch(changed(trial.model, space.example()))
            trial = replace(trial, reports=reports_of(trial.model.epochs, path, study.study_name, judge, refines))
        yield Draws(optuna, study, space, sampler, seed), trial


def _study(
    path: FilePath | None,
    trial: Trial,
    space: Space,
    sampler: Sampler,
    pruner: optuna.pruners.BasePruner | None,
    seed: int,
) -> optuna.Study:
    """Return Optuna's study for this search; if the file has one of the same name, it is resumed."""
    kinds = [sampler if isinstance(sampler, str) else type(sampler).__name__, type(pruner).__name__]
    name = key_of([plain(trial), space.document(), *kinds], {}, seed)
    return opened_study(path, name, direction="maximize" if trial.objective.upward else "minimize", pruner=pruner)


def _carry_out(
    draws: Draws, trial: Trial, total: int, seed: int, executor: Where, workers: int | None, show_progress: bool
) -> None:
    """Draw and submit trials, as many at a time as there are slots; record in this thread how they end."""
    todo = total - draws.ended
    with (
        progress(total, draws.ended, draws.failed, show_progress) as tell,
        opened(executor, workers, trial, todo) as submit,
    ):

        def keep(drawn: optuna.Trial, outcome: Outcome) -> None:
            tell(draws.tell(drawn, outcome))

        with under_way(submit, keep) as begun:
            for _ in range(todo):
                if len(begun) == slots(executor, workers):
                    begun.take()
                drawn, parameters = draws.ask()
                begun.begin(drawn, {"number": drawn.number, "parameters": parameters}, seed)
