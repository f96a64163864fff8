"""In a real browser, the page computes what Python computes, fast enough to follow the pointer."""

import numpy as np
import pytest
from steps import LETTERS, ROUND_THE_PLANE, decoded, encoded, letters, small

import npae
from npae.activations import ACTIVATIONS

pytestmark = pytest.mark.slow  # a browser: .ci/run has it

RNG = np.random.default_rng(0)


def test_decoding_1000_codes_equals_python_to_1e_6(page):
    codes = RNG.normal(0, 2, (1000, 2))
    np.testing.assert_allclose(decoded(page, codes), letters().decode(codes), rtol=0, atol=1e-6)
    np.testing.assert_allclose(encoded(page, LETTERS.pixels), letters().encode(LETTERS.pixels), rtol=0, atol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_every_activation_and_loss_equals_python_to_1e_6(opened, activation, loss):
    X = RNG.random((20, 9))
    output = activation if loss == "mse" else None
    ae = npae.Autoencoder(encoder=[7, 2], activation=activation, output=output, loss=loss, epochs=3, random_state=0)
    driver, codes = opened(ae.fit(X), data=X), RNG.normal(0, 3, (1000, 2))
    np.testing.assert_allclose(decoded(driver, codes), ae.decode(codes), rtol=0, atol=1e-6)
    np.testing.assert_allclose(encoded(driver, X), ae.encode(X), rtol=0, atol=1e-6)


def test_the_code_of_a_variational_model_is_its_mean(opened):
    X, codes = RNG.random((20, 9)), RNG.normal(0, 3, (1000, 2))
    ae = npae.Autoencoder(encoder=[7, npae.GaussianCode(2)], loss="bce", epochs=3, random_state=0).fit(X)
    driver = opened(ae, data=X)
    np.testing.assert_allclose(decoded(driver, codes), ae.decode(codes), rtol=0, atol=1e-6)
    np.testing.assert_allclose(encoded(driver, X), ae.encode(X), rtol=0, atol=1e-6)


SCALED = {
    "flat": ((6,), [7, 2]),
    "series": ((5, 3), [7, 2]),
    "images": ((4, 4, 1), [npae.Conv2D(2, 3, activation="relu"), npae.Flatten(), 2]),
    "colours": ((4, 4, 3), [npae.Conv2D(2, 3, activation="relu"), npae.Flatten(), 2]),
    "colours to numbers": ((4, 4, 4), [7, 2]),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("scale", ["auto", "common", "columns", None])
@pytest.mark.parametrize("case", SCALED)
def test_scaled_samples_equal_python(opened, case, scale, dtype):
    in_shape, encoder = SCALED[case]
    scales = 10.0 ** np.arange(in_shape[-1])
    X, codes = 5 * scales + scales * RNG.random((20, *in_shape)), RNG.normal(0, 2, (100, 2))
    ae = npae.Autoencoder(encoder, scale=scale, optimizer="adam", epochs=3, dtype=dtype, random_state=0).fit(X)
    assert (ae.network_.scaling is None) == (scale is None)
    shape = {(6,): (2, 3), (5, 3): (5, 3)}.get(in_shape)
    driver = opened(ae, data=X, shape=shape)
    near = 1e-9 if dtype == "float64" else 1e-3
    expected = ae.decode(codes.astype(dtype)).reshape(100, -1)
    np.testing.assert_allclose(decoded(driver, codes), expected, rtol=near, atol=near * np.abs(expected).max())
    np.testing.assert_allclose(encoded(driver, X.reshape(20, -1)), ae.encode(X), rtol=near, atol=near)


def test_a_float32_model_is_as_near_as_float32_allows(opened):
    ae, codes = small(dtype="float32"), RNG.normal(size=(1000, 2))
    np.testing.assert_allclose(decoded(opened(ae), codes), ae.decode(codes.astype(np.float32)), rtol=1e-4, atol=1e-5)


def test_the_picture_follows_the_pointer_at_60_frames_per_second(page):
    """Every move is drawn in the next frame, in less than the time of a frame, at 60 frames per second."""
    intervals = []
    for _ in range(3):  # another program may have the processor for a while
        run = page.execute_async_script(ROUND_THE_PLANE)
        assert run["drawn"] >= 59
        assert np.median(run["costs"]) < 1000 / 60
        intervals.append(np.median(np.diff(run["times"])))
        if intervals[-1] < 17:
            break
    assert min(intervals) < 17
