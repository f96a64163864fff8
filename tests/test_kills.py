"""Whatever is killed, and whenever: it goes on to the same bits, and leaves no file, lock, memory or process.

NPAE_KILLS=100 kills each kind of work a hundred times.
"""

import os
import random
import zlib
from pathlib import Path

import pytest
from killed_work import TEAMS
from killing import kill

KILLS = int(os.environ.get("NPAE_KILLS", "2"))
KINDS = ("batches", "refinement", "threads", "processes", "run_all", "repeat", "search on processes", "saving")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found in /proc"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_work_that_is_killed_at_random_moments_ends_as_if_nothing_had_happened(kind, tmp_path):
    if kind.startswith("search"):
        pytest.importorskip("optuna")
    tally = kill(kind, tmp_path, KILLS, random.Random(zlib.crc32(kind.encode())))
    assert tally.killed == KILLS and tally.whole >= 1
    assert tally.workers == 0 or kind in TEAMS
    print(f"{kind}: {tally}")
