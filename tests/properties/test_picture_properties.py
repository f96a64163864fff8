"""Pictures, pages and exports: they show a model, and change neither it nor the data."""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import strategies as st
from matplotlib.figure import Figure
from properties import property_of
from public_calls import CALLS, Kit
from strategies import activations, fitted, rngs, seeds

import npae
from npae import Autoencoder, Dense, plots

DRAWN = {
    "architecture": lambda kit: plots.architecture(kit.conv),
    "compare": lambda kit: plots.compare({"one": kit.ae, "other": kit.adam}),
    "denoising": lambda kit: CALLS["plots.denoising"](kit),
    "discovery": lambda kit: plots.discovery(
        npae.discover(kit.ae, kit.X, least_crispness=0, least_distance=0, candidates=300), kit.images.shape[1:3]
    ),
    "glyph": lambda kit: CALLS["plots.glyph"](kit),
    "history": lambda kit: CALLS["plots.history"](kit),
    "interpolation": lambda kit: CALLS["plots.interpolation"](kit),
    "latent_space": lambda kit: CALLS["plots.latent_space"](kit),
    "manifold": lambda kit: CALLS["plots.manifold"](kit),
    "new_glyphs": lambda kit: CALLS["plots.new_glyphs"](kit),
    "pictures": lambda kit: plots.pictures(kit.X[:3], kit.images.shape[1:3]),
    "reconstructions": lambda kit: CALLS["plots.reconstructions"](kit),
    "traversal": lambda kit: CALLS["plots.traversal"](kit),
}


@property_of(
    *(f"npae.plots.{name}" for name in DRAWN),
    "npae.explorer.write",
    few=0,
    many=15,
    name=st.sampled_from([*DRAWN, "explorer"]),
    side=st.integers(4, 6),
    count=st.integers(5, 8),
)
def test_a_picture_changes_neither_models_nor_data(name, side, count):
    kit = Kit.of(count, side)
    before = [np.array(array) for array in [*kit.data, *(m.theta_ for m in kit.models if hasattr(m, "theta_"))]]
    picture = CALLS["explorer.write"](kit) if name == "explorer" else DRAWN[name](kit)
    assert picture
    after = [*kit.data, *(m.theta_ for m in kit.models if hasattr(m, "theta_"))]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(other, one)
    plt.close("all")


@property_of(
    *("npae.plots.tile", "npae.plots.caption", "npae.plots.titled"),
    few=2,
    many=20,
    shape=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    rng=rngs,
    text=st.sampled_from(["", "a title", "$x$ & <b>"]),
)
def test_a_tile_shows_every_pixel_and_a_title_its_text(shape, rng, text):
    figure = Figure()
    ax = figure.subplots()
    pixels = rng.random(shape)
    before = pixels.copy()
    assert plots.tile(ax, pixels, shape) == 0 == plots.tile(ax, pixels, shape, original=pixels)
    plots.caption(ax, 0.0, 0.0, text)
    assert plots.titled(figure, text) is figure
    np.testing.assert_array_equal(pixels, before)
    assert any(text == written.get_text() for written in ax.texts)


@property_of(
    *("npae.explorer.write", "npae.explorer.Page"),
    few=2,
    many=15,
    rng=rngs,
    activation=activations,
    label=st.sampled_from(["a", "</script><script>", '"', "\\", "\u2028"]),
)
def test_a_page_is_one_file_that_asks_for_nothing_and_holds_labels_as_text(rng, activation, label):
    X = rng.random((5, 4))
    ae = fitted(X, encoder=[Dense(3, activation), 2], optimizer="adam", epochs=1, random_state=0)
    theta = ae.theta_.copy()
    with tempfile.TemporaryDirectory() as folder:
        page = npae.explorer.write(ae, Path(folder) / "page.html", data=X, labels=[label, *"bcde"])
        text = Path(page).read_text(encoding="utf-8")
    np.testing.assert_array_equal(ae.theta_, theta)
    assert isinstance(page, npae.explorer.Page) and "</script><script>" not in text and len(text) > 10_000


@property_of(
    "npae.export.onnx",
    few=0,
    many=12,
    rng=rngs,
    activation=activations,
    kind=st.sampled_from(["dense", "image", "recording", "recurrent"]),
    seed=seeds,
)
def test_an_exported_model_predicts_the_same(rng, activation, kind, seed):
    pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    layers, shape = {
        "dense": ([Dense(3, activation), 2], (4,)),
        "image": ([npae.Conv2D(2, 3, activation=activation), npae.MaxPool2D(2, padding="same")], (5, 4, 1)),
        "recording": ([npae.Conv1D(2, 3, 2, activation=activation)], (6, 2)),
        "recurrent": ([npae.LSTM(2)], (4, 2)),
    }[kind]
    X = rng.random((5, *shape))
    ae = fitted(X, encoder=layers, optimizer="adam", epochs=1, random_state=seed, dtype="float32")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        npae.export.onnx(ae, path, part="reconstruct")
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        (y,) = session.run(None, {"X": X.astype(np.float32)})
    np.testing.assert_allclose(y, ae.reconstruct(X), atol=1e-4)


@property_of("npae.plots.OKABE_ITO", "npae.plots.INKS", first=st.integers(0, 7), second=st.integers(0, 7))
def test_colours_are_told_apart(first, second):
    from matplotlib.colors import to_rgb

    for colours in (list(plots.OKABE_ITO), list(plots.INKS)):
        one, other = (np.array(to_rgb(colours[i % len(colours)])) for i in (first, second))
        assert first % len(colours) == second % len(colours) or np.abs(one - other).max() > 0.05


@property_of("npae.plots.architecture", few=0, many=10, widths=st.lists(st.integers(1, 40), min_size=1, max_size=3))
def test_an_unfitted_model_can_be_drawn(widths):
    assert plots.architecture(Autoencoder(widths), 12) is not None
    plt.close("all")
