"""From a fitted model to one self-contained HTML file: weights and samples as data, and the page that reads them."""

import base64
import hashlib
import html
import json
import math
import numbers
import re
from pathlib import Path

import numpy as np

from ..samples.arrays import check_range, checked_array
from ..settings import archive as persistence
from .page_layers import checked, described, weights_of

PAGE = Path(__file__).parent / "page"
SCRIPTS = ("windows", "network", "state", "picture", "view", "marks", "plane", "pointer", "gestures", "panels")
SCRIPTS += ("editor", "main")
MOST_SAMPLES = 60_000  # which a browser draws in some seconds
MOST_NUMBERS = 4_000_000  # of the samples: some 40 MB of page, which a browser still opens in a second or two


def write(model, path, data=None, labels=None, shape=None, title=None):
    """Write the code space of a model as one HTML page that works without a network connection.

    The page draws the codes of the samples and decodes the point under the pointer, with the same network in double
    precision. It keeps points, walks from one to another, and encodes a picture that one can edit.

    Parameters
    ----------
    model : fitted Autoencoder of Dense and convolutional layers, pooling, Upsample and what shapes samples anew;
        the code of a GaussianCode is its mean. A code of one number is shown along a line; of a longer one the page
        shows any two numbers, with sliders for the others.
    path : of the HTML file; it is written atomically.
    data : Font, or samples (N, ...), whose codes are shown. None (default): the page shows where the codes of the
        training data lay. Samples that are bytes, or bytes divided by 255, take a byte a number in the file.
    labels : N strings or numbers, shown as text, or as colours where they are up to ten classes; None (default) for
        those of the Font.
    shape : (H, W) of one picture; None (default) for that of the Font or of images (H, W, 1), steps by channels for
        series (T, C), a square for flat samples if their size is one, else one row.
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
    network = checked(model)
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
        "shape": _checked_shape(shape, network.in_shape),
    }
    persistence.write_text(path, _page(title, document))


def _checked_samples(X, network):
    X = checked_array(X, "data")
    if X.shape[1:] != network.in_shape:
        *first, last = network.in_shape
        kind = f"of shape {network.in_shape}" if first else f"of {last} numbers"
        raise ValueError(f"data must be samples {kind}, as in fit, got shape {X.shape}.")
    check_range(X, network.dtype, "data")
    most = min(MOST_SAMPLES, MOST_NUMBERS // X[0].size)
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


def _checked_shape(shape, in_shape):
    size = math.prod(in_shape)
    if shape is None:
        return _own_shape(in_shape)
    whole = np.shape(shape) == (2,) and all(isinstance(n, numbers.Integral) and n > 0 for n in shape)
    if not whole or shape[0] * shape[1] != size:
        raise ValueError(f"shape must be (H, W) with H * W = {size}, got {shape!r}.")
    return [int(n) for n in shape]


def _own_shape(in_shape):
    """Return [H, W] of samples that have an obvious one."""
    if len(in_shape) == 1:
        side = math.isqrt(in_shape[0])
        return [side, side] if side**2 == in_shape[0] else [1, in_shape[0]]
    if len(in_shape) == 2:
        return list(in_shape)
    if len(in_shape) > 3 or in_shape[2] > 1:
        raise ValueError(f"shape must be given, (H, W), for samples {in_shape} of more than one channel, got None.")
    return list(in_shape[:2])


def _default_title(data, samples):
    if samples is None:
        return "A code space"
    return f"The code space of {getattr(data, 'name', None) or f'{len(samples)} samples'}"


def _described_network(model, network):
    """Return layers and weights; the weights lie one array after another, as in theta."""
    return {
        "theta": _packed(weights_of(network, model.theta_)),
        "encoder": described(network.encoder),
        "decoder": described(network.decoder),
        "link": network.loss.link,
        "codeMean": model.code_mean_.tolist(),
        "codeStd": np.sqrt(np.maximum(np.diag(model.code_covariance_), 0)).tolist(),
    }


def _described_samples(model, samples):
    """Return the samples as small as they can be, their codes, and the range that pictures are drawn in.

    The page could encode them as well, but would need seconds for thousands of convolutions.
    """
    seen = model.sample(100, random_state=0) if samples is None else samples
    low, high = float(np.min(seen)), float(np.max(seen))
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    return {
        "samples": None if samples is None else _smallest(samples),
        "codes": None if samples is None else _packed(model.encode(samples)),
        "binary": (low, high) == (0, 1) if samples is None else bool(np.isin(samples, (0, 1)).all()),
        "range": [low, high if high > low else low + 1],
    }


def _smallest(values):
    """Return samples packed in the smallest type that holds them exactly: bytes, bytes over 255, floats."""
    with np.errstate(all="ignore"):
        if np.array_equal(values.astype(np.uint8), values):
            return _packed(values.astype(np.uint8))
        single = np.array_equal(values.astype(np.float32), values)
        values = values.astype(np.float32 if single else np.float64)
        bytes_ = np.rint(values * values.dtype.type(255)).astype(np.uint8)
        if np.array_equal(bytes_ / values.dtype.type(255), values):
            return {**_packed(bytes_), "divisor": 255, "single": single}
    return _packed(values)


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
