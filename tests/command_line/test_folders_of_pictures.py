"""A folder of pictures comes to the size that the model takes."""

import numpy as np
import pytest

import npae

COMMANDS = {
    "encode": ["encode", "p.npz", "pics", "--out", "out.npy"],
    "reconstruct": ["reconstruct", "p.npz", "pics", "--out", "out.npy"],
    "score": ["score", "p.npz", "pics", "--out", "out.csv"],
    "explore": ["explore", "p.npz", "pics", "--out", "out.html", "--quiet"],
}


@pytest.fixture
def pics(folder):
    """Two pictures of different sizes in a folder, one of them in colour."""
    Image = pytest.importorskip("PIL.Image")
    (folder / "pics").mkdir()
    Image.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8)).save("pics/a.png")
    Image.fromarray(np.arange(126, dtype=np.uint8).reshape(6, 7, 3)).save("pics/b.png")


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 3)], ids=["grey", "colour"])
def test_the_model_knows_the_size(command, shape, ok, pics, folder):
    X = np.random.default_rng(0).random((5, *shape))
    npae.Autoencoder([npae.Flatten(), 2], epochs=1, random_state=0).fit(X).save("p.npz")
    ok(*command)
    implied = (folder / command[4]).read_bytes()
    ok(*command, "--size", "3x4", "--grey" if len(shape) == 2 else "--colour")
    assert (folder / command[4]).read_bytes() == implied


def test_a_size_that_is_given_counts(refused, pics):
    npae.Autoencoder([npae.Flatten(), 2], epochs=1).fit(np.ones((5, 3, 4))).save("p.npz")
    assert "must have samples of shape (3, 4), as in fit, got (5, 5)" in refused(
        "score", "p.npz", "pics", "--size", "5"
    )


@pytest.mark.parametrize("command", [["train", "pics", "--out", "p.npz"], ["explore", "pics"]], ids=lambda c: c[0])
def test_without_a_model_the_hint_is_an_option(command, refused, pics):
    assert refused(*command).endswith("unlike pics/a.png of 6 x 8. Give --size 6x8 to resize them.")
