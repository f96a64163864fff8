"""The fully connected layer."""

from __future__ import annotations

from dataclasses import dataclass

from ..activations import ACTIVATIONS, IDENTITY, check_activation
from ..settings.array_types import FloatArray, Shape, Views
from ..settings.checks import positive_integer
from .affine import affine, affine_parameters, affine_second_order, by_steps, second_order_by_steps
from .context import Context
from .layer import Along, Backward, Layer, Pass, SecondOrderPass
from .linearization import Linearization
from .linearized_affine import linearized_affine
from .parameters import Bias, Weight


@dataclass(frozen=True)
class Dense(Layer):
    """Affine map and activation: y = f(x W + b), linear unless an activation is given.

    An int among an estimator's layers, in contrast, has the estimator's activation, tanh by default.
    x (N, D), W (D, K), b (K,), y (N, K). Every step of series x (N, T, D) is such a row: y (N, T, K).

    Parameters
    ----------
    units : int
        K, at least 1.
    activation : str, default "identity"
        Name of f, by default none (linear): identity, tanh, sigmoid, relu, leaky_relu, selu, elu or softplus.

    Raises
    ------
    ValueError
        If units or activation are something else, or if samples are neither flat (D,) nor series (T, D).

    Examples
    --------
    >>> import npae
    >>> layer = npae.Dense(2, "tanh")
    >>> layer.out_shape((35,)), layer.mirror((35,), "sigmoid")
    ((2,), Dense(units=35, activation='sigmoid'))
    """

    units: int
    activation: str = IDENTITY

    _linear = "learned"

    def __post_init__(self) -> None:
        positive_integer("units", self.units)
        check_activation(self.activation)

    def parameters(self, in_shape: Shape) -> dict[str, Weight | Bias]:
        if len(in_shape) not in (1, 2):
            hint = "Use Flatten() before it, or X.reshape(len(X), -1)."
            raise ValueError(f"samples must be flat (D,) or series (T, D) for Dense, got shape {in_shape}. {hint}")
        return affine_parameters(in_shape[-1], self.units, ACTIVATIONS[self.activation].initializer)

    def out_shape(self, in_shape: Shape) -> Shape:
        return (*in_shape[:-1], self.units)

    def forward(self, x: FloatArray, params: Views, context: Context) -> Pass:
        if x.ndim == 2:
            return self._forward(x, params, context)
        return by_steps(self._forward, x, params, context)

    def _forward(self, x: FloatArray, params: Views, context: Context) -> Pass:
        """Return y and the way back for x (N, D), or for what `by_steps` makes of series."""
        f, scratch = ACTIVATIONS[self.activation], context.scratch
        y, affine_back = affine(x, params, context)  # z = x W + b
        f.apply(y, scratch)  # y = f(z), in place

        def backward(dy: FloatArray, grads: Views) -> FloatArray | None:
            f.times_derivative(y, dy, scratch)  # dz = dy * f'(z)
            return affine_back(dy, grads)

        return y, backward

    def second_order(self, x: FloatArray, params: Views, context: Context) -> SecondOrderPass:
        """Return the passes for exact Hessians, as `Layer` describes them: ry = f' rz, rdz = f' rdy + f'' rz dy.

        Parameters
        ----------
        x, params, context : as in `forward`
            The samples, the parameters and the circumstances of the pass.

        Returns
        -------
        y : array (N, K) or (N, T, K)
            The output.
        backward : callable
            The next pass.
        """
        if x.ndim == 2:
            return self._second_order(x, params, context)
        return second_order_by_steps(self._second_order, x, params, context)

    def _second_order(self, x: FloatArray, params: Views, context: Context) -> SecondOrderPass:
        f, scratch = ACTIVATIONS[self.activation], context.scratch
        y, affine_back = affine_second_order(x, params, context)
        f.apply(y, scratch)

        def backward(dy: FloatArray) -> tuple[FloatArray, Along]:
            slope, curvature = f.derivatives(y, scratch)  # f'(z), f''(z)
            dx, affine_along = affine_back(dy * slope)
            curvature *= dy

            def along(rx: FloatArray | None, v: Views) -> tuple[FloatArray, Backward]:
                rz, affine_back_along = affine_along(rx, v)

                def backward_along(rdy: FloatArray, products: Views) -> FloatArray | None:
                    rdz = slope * rdy
                    rdz += curvature * rz
                    return affine_back_along(rdz, products)

                return slope * rz, backward_along

            return dx, along

        return y, backward

    def linearize(self, x: FloatArray, params: Views, context: Context) -> Linearization:
        """Return the layer as a linear map, as `Layer` describes it: ry = f'(z) (rx W + [x 1] V).

        Parameters
        ----------
        x, params, context : as in `forward`
            The samples, the parameters and the circumstances of the pass.

        Returns
        -------
        Linearization
            With the factors of W and b together, "Wb": those of [x 1] and of dz.
        """
        return linearized_affine(x, params, context, ACTIVATIONS[self.activation])

    def mirror(self, in_shape: Shape, activation: str) -> Dense:
        return Dense(in_shape[-1], activation)
