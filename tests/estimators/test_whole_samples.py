"""Numbers of units see whole samples: images and series are flattened before them, and get their shape back."""

import numpy as np
import pytest
from looped import in_one_test

import npae
from npae import Autoencoder, Classifier, Dense, Flatten, Reshape

IMAGES = {
    shape: np.random.default_rng(0).random((12, *shape)) for shape in [(6, 5), (6, 5, 1), (4, 3, 3), (2, 2, 2, 2)]
}


def fitted(X, encoder=(8, 2), **params):
    return Autoencoder(encoder, **{"epochs": 3, "random_state": 0, **params}).fit(X)


@in_one_test("loss", ["mse", "bce"])
@in_one_test("shape", IMAGES, ids=str)
def test_an_image_has_one_code_and_is_decoded_to_an_image(shape, loss):
    X = IMAGES[shape]
    ae, flat = fitted(X, loss=loss), fitted(X.reshape(12, -1), loss=loss)
    assert ae.encode(X).shape == (12, 2)
    assert ae.reconstruct(X).shape == X.shape == ae.decode(ae.encode(X)).shape
    assert ae.sample(3).shape == (3, *shape)
    np.testing.assert_array_equal(ae.theta_, flat.theta_)
    np.testing.assert_array_equal(ae.reconstruct(X).reshape(12, -1), flat.reconstruct(X.reshape(12, -1)))
    assert ae.score(X) == pytest.approx(flat.score(X.reshape(12, -1)))


@in_one_test("encoder", [[4], (4, 2), range(4, 1, -2), np.array([4, 2]), [4, Dense(2, "tanh")]], ids=repr)
def test_every_way_to_write_the_first_number_counts(encoder):
    X = IMAGES[6, 5]
    assert fitted(X, encoder).encode(X).ndim == 2


@in_one_test("decoder", [[8, 30], [8, Dense(30)], [8, Dense(30, "sigmoid"), Reshape((6, 5))]], ids=repr)
def test_an_own_decoder_gives_the_shape_back(decoder):
    X = IMAGES[6, 5]
    for encoder in ([8, 2], [Flatten(), 8, 2]):
        assert fitted(X, encoder, decoder=decoder, loss="bce").reconstruct(X).shape == X.shape
    assert Autoencoder.from_sizes([30, 2, 30], epochs=1).fit(X).reconstruct(X).shape == X.shape


def test_a_decoder_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"decoder must end with samples of shape \(6, 5\), got \(29,\)"):
        fitted(IMAGES[6, 5], decoder=[8, 29])


def test_the_layers_say_what_happened_and_the_file_keeps_them(tmp_path):
    X = IMAGES[6, 5]
    ae = fitted(X)
    assert ae.network_.encoder.layers[0] == Flatten()
    assert ae.network_.decoder.layers[-1] == Reshape((6, 5))
    ae.save(tmp_path / "model.npz")
    np.testing.assert_array_equal(npae.load(tmp_path / "model.npz").reconstruct(X), ae.reconstruct(X))
    assert ae.partial_fit(X).n_epochs_ == 4


@pytest.mark.filterwarnings("ignore:.*sees each of the 6 rows")
def test_series_are_whole_samples_too_but_not_with_a_mask():
    X = IMAGES[6, 5]
    mask = np.arange(6) < np.array([6, 4] * 6)[:, None]
    assert fitted(X).encode(X).shape == (12, 2)
    by_steps = Autoencoder([8, 2], epochs=3, random_state=0).fit(X, mask=mask)
    assert by_steps.encode(X, mask=mask).shape == (12, 6, 2)
    assert fitted(X, [Dense(8, "tanh"), 2]).encode(X).shape == (12, 6, 2)


def test_a_classifier_sees_whole_samples():
    X, y = IMAGES[6, 5], [0, 1] * 6
    for model in (Classifier([4], epochs=2), Classifier(epochs=2), Classifier(start=fitted(X), epochs=2)):
        assert model.fit(X, y).predict(X).shape == (12,)


@pytest.mark.parametrize("drawing", [npae.Dropout(0.1), npae.Noisy(npae.GaussianNoise(0.1))], ids=repr)
def test_layers_that_only_draw_noise_may_come_before_the_units(drawing):
    X = IMAGES[6, 5]
    assert fitted(X, [drawing, 4, 2]).encode(X).shape == (12, 2)


ROWS = np.random.default_rng(0).random((12, 6, 4))
ONCE = {"epochs": 1, "optimizer": "gradient_descent", "random_state": 0}


@in_one_test(
    "layers",
    [[Dense(3, "tanh"), 2], [npae.Dropout(0.1), Dense(2, "tanh")], [npae.GaussianNoise(0.1), Dense(2)]],
    ids=str,
)
def test_images_given_to_dense_are_coded_row_by_row_with_a_warning(layers):
    layers = [npae.Noisy(layer) if isinstance(layer, npae.Noise) else layer for layer in layers]
    with pytest.warns(
        UserWarning, match=r"\(Dense\) sees each of the 6 rows of a sample of shape \(6, 4\).*Flatten\(\)"
    ):
        ae = Autoencoder(layers, **ONCE).fit(ROWS)
    assert ae.encode(ROWS).shape == (12, 6, 2)
    assert Autoencoder([npae.Flatten(), *layers], **ONCE).fit(ROWS).encode(ROWS).shape == (12, 2)


def test_series_whose_steps_dense_codes_may_be_meant():
    """A layer that connects steps, a mask, or steps as rows say so; an int sees whole samples."""
    mask = np.ones((12, 6), bool)
    for layers, options in (
        ([Dense(3, "tanh"), npae.LSTM(2)], {}),
        ([Dense(3, "tanh"), npae.Conv1D(2, 3), npae.Flatten(), 2], {}),
        ([Dense(3, "tanh"), 2], {"mask": mask}),
        ([3, 2], {}),
    ):
        Autoencoder(layers, **ONCE).fit(ROWS, **options)
    assert Autoencoder([Dense(3, "tanh"), 2], **ONCE).fit(ROWS.reshape(-1, 4)).encode(ROWS[0]).shape == (6, 2)
