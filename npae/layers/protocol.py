"""The layer protocol, and the chain that runs layers one after another."""

from ..settings.description import Description


class Layer(Description):
    """A function of x with learnable parameters, described by immutable fields.

    A layer of your own is a frozen dataclass that overrides the methods below; `npae.check_gradients` tells
    whether its derivative is right. `in_shape` and `out_shape` are the shapes of one sample, without N.

    Class attributes
    ----------------
    stochastic : true for a layer that draws from `context.rng` while `context.training`.
    rearranges : true for a layer whose outputs are numbers of its input, moved, repeated or left out, so that an
        elementwise function may as well be applied before it as behind it.
    whole_batch : true for a layer that must see all rows of a batch together. Such a network gets one thread.
    second_order : None, or a method `second_order(x, params, context)` that offers exact Hessians; see
        `npae.network.hessian`.
    """

    stochastic = False
    rearranges = False
    whole_batch = False
    second_order = None

    def parameters(self, in_shape):
        """Return {name: Weight or Bias}; raise ValueError for a shape that the layer cannot take."""
        return {}

    def out_shape(self, in_shape):
        """Return the shape of one output sample."""
        return in_shape

    def forward(self, x, params, context):
        """Return y (N, ...) and a function `backward(dy, grads)`.

        `params` holds views {name: array} of theta; neither they nor x are to be written to. y and dx have the dtype
        of x. `backward` is called once at most, may overwrite dy and y, fills every array of `grads` (same names),
        and returns dx, which may be None where `context.wants_dx` is false. Scratch arrays come from
        `context.empty(*shape)`, randomness from `context.rng`. A layer that adds a number to the loss gives it to
        `context.charge`, divided by `context.samples` if it is a mean over samples, and adds its derivative on the way
        back.
        """
        raise NotImplementedError(f"{type(self).__name__} must define forward(x, params, context).")

    def loss_changes(self, epoch):
        """Return whether what the layer adds to the loss changes as epoch number `epoch` begins, counted from 0."""
        return False

    def mirror(self, in_shape, activation):
        """Return the decoder's counterpart, from this layer's output back to `in_shape`: a layer, or a list of them."""
        raise ValueError(f"{type(self).__name__} has no mirror. Pass decoder= with the layers that undo it.")
