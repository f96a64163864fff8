"""From a fitted model to one self-contained HTML file: weights and samples as data, and the page that reads them."""

import base64
import hashlib
import html
import json
import numbers
import re
from pathlib import Path

import numpy as np

from .. import persistence
from ..activations import ACTIVATIONS
from ..estimator import check_finite, check_fitted, check_range, check_samples
from ..layers import Dense
from ..losses import Loss

PAGE = Path(__file__).parent / "page"
SCRIPTS = ("network", "state", "picture", "view", "labels", "plane", "pointer", "gestures", "panels", "editor", "main")
MOST_SAMPLES = 60_000  # which a browser draws in some seconds
MOST_NUMBERS = 4_000_000  # of the samples: some 40 MB of page, which a browser still opens in a second or two


def write(model, path, data=None, labels=None, shape=None, title=None):
    """Write the code space of a model as one HTML page that works without a network connection.

    The page draws the codes of the samples and decodes the point under the pointer, with the same network in double
    precision. It keeps points, walks from one to another, and encodes a picture that one can edit.

    Parameters
    ----------
    model : fitted Autoencoder of Dense layers. A code of one number is shown along a line; of a longer one the page
        shows any two numbers, with sliders for the others.
    path : of the HTML file; it is written atomically.
    data : Font, or samples (N, D), whose codes are shown. None (default): the page shows where the codes of the
        training data lay.
    labels : N strings or numbers, shown as text; None (default) for those of the Font.
    shape : (H, W) of one picture; None (default) for that of the Font, a square if D is one, else one row.
    title : str, the page's heading; None (default) for one that names the data.

    Raises
    ------
    ValueError for a model that the page cannot compute, for data with NaN or of another width, and for labels or a
        shape that do not fit. NotFittedError (a ValueError) before fit. OSError if the file cannot be written.

    Examples
    --------
    >>> import npae
    >>> letters = npae.datasets.load_font("capitals")
    >>> ae = npae.Autoencoder(encoder=[8, 2], loss="bce", epochs=5, random_state=0).fit(letters.pixels)
    >>> npae.explorer.write(ae, "letters.html", data=letters)
    """
    network = _checked_network(model)
    samples = None if data is None else _checked_samples(getattr(data, "pixels", data), network)
    if hasattr(data, "pixels"):
        labels = data.labels if labels is None else labels
        shape = data.shape if shape is None else shape
    title = _default_title(data, samples) if title is None else str(title)
    document = {
        "title": title,
        **_described_network(model, network),
        **_described_samples(model, samples),
        "labels": _checked_labels(labels, samples),
        "shape": _checked_shape(shape, network.in_shape[0]),
    }
    persistence.write_text(path, _page(title, document))


def _checked_network(model):
    """Return the network, if it is one that the page can compute."""
    if not hasattr(model, "__sklearn_is_fitted__"):
        raise TypeError(f"model must be a fitted npae.Autoencoder, got {model!r}.")
    check_fitted(model)
    network = model.network_
    for chain in (network.encoder, network.decoder):
        for i, layer in enumerate(chain.layers):
            if type(layer) is not Dense:
                name = f"{type(layer).__name__} as {chain.name}.{i}"
                raise ValueError(f"model must have only Dense layers to be shown in a page, got {name}.")
    if network.out_shape != network.in_shape:
        raise ValueError(f"model must end with samples of shape {network.in_shape}, got {network.out_shape}.")
    if type(network.loss).predict is not Loss.predict or network.loss.link not in ACTIVATIONS:
        raise ValueError(f"loss must predict through one of npae's activations, got {network.loss!r}.")
    check_finite(model.theta_, "theta_")
    check_finite(np.append(model.code_mean_, model.code_covariance_), "the codes' mean and covariance")
    return network


def _checked_samples(X, network):
    X = check_samples(X, "data")
    if X.shape[1:] != network.in_shape:
        raise ValueError(f"data must be samples of {network.in_shape[0]} numbers, as in fit, got shape {X.shape}.")
    check_range(X, network.dtype, "data")
    most = min(MOST_SAMPLES, MOST_NUMBERS // X.shape[1])
    if len(X) > most:
        rule = f"at most {MOST_SAMPLES} samples and {MOST_NUMBERS} numbers for one page"
        raise ValueError(f"data must be {rule}, got {len(X)} samples. Pass a part of them, such as data[:{most}].")
    return X


def _checked_labels(labels, samples):
    if labels is None:
        return None
    if samples is None:
        raise ValueError("labels must come with data, got labels alone.")
    labels = [str(label) for label in labels]
    if len(labels) != len(samples):
        raise ValueError(f"labels must be one a sample ({len(samples)}), got {len(labels)}.")
    return labels


def _checked_shape(shape, size):
    if shape is None:
        side = round(size**0.5)
        return [side, side] if side * side == size else [1, size]
    whole = np.shape(shape) == (2,) and all(isinstance(n, numbers.Integral) and n > 0 for n in shape)
    if not whole or shape[0] * shape[1] != size:
        raise ValueError(f"shape must be (H, W) with H * W = {size}, got {shape!r}.")
    return [int(n) for n in shape]


def _default_title(data, samples):
    if samples is None:
        return "A code space"
    return f"The code space of {getattr(data, 'name', None) or f'{len(samples)} samples'}"


def _described_network(model, network):
    """Return layers and weights; the weights lie one array after another, as in theta."""
    arrays = network.parameters(model.theta_)
    return {
        "theta": _packed(np.concatenate([array.ravel() for array in arrays.values()])),
        "encoder": _described_chain(network.encoder),
        "decoder": _described_chain(network.decoder),
        "link": network.loss.link,
        "codeMean": model.code_mean_.tolist(),
        "codeStd": np.sqrt(np.maximum(np.diag(model.code_covariance_), 0)).tolist(),
    }


def _described_chain(chain):
    layers = zip(chain.layers, chain.shapes[:-1], strict=True)
    return [{"inputs": D, "units": layer.units, "activation": layer.activation} for layer, (D,) in layers]


def _described_samples(model, samples):
    """Return the samples in the smallest type that holds them exactly, and the range that pictures are drawn in."""
    seen = model.sample(100, random_state=0) if samples is None else samples
    low, high = float(np.min(seen)), float(np.max(seen))
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    return {
        "samples": None if samples is None else _packed(_smallest(samples)),
        "binary": (low, high) == (0, 1) if samples is None else bool(np.isin(samples, (0, 1)).all()),
        "range": [low, high if high > low else low + 1],
    }


def _smallest(values):
    with np.errstate(all="ignore"):
        for dtype in (np.uint8, np.float32):
            if np.array_equal(values.astype(dtype), values):
                return values.astype(dtype)
    return values.astype(np.float64)


def _packed(array):
    """Return an array as {"type", "base64"}, little-endian."""
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return {"type": array.dtype.name, "base64": base64.b64encode(little.tobytes()).decode()}


def _page(title, document):
    """Join markup, style, scripts and data; only what has one of the hashes in the page's policy can run."""
    style = (PAGE / "page.css").read_text(encoding="utf-8")
    script = "\n".join((PAGE / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    parts = {
        "policy": f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}",
        "title": html.escape(title).encode("ascii", "xmlcharrefreplace").decode(),
        "style": style,
        "model": _safe_json(document),
        "script": script,
    }
    page = (PAGE / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], page)


def _hash(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _safe_json(document):
    """Return JSON in ASCII that can stand inside a script element: nothing in it can end that or open a comment."""
    text = json.dumps(document, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
