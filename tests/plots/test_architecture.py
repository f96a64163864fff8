"""The picture of a network shows every array to scale and every layer by name, and its texts do not overlap."""

import itertools
import math

import numpy as np
import pytest
from cases import CASES
from matplotlib.backends.backend_agg import FigureCanvasAgg

import npae
from npae import (
    LSTM,
    Autoencoder,
    AveragePool1D,
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GaussianCode,
    MaxPool2D,
    Network,
)
from npae.plots import architecture

NETWORKS = {
    "dense": ([29, 23, 2], 35),
    "one": ([2], 6),
    "wide": ([200], 20),
    "deep": ([500, 250, 100, 50, 20, 10, GaussianCode(2)], 784),
    "images": ([16, 2], (8, 8)),
    "pictures": (
        [Conv2D(8, 3, stride=2, activation="relu"), MaxPool2D(2), Dropout(0.1), Flatten(), 16, GaussianCode(2)],
        (28, 28, 1),
    ),
    "series": (
        [Conv1D(16, 5, stride=2, activation="relu"), AveragePool1D(2), Conv1D(4, 3, dilation=2), Flatten(), 3],
        (64, 2),
    ),
    "lstm": ([LSTM(32, sequences=True), LSTM(4)], (120, 3)),
}


def drawn(name):
    encoder, shape = NETWORKS[name]
    return architecture(Autoencoder(encoder), shape)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def boxes(ax):
    """Return the fronts of the arrays from left to right, as (left, low, right, high)."""
    fronts = [patch for patch in ax.patches if patch.get_zorder() == 3 and len({*patch.get_xy()[:4, 0]}) == 2]
    fronts = [patch for patch in fronts if len({*patch.get_xy()[:4, 1]}) == 2]
    return [(*patch.get_xy().min(axis=0), *patch.get_xy().max(axis=0)) for patch in fronts]


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("name", NETWORKS)
def test_no_texts_overlap(name):
    ax = drawn(name)
    renderer = FigureCanvasAgg(ax.figure.figure).get_renderer()
    ax.figure.figure.draw(renderer)
    places = [text.get_window_extent(renderer) for text in ax.texts]
    for (one, here), (other, there) in itertools.combinations(zip(texts(ax), places, strict=True), 2):
        assert not here.overlaps(there), (one, other)
    frame = ax.figure.figure.bbox
    assert all(frame.x0 <= place.x0 and place.x1 <= frame.x1 and place.y1 <= frame.y1 for place in places)


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_array_is_a_box_whose_height_is_a_logarithm(name):
    encoder, shape = NETWORKS[name]
    summary = Autoencoder(encoder).summary(shape)
    shapes = [summary.in_shape, *(layer.out_shape for layer in summary.layers)]
    units = [shape[0] if len(shape) in (1, 3) else shape[1] for shape in shapes]
    heights = [high - low for _, low, _, high in boxes(drawn(name))]
    np.testing.assert_allclose(np.divide(heights, np.log1p(units)), heights[0] / math.log1p(units[0]), rtol=1e-9)


def test_the_picture_says_what_the_summary_says():
    found = "\n".join(texts(drawn("pictures")))
    for part in (
        "28 \N{MULTIPLICATION SIGN} 28 \N{MULTIPLICATION SIGN} 1\ninput",
        "2\ncode",
        "28 \N{MULTIPLICATION SIGN} 28 \N{MULTIPLICATION SIGN} 1\noutput",
        "Conv2D\nkernel 3\nstride 2\nrelu\n80",
        "Dropout\np = 0.1",
        "GaussianCode\n68",
        "ConvTranspose2D",
        "encoder: 6,436 parameters",
        "decoder: 6,785 parameters",
    ):
        assert part in found
    assert "LSTM\nall steps\n4,608" in texts(drawn("lstm"))


def test_lines_connect_what_mirrors_what():
    """One for each mirrored layer, besides those over encoder and decoder."""
    lines = [line for line in drawn("dense").lines if len(line.get_xdata()) == 4]
    assert len(lines) == 3
    for line in lines:
        middle = (line.get_xdata()[0] + line.get_xdata()[-1]) / 2
        code = boxes(drawn("dense"))[3]
        np.testing.assert_allclose(middle, (code[0] + code[2]) / 2)
    own = architecture(Network([Dense(2)], [Dense(4), Dense(6)], in_shape=6))
    assert [line for line in own.lines if len(line.get_xdata()) == 4] == []


def test_a_gaussian_code_has_a_halo():
    assert len(drawn("deep").patches) - len(NETWORKS["deep"][0]) * 2 - 15 == 3
    assert len(drawn("dense").patches) == 6 + 7


@pytest.mark.fast_cases(4)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_layer_can_be_drawn(case):
    assert type(case.layer).__name__ in "\n".join(texts(architecture(case.network())))


def test_every_kind_of_model_is_drawn():
    X, some = np.random.default_rng(0).random((20, 6)), {"epochs": 2, "optimizer": "adam", "random_state": 0}
    ae = Autoencoder([2], **some).fit(X)
    same = texts(architecture(ae))
    assert texts(architecture(ae.network_)) == same
    assert texts(architecture(npae.AnomalyDetector(Autoencoder([2], **some)).fit(X))) == same
    assert "Dense\nsoftmax\n8" in texts(architecture(npae.Classifier([3], **some).fit(X, np.arange(20) % 2)))


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match=r"must be fitted to show its network.*architecture\(model, 35\)"):
        architecture(Autoencoder([2]))
    with pytest.raises(ValueError, match="Classifier must be fitted before this"):
        architecture(npae.Classifier([2]))
    with pytest.raises(TypeError, match="model must be an Autoencoder, a Classifier, .*, got 3"):
        architecture(3)
