"""The loss of a network as SciPy and Newton methods want it: value and gradient, and exact products of the Hessian.

The functions whose first argument is `self` become methods of `Network`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..samples import Samples
from ..settings.array_types import ArrayLike, FloatArray
from .contracts import check_contracts
from .curvature_offers import check_gauss_newton
from .gauss_newton import GaussNewton
from .hessian import Hessian, check_second_order
from .sides import both_filled

if TYPE_CHECKING:
    from .network import Network


def value_and_gradient(
    self: Network,
    theta: ArrayLike,
    X: ArrayLike | Samples,
    T: ArrayLike | None = None,
    *,
    mask: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    rng: np.random.Generator | None = None,
) -> tuple[float, FloatArray]:
    """Return the loss of theta on samples, and its gradient.

    Parameters
    ----------
    theta : array of shape (n_parameters,)
        The parameters.
    X : array of shape (N, *in_shape)
        The samples.
    T : array of shape (N, *out_shape), default None
        The targets; None means X itself.
    mask : bool array of shape (N, steps), default None
        False where a step of the series X (N, steps, C) is padding. Padding is ignored: the loss is the mean over
        the other steps.
    sample_weight : array of shape (N,), default None
        How much each sample counts, at least 0 and relative to the others: a sample of weight 2 counts as if it
        were there twice. None means that all count alike.
    rng : numpy.random.Generator, default None
        The source of randomness of a training pass, with noise, dropout and sampling; None for a pass without them.

    Returns
    -------
    value : float
        The loss, penalties included.
    gradient : array of shape (n_parameters,)
        A fresh vector in theta's dtype or the network's, whichever is wider: of a float64 theta, float64.

    Raises
    ------
    ValueError
        For arrays of other shapes than the network's, and for weights that are not numbers of at least 0.
    """
    samples = self._match(X, T, mask, sample_weight)
    x, t = self._cast(samples)
    with self.borrow() as workspace:
        try:
            point = self.as_theta(theta)
            shares = {} if samples.weights is None and not samples.gaps else samples.shares()
            value = self.evaluate(workspace, point, x, t, rng, mask=samples.mask, **shares)
        except Exception:
            check_contracts(self, self.as_theta(theta), samples, math.inf)
            raise
        gradient = workspace.gradient.copy()
    return value, gradient if point is theta else gradient.astype(_wider(self, theta), copy=False)


def hessian_product(
    self: Network,
    theta: ArrayLike,
    v: ArrayLike,
    X: ArrayLike | Samples,
    T: ArrayLike | None = None,
    *,
    sample_weight: ArrayLike | None = None,
) -> FloatArray:
    """Return H v, where H holds the exact second derivatives of the loss.

    Parameters
    ----------
    theta, v : arrays of shape (n_parameters,)
        The parameters, and the vector to multiply.
    X, T, sample_weight : as in `value_and_gradient`
        The samples, their targets and weights.

    Returns
    -------
    array of shape (n_parameters,)
        A fresh vector, in the dtype that the gradient at theta has.

    Raises
    ------
    ValueError
        If a layer or the loss has no `second_order`.
    """
    with np.errstate(all="ignore"):
        hessian = self.hessian(X, T, sample_weight=sample_weight)
        product = hessian.product(self.as_theta(theta), self.as_theta(v, "v"))
    return product.astype(_wider(self, theta), copy=False)


def gauss_newton_product(
    self: Network,
    theta: ArrayLike,
    v: ArrayLike,
    X: ArrayLike | Samples,
    T: ArrayLike | None = None,
    *,
    mask: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    rng: np.random.Generator | None = None,
) -> FloatArray:
    """Return B v, where B = J^T H J is the Gauss-Newton matrix of the loss.

    J is the exact derivative of the logits with respect to theta, and H that of the loss with respect to the logits,
    twice. B is symmetric and positive semi-definite, and equals the Hessian where the network is linear in theta.

    Parameters
    ----------
    theta, v : arrays of shape (n_parameters,)
        The parameters, and the vector to multiply.
    X, T, mask, sample_weight, rng : as in `value_and_gradient`
        The samples, their targets, padding and weights, and the source of randomness of a training pass.

    Returns
    -------
    array of shape (n_parameters,)
        A fresh vector, in the dtype that the gradient at theta has.

    Raises
    ------
    ValueError
        If a layer has neither `linearize` nor `second_order`, or the loss no `curvature`; for arrays of other shapes
        than the network's.

    Notes
    -----
    The divergence of a `GaussianCode` adds its exact curvature, and so does `L2`. `L1` and `CodeL1` have none, since
    they are made of straight lines. `MaxNorm` is a bound and not part of the loss. `CodeKL` and penalties of your own
    on codes are left out; one on weights counts if it has a `curvature` (see `WeightPenalty`).

    References
    ----------
    .. [1] Schraudolph, "Fast curvature matrix-vector products for second-order gradient descent", Neural Computation 14
       (2002), sec. 3.

    Examples
    --------
    >>> import numpy as np
    >>> import npae
    >>> network = npae.Network([npae.Dense(2, "tanh")], [npae.Dense(3)], in_shape=(3,))
    >>> rng = np.random.default_rng(0)
    >>> theta, v, X = network.init(rng), rng.standard_normal(network.n_parameters), rng.random((5, 3))
    >>> bool(v @ network.gauss_newton_product(theta, v, X) >= 0)
    True
    """
    samples = self._match(X, T, mask, sample_weight)
    shares = {} if samples.weights is None and not samples.gaps else samples.shares()
    with np.errstate(all="ignore"):
        matrix, point, vector = self.gauss_newton(), self.as_theta(theta), self.as_theta(v, "v")
        try:
            matrix.move(point, *self._cast(samples), rng, mask=samples.mask, **shares)
            product = matrix.product(vector)
        except Exception:
            check_contracts(self, point, samples, math.inf, curved=True)
            raise
    return product.astype(_wider(self, theta), copy=False)


def gauss_newton(self: Network) -> GaussNewton:
    """Return the Gauss-Newton matrix of the loss, for many products at one theta: `move` it there first.

    Returns
    -------
    GaussNewton
        Its `product(v)` is B v.

    Raises
    ------
    ValueError
        If a layer or the loss does not offer what it is made of.
    """
    check_gauss_newton(self.layers, self.loss)
    return GaussNewton(self)


def hessian(
    self: Network,
    X: ArrayLike | Samples,
    T: ArrayLike | None = None,
    *,
    samples: int | None = None,
    sample_weight: ArrayLike | None = None,
) -> Hessian:
    """Return the Hessian on X, for many products at one theta.

    Parameters
    ----------
    X, T : as in `value_and_gradient`
        The samples and their targets.
    samples : int, default None
        The size of the batch that X is a part of; None for X alone. Products of parts add up to the batch's.
    sample_weight : array of shape (N,), default None
        As in `value_and_gradient`.

    Returns
    -------
    Hessian
        Its `product(theta, v)` is H v.

    Raises
    ------
    ValueError
        If a layer or the loss has no `second_order`.
    """
    check_second_order((*self.layers, self.loss))
    data = self._match(X, T, weights=sample_weight)
    x, t = self._cast(data)
    observed = None
    if self.fill is not None:
        x, t, observed = both_filled(self, x, t, data.seen_share)
    t = t if self.target_scaling is None else self.target_scaling.scaled(t)
    x = x if self.scaling is None else self.scaling.scaled(x)
    count, weights = samples or len(x), data.relative_weights
    hessian = Hessian(self.layers, self.loss, self._layout, x, t, count, self.loss_unit, weights)
    hessian.observed, hessian.seen = observed, data.seen_share if self.fill is not None else 1.0
    return hessian


def _wider(network: Network, theta: ArrayLike) -> np.dtype[Any]:
    """Return theta's dtype or the network's, whichever is wider: SciPy needs derivatives as wide as its theta."""
    return np.result_type(network.dtype, np.asarray(theta).dtype)
