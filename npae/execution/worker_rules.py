"""Where worker processes can be, and what happens when one is lost. Nothing here imports what starts them."""

from __future__ import annotations

import os
import sys

ENVIRONMENT = "NPAE_WORKER"  # a variable that is set in workers


class WorkerLost(RuntimeError):
    """A worker process has ended before its work was done; the model keeps the best theta.

    Examples
    --------
    >>> import npae
    >>> ae = npae.Autoencoder([64], optimizer="adam", refine=None, epochs=1000, workers=2)
    >>> try:                                              # doctest: +SKIP
    ...     ae.fit(X)
    ... except npae.WorkerLost as error:
    ...     print(error, ae.history_["loss"][-1])
    """


def supported() -> bool:
    """Return whether this system can start workers: not Windows, nor a program that carries Python inside."""
    import select
    import socket

    python = bool(sys.executable) and not getattr(sys, "frozen", False)
    return python and hasattr(socket, "send_fds") and hasattr(select, "poll")


def processes_may_help() -> bool:
    """Return whether this process may start workers that nobody asked for.

    It may not where it is a worker itself, nor where another program runs Python, such as a web server, nor in a
    free-threaded Python, whose threads wait for no lock.
    """
    import multiprocessing

    locked = getattr(sys, "_is_gil_enabled", lambda: True)()
    alone = multiprocessing.parent_process() is None and ENVIRONMENT not in os.environ
    python = "py" in os.path.basename(sys.executable or "").lower()
    return supported() and python and locked and alone
