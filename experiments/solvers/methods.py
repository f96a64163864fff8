"""The solvers that are compared, the settings to choose from, and the errors that papers report."""

import importlib.util
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import npae

NO_END = {"gtol": 0.0}  # solvers go on until their time is over
LIMIT = 10**9
SAMPLE = 2400  # of Hessian-free: training samples of a draw, so few that npae keeps what depends on theta alone


@dataclass(frozen=True)
class Method:
    """A solver and the settings that are tried for it.

    Attributes
    ----------
    label : str
    kind : str
        "fit" for an optimizer of npae that takes batches, "refine" for a `Refine`, "torch" for PyTorch's Adam.
    make : function, default None
        make(eta) returns the optimizer, make(eta) the Refine.
    etas, batches : tuple, default (None,)
        The grid; the first entries are tried first. None where there is nothing to choose.
    """

    label: str
    kind: str
    make: Callable | None = None
    etas: tuple = (None,)
    batches: tuple = (None,)

    @property
    def grid(self):
        """A dict of `eta` and `batch` for each entry."""
        return [{"eta": eta, "batch": batch} for batch, eta in itertools.product(self.batches, self.etas)]

    def solver(self, eta):
        """Return the optimizer or the Refine, whose fields are part of a run's identity; of PyTorch's, its name."""
        return "torch.optim.Adam(fused=True)" if self.make is None else self.make(eta)


def kfac(_):
    """Return K-FAC as npae has it by default."""
    return npae.KFAC()


def momentum(eta):
    """Return Nesterov's momentum of 0.99; etas are for a mean over 784 pixels, 784 times as large as for their sum."""
    return npae.Momentum(eta, momentum=0.99, nesterov=True)


def hessian_free(_):
    """Return Hessian-free steps, 20 on each draw of samples: all of them would take minutes for a step."""
    return npae.Refine("hessian-free", max_iterations=20, sample=SAMPLE, options=NO_END)


def limited_bfgs(_):
    """Return SciPy's L-BFGS-B on all samples."""
    options = NO_END | {"ftol": 0.0, "maxcor": 20, "maxiter": LIMIT, "maxfun": LIMIT}
    return npae.Refine("L-BFGS-B", max_iterations=None, options=options)


def bfgs(_):
    """Return npae's BFGS on all samples, which forgets its steps whenever they take 2 GB."""
    return npae.Refine("BFGS", max_iterations=None, max_memory=2e9, options=NO_END | {"maxiter": LIMIT})


ETAS, BATCHES = (1e-3, 3e-3, 3e-4), (250, 100, 1000)
METHODS = {
    "kfac": Method("K-FAC", "fit", kfac, batches=(1000,)),
    "hessian-free": Method("Hessian-free", "refine", hessian_free),
    "l-bfgs-b": Method("L-BFGS-B", "refine", limited_bfgs),
    "bfgs": Method("BFGS", "refine", bfgs),
    "adam": Method("Adam", "fit", npae.Adam, ETAS, BATCHES),
    "momentum": Method("Momentum", "fit", momentum, (2.0, 8.0, 0.4), BATCHES),
    "torch-adam": Method("Adam, PyTorch", "torch", None, ETAS, BATCHES),
}
BASE, TORCH, ADAM = "kfac", "torch-adam", "adam"
PEERS = TORCH, ADAM  # of the ratios


@dataclass(frozen=True)
class Published:
    """An error that a paper reports: squared, summed over the pixels, a mean over pictures."""

    task: str
    method: str
    part: str
    error: float
    source: str

    @property
    def year(self):
        """The year of the paper."""
        return next(word for word in self.source.replace(",", " ").split() if word.isdigit() and len(word) == 4)


HINTON = "Hinton & Salakhutdinov 2006, Fig. 2"
SUTSKEVER = "Sutskever, Martens, Dahl & Hinton 2013, Table 1"
# Numbers of Hinton & Salakhutdinov were checked; those of Sutskever et al. are quoted without the paper at hand. Those
# of Martens 2010 and Martens & Grosse 2015 are left out, since they are not sure.
PUBLISHED = (
    Published("curves", "pre-training, then conjugate gradients", "test", 1.44, HINTON),
    Published("mnist", "pre-training, then conjugate gradients", "test", 3.00, HINTON),
    Published("curves", "hessian-free", "train", 0.058, SUTSKEVER),
    Published("mnist", "hessian-free", "train", 0.69, SUTSKEVER),
    Published("curves", "momentum", "train", 0.074, SUTSKEVER),
    Published("mnist", "momentum", "train", 0.73, SUTSKEVER),
)
OTHER_PICTURES = {  # tasks whose published errors are of other pictures, and how we know
    "curves": "other pictures: 18 principal components leave 17.3 here, and 5.90 of the published ones"
}


def missing(name):
    """Return why a method cannot run here, as a line, or "" if it can."""
    method = METHODS[name]
    if method.kind == "torch" and importlib.util.find_spec("torch") is None:
        return f"{method.label} is left out: PyTorch is not installed."
    try:
        method.solver(method.etas[0])
    except (AttributeError, ValueError) as error:
        return f"{method.label} is left out: {error}"
    return ""
