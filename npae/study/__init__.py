"""Many runs of one experiment: over seeds and over settings, in parallel, resumable, and what they amount to."""

from .executors import RunLost
from .ranges import Integers, Uniform
from .results import Results
from .runs import run_all
from .search import search
from .search_results import SearchResults
from .sweeps import measures, repeat, sweep

__all__ = [
    "Integers",
    "Results",
    "RunLost",
    "SearchResults",
    "Uniform",
    "measures",
    "repeat",
    "run_all",
    "search",
    "sweep",
]
