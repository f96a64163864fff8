"""What the commands of all experiments share."""

import sys
from contextlib import contextmanager


@contextmanager
def one_message(name):
    """Context manager: what cannot work, and Ctrl-C, end the program `name` with one line instead of a traceback."""
    try:
        yield
    except KeyboardInterrupt as error:
        sys.exit(f"{error or 'interrupted'}")
    except (ValueError, TypeError, MemoryError, OSError, ImportError) as error:
        sys.exit(f"{name}: {error}")
