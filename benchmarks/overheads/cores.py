"""What more cores cost: handing work over, adding up the threads' gradients, and the memory that all cores share.

From these follow the estimates for 4 to 16 cores in docs/performance.md, which are on paper: this is measured on two.
"""

from functools import partial

import numpy as np

import npae
from benchmarks.shared.harness import alone, benchmark, clock, on
from npae.execution.threads import Threads
from npae.network import Shards
from npae.network.process_shards import ProcessShards
from npae.network.shard import add_up
from npae.samples import Samples

NUMBERS = 2**24  # of an array that no cache holds, float32


@benchmark("cores")
def cores(quick):
    """Costs of a second core: a call on two threads or processes, adding a million numbers, bytes a second."""
    repetitions = 3 if quick else 30
    with Threads(2) as team:
        nothing = clock(lambda: team.do(lambda _: None))
        yield alone("two threads do nothing", on(1, nothing), repetitions=repetitions)
    network = npae.Network([npae.Dense(1)], [npae.Dense(1)], in_shape=(1,))
    theta, samples = network.init(np.random.default_rng(0)), Samples(np.ones((2, 1)))
    for name, team in {"threads": Shards(network, 2), "processes": ProcessShards(network, 2)}.items():
        with team, np.errstate(all="ignore"):
            evaluate = clock(partial(team.evaluate, theta, samples))
            yield alone(f"value and gradient of 1-1-1 on two {name}", on(1, evaluate), repetitions=repetitions)
    gradients = np.ones((2, 10**6), np.float32)
    add = clock(lambda: add_up(gradients, slice(None)))
    yield alone("adding a gradient of 1,000,000 numbers, float32", on(1, add), repetitions=repetitions)
    yield from _bandwidth(repetitions)


def _bandwidth(repetitions):
    """Yield the rows of copying an array that no cache holds: one byte read and one written count as two."""
    source, place = np.ones((2, NUMBERS), np.float32)
    for count in (1, 2):
        with Threads(count) as team:

            def copy(number, team=team):
                part = team.part(number, NUMBERS)
                place[part] = source[part]

            seconds = clock(partial(team.do, copy))
            what = f"copying {source.nbytes / 1e6:.0f} MB on {count} thread{'s' * (count > 1)}"
            yield alone(
                what, lambda i, s=seconds: 2e-9 * source.nbytes / on(1, s)(i), repetitions=repetitions, unit="GB/s"
            )
