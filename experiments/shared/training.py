"""Training: one model, one run of a study, and all runs of a study."""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import npae
from npae import study
from npae.study.identity import key_of, plain


def fitted(model, X, what=None, *, interrupted="", **options):
    """Fit the model and return it; print how long that took if `what` names it.

    KeyboardInterrupt, with the message `interrupted`, if Ctrl-C ended the training: half-trained models are not
    counted. What npae warns of at the end of a training is silenced: the numbers of a study say it, and it stops early,
    or trains what fails, on purpose.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", npae.TrainingWarning)
        model.fit(X, **options)
    if model.stop_reason_ == "interrupted":
        raise KeyboardInterrupt(interrupted)
    if what is not None:
        print(f"{what}: trained in {model.history_['seconds'][-1]:.1f} s", flush=True)
    return model


@dataclass(frozen=True)
class Train:
    """One run of a study: train the model of a setting with a seed, and measure it.

    Attributes
    ----------
    prepare : function
        ``prepare(seed=seed, **setting)`` returns the model, not fitted; the samples X to fit it to; and the data to
        measure it on. It is defined in a file, or a `functools.partial` of such a function.
    measure : function
        ``measure(model, data)`` returns numbers by name.
    folder : Path, default None
        Where the model of seed 0 of each setting is kept. It is not part of a run's identity.
    """

    prepare: Callable
    measure: Callable
    folder: Path | None = field(default=None, compare=False)

    def __call__(self, *, seed, **setting):
        model, X, data = self.prepare(seed=seed, **setting)
        began, processor = time.perf_counter(), time.process_time()
        fitted(model, X)
        seconds = {"seconds_training": time.perf_counter() - began, "cpu_seconds": time.process_time() - processor}
        if self.folder is not None and seed == 0:
            model.save(self.path(**setting))
        return {**self.measure(model, data), **seconds}

    def fitted(self, *, seed, **setting):
        """Return the trained model of a run; equal seeds give equal models."""
        model, X, _ = self.prepare(seed=seed, **setting)
        return fitted(model, X)

    def path(self, **setting):
        """Return the file of a setting's first model; its name is the key of that run in runs.jsonl."""
        described = {name: plain(value) for name, value in setting.items()}
        return self.folder / f"{key_of(plain(self), described, 0)}.npz"


def run_study(function, settings, args, out, seeds, **options):
    """Carry out the runs that are not in runs.jsonl yet; return the Results of all of them.

    Parameters
    ----------
    function : function or Train
        What `npae.study.run_all` calls for each setting and seed.
    settings : list of dicts
        What the function gets besides the seed.
    args : Namespace
        Of a `study_parser`. A quick run stays in this process, unless --workers asks for others.
    out : Path
        The folder of runs.jsonl.
    seeds : int or sequence of int
        Runs of each setting.
    **options
        Of `npae.study.run_all`.
    """
    serial = args.quick and args.workers is None
    return study.run_all(
        function,
        settings,
        seeds=seeds,
        path=out / "runs.jsonl",
        executor="serial" if serial else None,
        workers=args.workers or args.usual_workers,
        **options,
    )
