"""Many runs of one experiment: over seeds and over settings, in parallel, resumable, and what they amount to."""

from .models import measures, repeat, sweep
from .results import Results
from .runs import run_all

__all__ = ["Results", "measures", "repeat", "run_all", "sweep"]
