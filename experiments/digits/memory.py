"""How much memory does a training take?"""

import tracemalloc
from dataclasses import replace


def training_megabytes(recipe, X):
    """Return the peak of what training on X allocates beyond X, in MB, without what BLAS keeps for itself.

    It does not depend on the number of batches: trace one epoch over a few of them.
    """
    model = replace(recipe, epochs=1, callbacks=(), threads=1).autoencoder(0)
    tracemalloc.start()
    try:
        model.fit(X)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()
