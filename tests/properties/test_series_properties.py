"""Series: windows and back, padding and back, scaling and back, and models that see no padding."""

import numpy as np
from hypothesis import strategies as st
from properties import property_of
from strategies import fitted, rngs

import npae
from npae.series import ChannelScaler, overlap_mean, pad, windows

kinds = st.sampled_from(["float64", "float32", "int64", "uint8"])


@property_of(
    *("npae.series.windows", "npae.series.overlap_mean"),
    few=6,
    steps=st.integers(1, 20),
    length=st.integers(1, 8),
    stride=st.integers(1, 8),
    channels=st.integers(1, 3),
    kind=kinds,
    rng=rngs,
)
def test_windows_lead_back_to_the_recording(steps, length, stride, channels, kind, rng):
    length = min(length, steps)
    stride = min(stride, length)
    recording = (100 * rng.random((steps, channels))).astype(kind)
    cut = windows(recording, length, stride)
    assert cut.shape == (1 + (steps - length) // stride, length, channels) and cut.dtype == kind
    assert np.shares_memory(cut, recording) and not cut.flags.writeable
    covered = (len(cut) - 1) * stride + length
    back = overlap_mean(cut, stride)
    np.testing.assert_allclose(back, recording[:covered], rtol=1e-6)
    np.testing.assert_allclose(overlap_mean(np.ones(cut.shape[:2]), stride), 1)
    np.testing.assert_array_equal(windows(recording[:, 0], length, stride)[:, :, 0], cut[:, :, 0])


@property_of(
    "npae.series.pad",
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    more=st.integers(0, 3),
    kind=kinds,
    rng=rngs,
)
def test_a_mask_takes_padding_away_again(lengths, more, kind, rng):
    series = [(100 * rng.random((length, 2))).astype(kind) for length in lengths]
    X, mask = pad(series, max(lengths) + more)
    assert X.shape == (len(lengths), max(lengths) + more, 2) and mask.shape == X.shape[:2]
    assert X.dtype == ("float32" if kind in ("float32", "uint8") else "float64")
    np.testing.assert_array_equal(X[mask], np.concatenate(series))
    np.testing.assert_array_equal(mask.sum(axis=1), lengths)
    assert (X[~mask] == 0).all()


@property_of(
    *("npae.series.ChannelScaler", "npae.series.ChannelScaler.fit", "npae.series.ChannelScaler.transform"),
    "npae.series.ChannelScaler.inverse",
    rng=rngs,
    channels=st.integers(1, 3),
    size=st.sampled_from([1e-300, 1.0, 1e300]),
    shift=st.sampled_from([0.0, 100.0]),
)
def test_scaling_gives_mean_0_and_deviation_1_and_leads_back(rng, channels, size, shift):
    X = size * (rng.standard_normal((3, 5, channels)) + shift)
    scaler = ChannelScaler.fit(X)
    scaled = scaler.transform(X)
    steps = scaled.reshape(-1, channels)
    np.testing.assert_allclose(steps.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(steps.std(axis=0), 1, rtol=1e-9)
    np.testing.assert_allclose(scaler.inverse(scaled), X, rtol=1e-9)
    np.testing.assert_allclose(scaler.transform(X[0, 1]), scaled[0, 1], rtol=1e-12)
    again = ChannelScaler.fit(scaled)
    np.testing.assert_allclose(again.means, 0, atol=1e-9)


LAYERS = {
    "steps": [npae.Dense(2, "tanh")],
    "LSTM": [npae.LSTM(2)],
    "convolution": [npae.Conv1D(2, 3, activation="tanh")],
}


@property_of(
    *("npae.Autoencoder.fit", "npae.Autoencoder.reconstruct", "npae.Autoencoder.score"),
    few=3,
    name=st.sampled_from([*LAYERS]),
    rng=rngs,
    optimizer=st.sampled_from(["adam", "momentum"]),
)
def test_what_padding_holds_changes_no_bit_of_a_model(name, rng, optimizer):
    X, mask = rng.random((6, 5, 2)), np.arange(5) < rng.integers(1, 6, 6)[:, None]
    mask[0] = True
    options = {"encoder": LAYERS[name], "optimizer": optimizer, "epochs": 2, "random_state": 0}
    other = X.copy()
    other[~mask] = np.nan
    models = [npae.Autoencoder(**options).fit(given, mask=mask) for given in (X, other)]
    np.testing.assert_array_equal(models[0].theta_, models[1].theta_)
    rebuilt = [model.reconstruct(given, mask=mask)[mask] for model, given in zip(models, (X, other), strict=True)]
    np.testing.assert_array_equal(*rebuilt)
    assert models[0].score(X, mask=mask) == models[1].score(other, mask=mask)


@property_of("npae.Autoencoder.fit", rng=rngs, shape=st.sampled_from([(4, 3), (3, 2, 1), (2, 2, 2)]))
def test_samples_of_any_shape_are_rows_to_an_int(rng, shape):
    X = rng.random((7, *shape))
    options = {"encoder": [3, 2], "optimizer": "adam", "epochs": 2, "random_state": 0, "scale": "common"}
    shaped, flat = fitted(X, **options), fitted(X.reshape(7, -1), **options)
    np.testing.assert_allclose(shaped.encode(X), flat.encode(X.reshape(7, -1)), rtol=1e-9)
    assert shaped.reconstruct(X).shape == X.shape


@property_of(
    "npae.series.ChannelScaler.transform",
    "npae.series.ChannelScaler.inverse",
    rng=rngs,
    kind=st.sampled_from(["float16", "float32"]),
    share=st.sampled_from([1e-3, 0.9]),
)
def test_a_scaler_works_in_more_digits_than_its_series_have(rng, kind, share):
    """Of half precision, differences from the mean may be beyond the largest number, and deviations below the least."""
    X = (share * np.finfo(kind).max * (2 * rng.random((3, 5, 2)) - 1)).astype(kind)
    scaler = ChannelScaler.fit(X)
    scaled = scaler.transform(X)
    exact = scaler.transform(X.astype(np.float64))
    assert scaled.dtype == kind
    np.testing.assert_array_equal(scaled, exact.astype(kind))
    eps = float(np.finfo(kind).eps)
    np.testing.assert_allclose(
        scaler.inverse(scaled).astype(float), X.astype(float), atol=4 * eps * float(np.abs(X).max())
    )
    tiny = ChannelScaler((0.0, 0.0), (1e-60, 1e-60))
    np.testing.assert_array_equal(tiny.transform(np.zeros((2, 2), kind)), 0)
