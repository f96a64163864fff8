"""The fully connected layer."""

from dataclasses import dataclass

import numpy as np

from ..activations import ACTIVATIONS, check_activation
from ..settings.checks import positive_integer
from .parameters import Bias, Weight
from .protocol import Layer


@dataclass(frozen=True)
class Dense(Layer):
    """Affine map and activation: y = f(x W + b).

    x (N, D), W (D, K), b (K,), y (N, K). Of series x (N, T, D) every step is a row: y (N, T, K).

    Parameters
    ----------
    units : int, K, at least 1.
    activation : name of f: identity (default), tanh, sigmoid, relu, leaky_relu, selu, elu or softplus.
    """

    units: int
    activation: str = "identity"

    def __post_init__(self):
        positive_integer("units", self.units)
        check_activation(self.activation)

    def parameters(self, in_shape):
        if len(in_shape) not in (1, 2):
            hint = "Use Flatten() before it, or X.reshape(len(X), -1)."
            raise ValueError(f"samples must be flat (D,) or series (T, D) for Dense, got shape {in_shape}. {hint}")
        D, K = in_shape[-1], self.units
        initializer = ACTIVATIONS[self.activation].initializer
        return {"W": Weight((D, K), D, K, initializer, joined="b"), "b": Bias((K,))}

    def out_shape(self, in_shape):
        return (*in_shape[:-1], self.units)

    def forward(self, x, params, context):
        if x.ndim > 2:
            return self._forward_by_steps(x, params, context)
        W, f = params["W"], ACTIVATIONS[self.activation]
        x1 = context.with_ones(x)
        y = context.output(len(x), self.units)  # (N, K)
        if x1 is None:
            np.matmul(x, W, out=y)
            y += params["b"]
        elif y.flags.f_contiguous:
            np.dot(params["Wb"].T, x1.T, out=y.T)  # [x 1] [W; b], transposed: np.dot, quick to call, wants rows
        else:
            np.matmul(x1, params["Wb"], out=y)
        f.apply(y, context)

        def backward(dy, grads):
            f.times_derivative(y, dy, context)  # dy <- dy * f'(z)
            if x1 is None:
                np.dot(x.T, dy, out=grads["W"])
                np.add.reduce(dy, axis=0, out=grads["b"])
            else:
                np.dot(x1.T, dy, out=grads["Wb"])
            return _times_transposed(dy, W, context.empty_like(x)) if context.wants_dx else None  # (N, D)

        return y, backward

    def second_order(self, x, params, context):
        """The passes of `npae.network.hessian`, where v moves W by V and b by c, and z = x W + b.

        rz = rx W + x V + c, ry = f' rz; rdz = f' rdy + f'' rz dy, rdW = rx^T dz + x^T rdz, rdx = rdz W^T + dz V^T.
        """
        if x.ndim > 2:
            return self._second_order_by_steps(x, params, context)
        W, f = params["W"], ACTIVATIONS[self.activation]
        x1 = context.with_ones(x)
        if x1 is None:
            x1 = np.column_stack([x, np.ones(len(x), x.dtype)])
        y, _ = self.forward(x, params, context)

        def backward(dy):
            slope, bend = f.derivatives(y, context)  # f'(z), f''(z)
            dz = dy * slope
            bend *= dy

            def along(rx, v):
                rz = np.matmul(x1, v["Wb"], out=np.empty_like(y))  # x V + c
                if rx is not None:
                    rz += np.matmul(rx, W, out=np.empty_like(y))

                def backward_along(rdy, products):
                    rdz = slope * rdy
                    rdz += bend * rz
                    np.dot(x1.T, rdz, out=products["Wb"])
                    if rx is None:
                        return None
                    products["W"] += np.dot(rx.T, dz)
                    rdx = np.matmul(rdz, W.T, out=np.empty_like(x))
                    rdx += np.matmul(dz, v["W"].T, out=np.empty_like(x))
                    return rdx

                return slope * rz, backward_along

            return np.matmul(dz, W.T), along

        return y, backward

    def mirror(self, in_shape, activation):
        return Dense(in_shape[-1], activation)

    def _forward_by_steps(self, x, params, context):
        """The passes of x (N, T, D), as those of (N T, D), or step by step where memory holds (T, D, N).

        The latter keeps a gradient (D, K) for each step, which for K <= N is no larger than x.
        """
        if x.transpose(1, 2, 0).flags.c_contiguous and not x.flags.c_contiguous and self.units <= len(x):
            return self._forward_by_columns(x.transpose(1, 2, 0), params, context)
        y, backward = self.forward(context.by_row(x).reshape(-1, x.shape[-1]), params, context)

        def backward_by_steps(dy, grads):
            dx = backward(context.by_row(dy).reshape(-1, self.units), grads)
            return None if dx is None else dx.reshape(x.shape)

        return y.reshape(*x.shape[:-1], self.units), backward_by_steps

    def _forward_by_columns(self, x, params, context):
        """The passes of x (T, D, N), as an LSTM leaves its states: a product for each step, on x where it is."""
        (T, D, N), W, f = x.shape, params["W"], ACTIVATIONS[self.activation]
        y = np.matmul(W.T, x, out=context.empty(T, self.units, N))
        y += params["b"][:, None]
        f.apply(y, context)

        def backward(dy, grads):
            dz = context.by_row(dy.transpose(1, 2, 0))
            f.times_derivative(y, dz, context)
            dW = np.matmul(x, dz.transpose(0, 2, 1), out=context.empty(T, D, self.units))
            np.add.reduce(dW, axis=0, out=grads["W"])
            np.add.reduce(dz, axis=(0, 2), out=grads["b"])
            return np.matmul(W, dz, out=context.empty(T, D, N)).transpose(2, 0, 1) if context.wants_dx else None

        return y.transpose(2, 0, 1), backward

    def _second_order_by_steps(self, x, params, context):
        """Each of the four passes on rows, and its result by steps again."""
        y, backward = self.second_order(x.reshape(-1, x.shape[-1]), params, context)
        shape = (*x.shape[:-1], self.units)

        def backward_by_steps(dy):
            dx, along = backward(dy.reshape(y.shape))

            def along_by_steps(rx, v):
                ry, backward_along = along(rx if rx is None else rx.reshape(-1, x.shape[-1]), v)

                def backward_along_by_steps(rdy, products):
                    rdx = backward_along(rdy.reshape(y.shape), products)
                    return rdx if rdx is None else rdx.reshape(x.shape)

                return ry.reshape(shape), backward_along_by_steps

            return dx.reshape(x.shape), along_by_steps

        return y.reshape(shape), backward_by_steps


def _times_transposed(dy, W, dx):
    """Return dy W^T in dx, whichever way that lies in memory."""
    if dx.flags.f_contiguous:
        np.dot(W, dy.T, out=dx.T)
    else:
        np.matmul(dy, W.T, out=dx)
    return dx
