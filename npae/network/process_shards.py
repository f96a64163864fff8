"""Shards of a batch in processes of their own, which Python's lock does not hold up.

Where two threads call NumPy for a few microseconds at a time, each waits for the lock that the other holds. Processes
wait for nothing but a command, which takes 30 to 40 microseconds there and back.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, TypeGuard

import numpy as np

from ..execution.shared_memory import SharedArray
from ..execution.worker_rules import WorkerLost
from ..optimize import Optimizer
from ..optimize.optimizer import arrays_of, changes_gradient, prepare_gradient
from ..samples import Samples
from ..settings.array_types import FloatArray, IntArray
from ..settings.callers import stacklevel_of_caller
from .frozen_curvature import FrozenCurvature
from .network import Network
from .process_team import ProcessTeam, bytes_to_copy
from .shards import Batch, Moving, Shards, StepRule, whole_batch
from .team_choice import MOST_DATA, TeamChoice

SHARED_STEP = 30_000  # entries of theta from which on processes share an optimizer's step


class ProcessShards:
    """Evaluates a network on several processes: an Evaluator with the same bits as `Shards` with as many threads.

    Shard 0 is the calling process's. Theta, gradients, the optimizer's memory and the data lie in shared memory; data
    in a mapped file stay there. Whatever needs the curvature of the loss has it from threads.

    Parameters
    ----------
    network : Network
        What is evaluated.
    count : int
        The number of shards.
    at_a_time : int, default None
        As for `Shards`.
    choose : bool, default False
        Whether processes take over only where they are measured to be faster than threads.

    Raises
    ------
    ValueError
        If the network cannot travel to another process, and threads are no choice.
    """

    def __init__(self, network: Network, count: int, at_a_time: int | None = None, *, choose: bool = False) -> None:
        self._network, self._count, self._at_a_time = network, count, at_a_time
        self._choice = TeamChoice()
        self._forced = not choose
        self._team: ProcessTeam | None = None
        self._begun = self._pending = False
        self._epoch = 0
        self._arrays: list[SharedArray] = []
        self._threads = Shards(network, count, at_a_time, self._shared_gradients())
        try:
            if self._forced:
                self._attempt(self._begin)
        except BaseException:
            self.__exit__()
            raise

    def _shared_gradients(self) -> list[FloatArray] | None:
        """Return the gradients of all shards, in shared memory, after theta; None if there is none."""
        try:
            for _ in range(self._count + 1):
                self._arrays.append(SharedArray((self._network.n_parameters,), self._network.dtype))
        except BaseException as error:
            while self._arrays:
                self._arrays.pop().close()
            if not isinstance(error, OSError):
                raise
            self._do_without(error)
            return None
        return [shared.array for shared in self._arrays[1:]]

    def __enter__(self) -> ProcessShards:
        return self

    def __exit__(self, *exception: object) -> None:
        with ExitStack() as stack:
            stack.callback(self._arrays.clear)
            for shared in self._arrays:
                stack.callback(shared.close)
            stack.push(self._threads)
            if self._team is not None:
                stack.push(self._team)
            with suppress(WorkerLost):
                self._complete()  # training goes on from this gradient
        self._team = None

    @property
    def gradient(self) -> FloatArray:
        """The batch's gradient after `evaluate`."""
        self._complete()
        return self._threads.gradient

    @contextmanager
    def holding(self, state: Moving) -> Iterator[None]:
        """Context manager: the theta of a training lies in shared memory, and goes back at the end."""
        if not self._arrays:
            yield
            return
        shared = self._arrays[0].array
        np.copyto(shared, state.theta)
        state.theta = shared
        try:
            yield
        finally:
            state.theta = state.theta.copy()
            for name, array in arrays_of(state.optimizer).items():
                state.optimizer[name] = array.copy()

    def begin_epoch(self, epoch: int) -> None:
        """Tell the layers that epoch number `epoch` begins, counted from 0."""
        self._epoch = epoch
        self._threads.begin_epoch(epoch)

    def curvature_on(self, samples: Samples, seed: int | None) -> FrozenCurvature:
        """Return the loss on samples to second order, from threads."""
        return self._threads.curvature_on(samples, seed)

    def evaluate(
        self,
        theta: FloatArray,
        samples: Samples,
        *,
        rows: IntArray | None = None,
        rng: np.random.Generator | None = None,
        gradient: bool = True,
    ) -> float:
        """Return the loss of theta on samples, or on those at `rows`; leave the gradient in `gradient`."""
        team = self._team_of_step(samples) if gradient else self._team_in_use()
        self._pending = False
        if team is None:
            return self._threads.evaluate(theta, samples, rows=rows, rng=rng, gradient=gradient)
        try:
            team.look_at(theta, samples, rows)
        except OSError as error:
            self._do_without(error)
            return self._threads.evaluate(theta, samples, rows=rows, rng=rng, gradient=gradient)
        seeds = None if rng is None else rng.integers(2**63, size=self._count)
        value = team.evaluate(theta, rows, self._epoch, seeds, whole_batch(samples, rows, gradient))
        self._pending = gradient
        return value

    def step(
        self, optimizer: StepRule, theta: FloatArray, eta: float, memory: dict[str, Any], batch: Batch | None = None
    ) -> None:
        """Let an optimizer move theta along `gradient`, each process a part; show it the curvature if it asks."""
        team, rule = self._team_in_use(), None
        if team is not None and len(theta) >= SHARED_STEP and theta is self._arrays[0].array:
            rule = self._rule_of(team, optimizer, memory)
        if team is None or rule is None:
            self._complete()
            self._threads.step(optimizer, theta, eta, memory, batch)
            return
        if changes_gradient(rule, memory):
            self._complete()
            prepare_gradient(rule, self._threads.gradient, memory)
        numbers, kept = rule.begin(eta, memory), 1 - eta * rule.weight_decay
        pending, self._pending = self._pending, False  # whatever interrupts it, nothing is added twice
        team.move(rule, arrays_of(memory), numbers, kept, pending=pending)

    def _rule_of(self, team: ProcessTeam, optimizer: StepRule, memory: dict[str, Any]) -> Optimizer | None:
        """Return the optimizer if processes can share its step, otherwise None."""
        if not _moves_pieces(optimizer):
            return None
        try:
            return optimizer if team.takes(optimizer, memory) else None
        except OSError as error:
            self._complete()
            self._do_without(error)
            return None

    def _complete(self) -> None:
        """Add up the gradients of the shards, if that is pending."""
        if self._pending and self._team is not None:
            self._team.add_up()
        self._pending = False

    def _team_in_use(self) -> ProcessTeam | None:
        """Return the team if it is at work."""
        return self._team if self._begun and (self._forced or self._choice.processes) else None

    def _team_of_step(self, samples: Samples) -> ProcessTeam | None:
        """Return the team that is to take a step that begins, None for threads; start or end it as the choice says."""
        choice = self._choice
        if self._forced or choice.over:
            return self._team_in_use()
        if self._team is not None and self._team.ready and not self._begun:
            self._attempt(self._begin)
        choice.step_begins(self._begun)
        if choice.wanted and self._team is None:
            if bytes_to_copy(samples) > MOST_DATA:
                choice.give_up()
            else:
                self._attempt(self._start)
        if choice.over and not choice.processes:
            self._end()
        return self._team_in_use()

    def _start(self) -> None:
        self._team = ProcessTeam(self._network, self._arrays[1:], self._arrays[0], self._at_a_time)

    def _begin(self) -> None:
        """Wait until the processes have started, and share theta with them."""
        if self._team is None:
            self._start()
        assert self._team is not None
        self._team.begin()
        self._begun = True

    def _attempt(self, action: Callable[[], None]) -> None:
        """Start the processes or begin with them; go on with threads if that cannot be, unless they were asked for."""
        try:
            action()
        except (OSError, WorkerLost) as error:
            self._do_without(error)
        except ValueError:
            self._end()
            if self._forced:
                raise
            self._choice.give_up()

    def _end(self) -> None:
        """End the processes; threads do the work from now on."""
        team, self._team, self._begun = self._team, None, False
        if team is not None:
            team.__exit__()

    def _do_without(self, error: Exception) -> None:
        """Go on with threads, and say so if somebody asked for processes."""
        self._end()
        self._choice.give_up()
        if self._forced:
            what, hint = str(error).rstrip("."), "Threads share the work; train with workers=1 to ask for them."
            warnings.warn(f"worker processes cannot be used here: {what}. {hint}", stacklevel=stacklevel_of_caller())
            self._forced = False


def _moves_pieces(rule: StepRule) -> TypeGuard[Optimizer]:
    """Return whether an optimizer moves each piece of theta by itself: it has no step of its own."""
    if not isinstance(rule, Optimizer):
        return False
    kind = type(rule)
    return kind.step is Optimizer.step and kind.move_part is Optimizer.move_part
