"""What a worker process does: make its servant, and carry out commands until the socket is closed."""

from __future__ import annotations

import os
import pickle
import select
import socket
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from .blas import blas_threads
from .processes import PAUSE, SPINS

ASLEEP = 1000  # milliseconds after which a worker that waits looks whether its parent is there


def serve(descriptor: int, parent: int) -> None:
    """Serve the process that started this one, through the socket of a descriptor, until it ends or hangs up."""
    wire, line = Connection(os.dup(descriptor)), socket.socket(fileno=descriptor)
    poll = select.poll()
    poll.register(line, select.POLLIN)
    try:
        with np.errstate(all="ignore"), blas_threads(1):
            _serve(wire, line, poll, parent)
    except (EOFError, OSError):
        pass  # the parent has ended, or hung up
    os._exit(0)  # nothing is left to tidy up, and threads of libraries must not keep it


def _serve(wire: Connection, line: socket.socket, poll: select.poll, parent: int) -> None:
    _wait(poll, parent)
    try:
        make, arguments = pickle.loads(wire.recv_bytes())
        servant = make(*arguments)
    except BaseException as error:
        _answer(wire, 0, True, error)
        while line.recv(2**16):  # until the parent, which knows now, hangs up
            pass
        return
    _answer(wire, 0, False, None)
    while True:
        _wait(poll, parent)
        if line.recv(1, socket.MSG_PEEK) == b"d":
            _, descriptors, _, _ = socket.recv_fds(line, 1, 1)
            servant.descriptors.append(descriptors[0])
            continue
        message = wire.recv_bytes()
        number = int.from_bytes(message[:8], "big")
        try:
            command, arguments = pickle.loads(message[8:])
            answer, failed = None if command == PAUSE else getattr(servant, command)(*arguments), False
        except BaseException as error:
            answer, failed = error, True
        _answer(wire, number, failed, answer)


def _wait(poll: select.poll, parent: int) -> None:
    """Return when there is a message: look for a while, then sleep. End with the parent."""
    for _ in range(SPINS):
        if poll.poll(0):
            return
    while not poll.poll(ASLEEP):
        if os.getppid() != parent:
            os._exit(0)


def _answer(wire: Connection, number: int, failed: bool, answer: Any) -> None:
    """Send what came out; of an exception that cannot travel, its name and its text."""
    try:
        message = pickle.dumps((number, failed, answer), pickle.HIGHEST_PROTOCOL)
        if failed:
            pickle.loads(message)  # some can be packed but not unpacked
    except Exception:
        message = pickle.dumps((number, True, RuntimeError(f"{type(answer).__name__}: {answer}")))
    wire.send_bytes(message)
