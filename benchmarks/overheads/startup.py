"""How long does it take until the first line of a user's program runs?"""

from benchmarks.shared.harness import benchmark, compare, in_fresh_process

TIMED = "import time; began = time.perf_counter(); {}; print(time.perf_counter() - began)"


@benchmark("import")
def import_time(quick):
    """`import npae` against `import numpy, scipy.optimize`, in fresh processes."""
    yield compare(
        "import npae",
        lambda _: in_fresh_process(TIMED.format("import npae")),
        "import numpy, scipy.optimize",
        lambda _: in_fresh_process(TIMED.format("import numpy, scipy.optimize")),
        repetitions=1 if quick else 15,
        target=1.2,
    )
