"""What a user passes to be drawn: samples, their labels and the shape of a picture, checked."""

import numpy as np


def check(what, value, rule, holds):
    """Raise ValueError in the form "what must be rule, got value." unless `holds`."""
    if not holds:
        raise ValueError(f"{what} must be {rule}, got {value}.")


def flat(values):
    """Return samples (N, ...) as floats (N, D)."""
    return np.asarray(values, dtype=float).reshape(len(values), -1)


def checked_shape(shape, size):
    """Return a shape (H, W) that fits `size` pixels, or raise ValueError."""
    check("shape", shape, f"(H, W) with H * W = {size}", np.shape(shape) == (2,) and np.prod(shape) == size)
    return shape


def samples_and_labels(data, labels=None):
    """Return the samples of a Font or an array, and their labels: those given, or the Font's, or None."""
    X = getattr(data, "pixels", data)
    labels = getattr(data, "labels", None) if labels is None and X is not data else labels
    given = len(X) if labels is None else len(labels)
    check("labels", given, f"one a sample ({len(X)})", given == len(X))
    return X, labels
