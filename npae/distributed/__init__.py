"""Training on a Dask cluster, on rows that no machine holds."""

from .cluster_fit import fit
from .objective import DistributedObjective
from .parts import Rows

__all__ = ["DistributedObjective", "Rows", "fit"]
