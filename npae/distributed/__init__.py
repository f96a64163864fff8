"""Training on a Dask cluster, on rows that no machine holds."""

from .objective import DistributedObjective
from .rows import Rows
from .training import fit

__all__ = ["DistributedObjective", "Rows", "fit"]
