"""A team of worker processes, each of which has a servant that carries out commands.

A command is a few hundred bytes that travel through a socket. Large arrays lie in shared memory, whose descriptors
travel the same way. A worker ends with the socket, so that none outlives the process that started it.
"""

from __future__ import annotations

import itertools
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from .pickling import pickled
from .shared_memory import SharedArray
from .worker_rules import ENVIRONMENT, WorkerLost, supported

SPINS = 1000  # looks for an answer, each of half a microsecond, before the process sleeps until there is one
PATIENCE = 5.0  # seconds that a worker may take to end
START = 60.0  # seconds that it may take to start
PAUSE = "pause"  # a command that does nothing
BOOT = "import sys; sys.path[:] = {path!r}; from npae.execution.worker import serve; serve({descriptor}, {parent})"


class NoServant(Exception):
    """A worker could not make its servant, as a class that it needs is not in a module, for instance."""


class Processes:
    """A team of worker processes; a context manager, with which they end.

    Parameters
    ----------
    count : int
        The number of workers, besides the calling process.
    servant : callable
        `servant(number, *arguments)` returns the servant of worker number 1, ..., count. Its methods are the commands.
        The function and its arguments are pickled: they must come from modules that a new process can import, unless
        cloudpickle is loaded.
    arguments : tuple, default ()
        What every servant is made of.

    Raises
    ------
    OSError
        If processes or sockets cannot be started on this system.
    """

    def __init__(self, count: int, servant: Callable[..., object], arguments: tuple[Any, ...] = ()) -> None:
        if ENVIRONMENT in os.environ:
            hint = 'Put what trains under `if __name__ == "__main__":`, as workers import the module that it is in.'
            raise RuntimeError(f"workers must not be started by a worker. {hint}")
        if not supported():
            raise OSError("this system has no Unix sockets, or no path to Python")
        self._workers: list[_Worker] = []
        self._numbers = itertools.count(1)
        self._process = os.getpid()
        try:
            for number in range(1, count + 1):
                self._workers.append(_Worker(number))
            for worker in self._workers:
                worker.send(pickled((servant, (worker.number, *arguments))))
        except BaseException:
            self.__exit__()
            raise

    @property
    def ids(self) -> list[int]:
        """The ids of the processes."""
        return [worker.process.pid for worker in self._workers]

    @property
    def ready(self) -> bool:
        """Whether all servants have been made, or could not be made: no answer to the first call will be late."""
        return all(worker.greeted() for worker in self._workers)

    def call(self, command: str, *arguments: Any, own: Callable[[], Any] | None = None) -> list[Any]:
        """Let every servant carry out a command, and `own()` here at the same time.

        If some raise, the exception of the lowest number is raised again. Ctrl-C is raised when all have ended, as they
        write to shared arrays until then.

        Returns
        -------
        list
            What `own` returned, then what the servants did.

        Raises
        ------
        WorkerLost
            If a worker has ended.
        """
        number = next(self._numbers)
        message = packed(number, command, arguments)
        try:
            for worker in self._workers:
                worker.send(message)
            answers = [own() if own is not None else None]
            for worker in self._workers:
                failed, answer = worker.answer_to(number)
                if failed:
                    raise answer
                answers.append(answer)
        except (WorkerLost, NoServant):
            raise
        except BaseException:
            self._pause()
            raise
        return answers

    def lend(self, name: str, shared: SharedArray) -> None:
        """Let every servant's method `take(name, descriptor, shape, dtype)` attach to a shared array."""
        for worker in self._workers:
            worker.send_descriptor(shared.descriptor)
        self.call("take", name, shared.array.shape, shared.array.dtype.str)

    def _pause(self) -> None:
        """Wait until no worker is at work, whatever was sent to it; Ctrl-C in the meantime ends them."""
        try:
            number = next(self._numbers)
            for worker in self._workers:
                worker.send(packed(number, PAUSE, ()))
            for worker in self._workers:
                worker.answer_to(number)
        except KeyboardInterrupt:
            for worker in self._workers:
                worker.process.kill()

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process != os.getpid():  # forked: they are the parent's
            return
        for worker in self._workers:
            worker.hang_up()
        for worker in self._workers:
            worker.end()
        self._workers.clear()


class _Worker:
    """A worker process, seen by the one that started it."""

    def __init__(self, number: int) -> None:
        self.number = number
        ours, theirs = socket.socketpair()
        with theirs:
            os.set_inheritable(theirs.fileno(), True)
            path = [entry for entry in sys.path if isinstance(entry, str)]  # Python itself passes over others
            boot = BOOT.format(path=path, descriptor=theirs.fileno(), parent=os.getpid())
            self.process = subprocess.Popen(
                [sys.executable, "-c", boot],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C on a terminal is for the parent, which ends its workers
                env=os.environ | {ENVIRONMENT: str(number)},
            )
        self._socket, self._wire = ours, Connection(os.dup(ours.fileno()))
        self._poll, self._greeted = select.poll(), False
        self._poll.register(ours, select.POLLIN)

    def greeted(self) -> bool:
        """Return whether the first message has come: the servant has been made, or the process has ended."""
        return self._greeted or bool(self._poll.poll(0))

    def send(self, message: bytes) -> None:
        """Send a message."""
        try:
            self._wire.send_bytes(message)
        except (BrokenPipeError, ConnectionError):
            self._lost()

    def send_descriptor(self, descriptor: int) -> None:
        """Send a file descriptor."""
        try:
            socket.send_fds(self._socket, [b"d"], [descriptor])
        except (BrokenPipeError, ConnectionError):
            self._lost()

    def answer_to(self, number: int) -> tuple[bool, Any]:
        """Return the answer to the message of a number, (whether it failed, what came out); skip those before."""
        while True:
            answered, failed, answer = self._receive()
            if answered == 0:
                if failed:
                    raise NoServant(f"{type(answer).__name__}: {answer}")
                self._greeted = True
            elif answered == number:
                return failed, answer

    def _receive(self) -> tuple[int, bool, Any]:
        for _ in range(SPINS):
            if self._poll.poll(0):
                break
        if not self._greeted and not self._poll.poll(1000 * START):
            raise OSError(f"worker process {self.number} has not started within {START:g} seconds")
        try:
            answer: tuple[int, bool, Any] = pickle.loads(self._wire.recv_bytes())
        except (EOFError, ConnectionError):
            self._lost()
        return answer

    def _lost(self) -> NoReturn:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)
        code = self.process.returncode
        how = f"by {_name_of_signal(-code)}" if code is not None and code < 0 else f"with exit code {code}"
        hint = "Train with workers=1 if memory is short, for each process needs some."
        raise WorkerLost(f"worker process {self.number} (id {self.process.pid}) was ended {how}. {hint}") from None

    def hang_up(self) -> None:
        """Close the socket, whereupon the process ends."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._wire.close()

    def end(self) -> None:
        """Wait for the end of the process; kill it if it takes long."""
        try:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE)
        finally:
            self.process.kill()  # does nothing to one that has ended
            self.process.wait()


def _name_of_signal(number: int) -> str:
    """Return SIGKILL for 9, and so on; some numbers have no name."""
    names = {each.value: each.name for each in signal.Signals}
    return names.get(number, f"signal {number}")


def packed(number: int, command: str, arguments: tuple[Any, ...]) -> bytes:
    """Return a command as a message: its number comes first, to be known even if the rest cannot be unpacked."""
    return number.to_bytes(8, "big") + pickle.dumps((command, arguments), pickle.HIGHEST_PROTOCOL)
