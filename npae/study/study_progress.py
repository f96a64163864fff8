"""How far a study is: a bar on a terminal, a line now and then in a log."""

import sys
import time
from contextlib import contextmanager


@contextmanager
def progress(total, finished=0, failed=0, show=True, every=10.0):
    """Context manager that yields a function to call with the row of every run that ends.

    Parameters
    ----------
    total : runs of the study. finished, failed : of them already in its file.
    show : false for silence.
    every : seconds between two lines in a log.
    """
    if not show:
        yield lambda row: None
    elif sys.stderr.isatty():
        yield from _bar(total, finished, failed)
    else:
        yield _lines(total, finished, failed, every)


def _bar(total, finished, failed):
    from tqdm import tqdm

    with tqdm(total=total, initial=finished, unit="run", leave=False) as bar:

        def ended(row):
            nonlocal failed
            failed += row["status"] == "failed"
            bar.set_postfix_str(f"{failed} failed" if failed else "", refresh=False)
            bar.update()

        yield ended


def _lines(total, finished, failed, every):
    began = last = time.monotonic()
    done = 0

    def ended(row):
        nonlocal failed, done, last
        failed, done, now = failed + (row["status"] == "failed"), done + 1, time.monotonic()
        if now - last >= every:
            last, left = now, (now - began) / done * (total - finished - done)
            text = f"run {finished + done} of {total}, {failed} failed, about {left:.0f} s left"
            print(text, file=sys.stderr, flush=True)

    return ended
