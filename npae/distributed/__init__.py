"""Training on a Dask cluster, on samples that no machine holds all of."""

from .cluster_fit import fit
from .objective import DistributedObjective
from .parts import Rows

__all__ = ["DistributedObjective", "Rows", "fit"]
