"""What a layer is: the contract of npae's layers and of your own."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Literal, TypeAlias

from ..settings.array_types import FloatArray, Shape, Views
from ..settings.description import Description
from .context import Context
from .linearization import Linearization
from .parameters import Bias, Weight

Backward: TypeAlias = Callable[[FloatArray, Views], FloatArray | None]
Pass: TypeAlias = tuple[FloatArray, Backward]
Along: TypeAlias = Callable[[FloatArray | None, Views], Pass]
SecondOrderPass: TypeAlias = tuple[FloatArray, Callable[[FloatArray], tuple[FloatArray, Along]]]


class Layer(Description):
    """A function of x with learnable parameters, described by immutable fields.

    A layer of your own is a frozen dataclass that derives from Layer. It must define `forward`, and usually defines
    `parameters` and `out_shape`; `mirror` and `second_order` are optional. It holds no state: its arrays are slices of
    theta, and several threads may use it at once. `in_shape` and `out_shape` are shapes of one sample, without N.
    `npae.check_gradients` tells whether its derivative is right.

    Attributes
    ----------
    stochastic : bool, default False
        Whether the layer draws from `context.rng` while `context.training`.
    rearranges : bool, default False
        Whether each number of the output is a number of the input, moved, repeated or left out. An elementwise
        function can then be applied before the layer as well as after it.
    whole_batch : bool, default False
        Whether the layer must see all rows of a batch together. Such a network is evaluated by one thread.
    second_order : callable or None, default None
        A method `second_order(x, params, context)` that makes exact Hessians possible: see Notes.
    linearize : callable or None, default None
        A method `linearize(x, params, context)` that returns a `Linearization`, which makes exact Gauss-Newton products
        possible and, if it has factors, steps of `KFAC` of its own. It may draw from `context.rng`, like `forward`. A
        class that overrides `forward` must override it too, or it counts as not having one. `npae.check_gradients`
        tells whether it is right.

    Notes
    -----
    **The context** that `forward` gets describes the current pass:

    - `context.empty(*shape)` returns an uninitialised array, to be used until the pass ends. The next pass gets the
      same memory again, so that training allocates nothing. Ordinary arrays are as correct, and slower.
    - `context.training` tells whether theta is being learned, and `context.rng` is the numpy.random.Generator to draw
      from then; otherwise it is None. A layer has no other source of randomness.
    - `context.samples` is the number of rows in the whole batch, 0 if no loss is wanted. This pass may see a part of
      them, since threads share a batch. `context.share_of_samples(z)` is therefore the weight of each row of z (N, ...)
      in a mean over samples: 1 / `context.samples`, or an array (N, 1, ...) if samples have weights. Multiply by it,
      and then add up.
    - `context.charge(value)` adds a number to the loss. The layer adds its derivative to what `backward` returns.
      `context.charge_along(r, K r)`, in `along` of `linearize`, adds its curvature.
    - `context.epoch` is the number of the current epoch, counted from 0, and inf outside of training. A layer whose
      term of the loss depends on it also defines `loss_changes`.
    - `context.mask` is None, or a bool array (N, T) that is false where a step of the series is padding.
      `context.blank(z)` sets the padding of z (N, T, C) to 0, and `context.share_of_mean(z)` is the weight of each
      number of z in a mean over the whole batch without padding, a number or an array like that of
      `share_of_samples`. In arrays with other steps than the mask's, nothing counts as padding.
    - `context.wants_gradient` is false if no backward pass follows. `context.wants_dx`, read in `backward`, is false
      if nobody needs dx. `context.feeds_loss` is true in the last layer.

    **Exact Hessians** need four passes, each of which returns the next. Along a direction v, in which theta moves, ry
    stands for the derivative of y along v, and so on [1]_:

    .. code-block:: text

        y, backward = layer.second_order(x, params, context)
        dx, along = backward(dy)
        ry, backward_along = along(rx, v)                 rx is None if x is the data, which does not move
        rdx = backward_along(rdy, products)               rdx may be None if rx was

    v holds the direction under the names of `params`; `backward_along` fills every array of `products`, the layer's
    part of the Hessian times v. The first two passes are run once for each theta, the other two for each v, which must
    not change what the first two made. For y = s x, for instance, ry = s rx + v_s x, rdx = s rdy + v_s dy, and the
    product for s is the sum of rx dy + x rdy. A class that overrides `forward` must override `second_order` too, or it
    counts as not having one. `Network.has_exact_hessian` tells whether all layers and the loss have it.

    References
    ----------
    .. [1] Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6 (1994).

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> import npae
    >>> @dataclass(frozen=True)
    ... class Scale(npae.Layer):
    ...     "Compute y = s x, with a factor s (D,) for each feature of x (N, D)."
    ...
    ...     def parameters(self, in_shape):
    ...         return {"s": npae.Weight(in_shape)}
    ...
    ...     def forward(self, x, params, context):
    ...         y = np.multiply(x, params["s"], out=context.empty(*x.shape))
    ...
    ...         def backward(dy, grads):
    ...             np.sum(dy * x, axis=0, out=grads["s"])
    ...             return dy * params["s"]
    ...
    ...         return y, backward
    ...
    ...     def mirror(self, in_shape, activation):
    ...         return Scale()
    >>> npae.check_gradients(Scale(), in_shape=(5,)).error < 1e-8
    True
    >>> npae.Network([Scale(), npae.Dense(2)], [npae.Dense(5)], in_shape=(5,)).n_parameters
    32
    """

    stochastic: ClassVar[bool] = False
    rearranges: ClassVar[bool] = False
    whole_batch: bool = False
    second_order: Callable[[FloatArray, Views, Context], SecondOrderPass] | None = None
    linearize: Callable[[FloatArray, Views, Context], Linearization] | None = None

    _linear: ClassVar[Literal["learned", "fixed"] | None] = None  # apart from its activation; see linear_pairs.py
    _must_define = "forward"
    _renamed_hooks = {"turns": "loss_changes"}

    def parameters(self, in_shape: Shape) -> dict[str, Weight | Bias]:
        """Return the layer's learnable arrays; by default there are none.

        Parameters
        ----------
        in_shape : tuple of int
            Shape of one sample of x.

        Returns
        -------
        dict
            Name -> `Weight(shape)`, which starts at random, or `Bias(shape)`, which starts at a constant. Initialisers
            derive the spread of random weights from `Weight(shape, fan_in, fan_out)`: how many numbers are added up in
            one number of the output, and how many numbers of the output one number of the input goes to. Left out,
            they are those of an affine map x W, or 1 for an array of one axis.
            The arrays lie in theta in this order.

        Raises
        ------
        ValueError
            If the layer cannot take samples of this shape.
        """
        return {}

    def out_shape(self, in_shape: Shape) -> Shape:
        """Return the shape of one output sample; by default that of the input.

        Parameters
        ----------
        in_shape : tuple of int
            Shape of one sample of x, for which `parameters` raised no error.

        Returns
        -------
        tuple of int
            Shape of one sample of y.
        """
        return in_shape

    def forward(self, x: FloatArray, params: Views, context: Context) -> Pass:
        """Return y and the way back, the function that turns dy into dx and the gradient.

        Parameters
        ----------
        x : array (N, *in_shape)
            Samples, in float32 or float64. Not to be written to.
        params : dict of arrays
            Name -> view of theta, for the names that `parameters` returned. Not to be written to.
        context : Context
            Scratch memory, randomness and the circumstances of the pass: see the class.

        Returns
        -------
        y : array (N, *out_shape)
            The output, in the dtype of x.
        backward : callable
            `backward(dy, grads) -> dx` is called at most once per pass. It gets the derivative of the loss with respect
            to y, writes that with respect to each parameter into the arrays of `grads` (`grads["W"][...] = `), and
            returns that with respect to x, in the dtype of x. It may overwrite dy and y. dx may be None if
            `context.wants_dx` is false.
        """
        raise NotImplementedError(f"{type(self).__name__} must define forward(x, params, context).")

    def loss_changes(self, epoch: int) -> bool:
        """Return whether what the layer adds to the loss becomes another function of theta in an epoch.

        Parameters
        ----------
        epoch : int
            Number of the epoch that begins, counted from 0.

        Returns
        -------
        bool
            False by default.
        """
        return False

    def mirror(self, in_shape: Shape, activation: str) -> Layer | list[Layer]:
        """Return the counterpart of the layer in a decoder that is left out.

        Parameters
        ----------
        in_shape : tuple of int
            Shape of one sample of x, which the counterpart rebuilds.
        activation : str
            Name of the activation that the counterpart ends with.

        Returns
        -------
        Layer or list of Layer
            What leads from this layer's output back to `in_shape`; an empty list if nothing is needed.

        Raises
        ------
        ValueError
            By default: the layer has no counterpart.
        """
        raise ValueError(f"{type(self).__name__} has no mirror. Pass decoder= with the layers that undo it.")
