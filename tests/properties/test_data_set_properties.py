"""Data sets: what is written comes back, and what is made has the form that its docstring says."""

import gzip
import struct
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from properties import property_of
from strategies import rngs, seeds

from npae import datasets

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def idx(array):
    """Return an array as the bytes of an IDX file, by the definition of the format."""
    header = bytes([0, 0, CODES[array.dtype.str[1:]], array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


@property_of(
    "npae.datasets.load_idx",
    few=6,
    many=100,
    kind=st.sampled_from([*CODES]),
    shape=st.lists(st.integers(0, 4), min_size=1, max_size=4),
    packed=st.booleans(),
    seed=seeds,
)
def test_an_idx_file_comes_back_to_the_bit(kind, shape, packed, seed):
    dtype = np.dtype(kind)
    size = int(np.prod(shape)) * dtype.itemsize
    array = np.frombuffer(np.random.default_rng(seed).bytes(size), dtype).reshape(shape)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a"
        path.write_bytes(gzip.compress(idx(array)) if packed else idx(array))
        read = datasets.load_idx(path)
    assert read.dtype == dtype and read.shape == array.shape and read.tobytes() == array.tobytes()


@property_of(
    "npae.datasets.load_images",
    "npae.datasets.Images",
    counts=st.tuples(st.integers(1, 4), st.integers(1, 3)),
    rng=rngs,
)
def test_a_folder_of_idx_files_comes_back_in_0_to_1(counts, rng):
    with tempfile.TemporaryDirectory() as folder:
        kept = {}
        for part, count in zip(("train", "t10k"), counts, strict=True):
            kept[part] = rng.integers(0, 256, (count, 5, 4)).astype("u1"), rng.integers(0, 10, count).astype("u1")
            for name, array in zip(("images-idx3", "labels-idx1"), kept[part], strict=True):
                (Path(folder) / f"{part}-{name}-ubyte").write_bytes(idx(array))
        images = datasets.load_images(folder)
    for part, X, y, pictures in (
        ("train", images.train, images.train_labels, images.train_images[..., 0]),
        ("t10k", images.test, images.test_labels, images.test_images[..., 0]),
    ):
        np.testing.assert_array_equal(np.rint(255 * pictures), kept[part][0])
        np.testing.assert_array_equal(X, pictures.reshape(len(X), -1))
        np.testing.assert_array_equal(y, kept[part][1])
        assert X.min() >= 0 and X.max() <= 1


@property_of(
    "npae.datasets.load_folder", "npae.datasets.Pictures", colour=st.booleans(), count=st.integers(1, 3), rng=rngs
)
def test_pictures_come_back_with_the_names_of_their_folders(colour, count, rng):
    from PIL import Image

    arrays = rng.integers(0, 256, (count, 3, 4, 3) if colour else (count, 3, 4)).astype("u1")
    with tempfile.TemporaryDirectory() as folder:
        for i, array in enumerate(arrays):
            path = Path(folder) / f"kind {i % 2}" / f"{i}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(array).save(path)
        loaded = datasets.load_folder(folder)
    order = [int(path.stem) for path in loaded.paths]
    np.testing.assert_array_equal(np.rint(255 * loaded.pictures), arrays[order])
    assert loaded.labels == tuple(f"kind {i % 2}" for i in order) and loaded.picture_shape == arrays.shape[1:]
    np.testing.assert_array_equal(loaded.samples, loaded.pictures)


@property_of(
    *("npae.datasets.load_font", "npae.datasets.Font", "npae.datasets.Font.select", "npae.datasets.Font.samples"),
    shape=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    labels=st.lists(st.sampled_from([*"ABxy0?", "space", "block"]), min_size=1, max_size=5, unique=True),
    rng=rngs,
)
def test_a_font_comes_back_from_its_file(shape, labels, rng):
    glyphs = rng.integers(0, 2, (len(labels), *shape))
    text = "\n\n".join(
        f":{label}\n" + "\n".join("".join(".#"[pixel] for pixel in row) for row in glyph)
        for label, glyph in zip(labels, glyphs, strict=True)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.txt"
        path.write_text(f"; a comment\n{text}\n", encoding="utf-8")
        font = datasets.load_font(path)
    assert font.name == "mine" and font.shape == shape == font.picture_shape and len(font) == len(labels)
    np.testing.assert_array_equal(font.images, glyphs)
    np.testing.assert_array_equal(font.samples, font.pixels)
    order = rng.permutation(len(labels))
    chosen = font.select([font.labels[i] for i in order])
    np.testing.assert_array_equal(chosen.images, glyphs[order])
    np.testing.assert_array_equal((font + chosen).pixels, np.concatenate([font.pixels, chosen.pixels]))


@property_of("npae.datasets.FONTS", "npae.datasets.load_font", name=st.sampled_from(datasets.FONTS))
def test_the_glyphs_of_a_built_in_font_are_black_and_white_and_differ(name):
    font = datasets.load_font(name)
    assert {*np.unique(font.pixels)} == {0.0, 1.0} and len({*font.labels}) == len(font)
    assert len(np.unique(font.pixels, axis=0)) == len(font)


@property_of(
    *("npae.datasets.circles", "npae.datasets.Circles"),
    n=st.integers(1, 5),
    points=st.integers(3, 9),
    radii=st.sampled_from([(0.1, 0.9), (2.0, 2.0), (3.0, 1e-3)]),
)
def test_points_lie_on_their_circle_and_add_up_to_its_centre(n, points, radii):
    made = datasets.circles(n, points, radii)
    assert len(made) == n and made.points.shape == (n, 2 * points) and made.curves.shape == (n, points, 2)
    lengths = np.linalg.norm(made.curves, axis=2)
    np.testing.assert_allclose(lengths, np.broadcast_to(made.radii[:, None], lengths.shape), rtol=1e-12)
    np.testing.assert_allclose(made.curves.sum(axis=1), 0, atol=1e-12 * max(radii) * points)
    assert made.radii[0] == radii[0] and (n == 1 or made.radii[-1] == radii[1])


@property_of(
    *("npae.datasets.curves", "npae.datasets.Curves"), n=st.integers(1, 4), size=st.integers(6, 12), seed=seeds
)
def test_the_first_of_many_curves_are_those_of_few(n, size, seed):
    many, few = datasets.curves(n + 2, size=size, random_state=seed), datasets.curves(n, size=size, random_state=seed)
    assert many.pixels.dtype == np.float32 and few.images.shape == (n, size, size) and len(few) == n
    np.testing.assert_array_equal(many.pixels[:n], few.pixels)
    np.testing.assert_array_equal(many.points[:n], few.points)
    assert few.pixels.min() >= 0 and few.pixels.max() <= 1 and (few.pixels.max(axis=1) > 0.5).all()


@property_of(
    *("npae.datasets.sines", "npae.datasets.Sines"),
    n=st.integers(1, 4),
    steps=st.integers(1, 9),
    channels=st.integers(1, 3),
    waves=st.integers(1, 3),
    seed=seeds,
)
def test_sines_follow_their_parameters(n, steps, channels, waves, seed):
    made = datasets.sines(n, steps, channels=channels, waves=waves, random_state=seed)
    assert made.values.shape == (n, steps, channels) and made.phases.shape == (n, channels, waves) and len(made) == n
    assert (np.abs(made.values) <= made.amplitudes.sum(axis=2)[:, None] + 1e-12).all()
    angles = made.phases[:, None] + 2 * np.pi * made.frequencies[:, None] * (np.arange(steps) / steps)[:, None, None]
    np.testing.assert_allclose(made.values, (made.amplitudes[:, None] * np.sin(angles)).sum(axis=3), atol=1e-12)
    assert ((made.frequencies >= 1) & (made.frequencies <= 5)).all() and (made.phases < 2 * np.pi).all()
