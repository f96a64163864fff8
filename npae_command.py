"""The console script ``npae``, beside the package: Ctrl-C while npae is still being imported ends in one line, too."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import NoReturn

INTERRUPTED = 130  # 128 + SIGINT, as shells count


def main() -> None:
    """Import npae and run the command line, which ends the process."""
    is_heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # nohup and the like ignore it
    if is_heard:
        signal.signal(signal.SIGINT, end)  # what is being imported could catch an exception, or show it
    try:
        from npae.command_line.program import program

        if is_heard:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        program(prog_name="npae")
    except KeyboardInterrupt:  # before the program listens to it
        end()


def end(*_: object) -> NoReturn:
    """Say that the command was interrupted, and end the process, which has nothing to put in order yet."""
    with suppress(OSError):
        os.write(2, b"npae: interrupted\n")
    os._exit(INTERRUPTED)
