"""What an autoencoder of series says of data that are none."""

import numpy as np
import pytest
from looped import in_one_test

from npae import LSTM, Autoencoder, Conv1D, Dense, Flatten

LAYERS = {"conv": [Conv1D(2, 3, activation="identity"), Flatten(), Dense(2)], "lstm": [LSTM(3), Dense(2)]}
X = np.random.default_rng(0).random((4, 6, 2))


@pytest.fixture(params=LAYERS)
def ae(request):
    return Autoencoder(LAYERS[request.param], epochs=1, random_state=0)


def test_rows_are_not_series_and_the_message_says_how_to_reshape(ae):
    hint = r"(Use X.reshape\(-1, 6, 1\)|One channel is X\[:, :, None\])"
    with pytest.raises(ValueError, match=rf"encoder.0: samples must be series \(T, C\).*got .*\(6,\)\. {hint}"):
        ae.fit(X[:, :, 0])
    assert ae.fit(X[:, :, 0].reshape(-1, 6, 1)).encode(X[:, :, :1]).shape == (4, 2)


def test_series_of_different_lengths_get_a_hint_about_padding(ae):
    with pytest.raises(ValueError, match=r"X must be an array of numbers.*X, mask = npae.series.pad\(series\)"):
        ae.fit([X[0], X[1, :4]])


def test_rows_are_not_series_after_fit_either(ae):
    message = r"X must have samples of shape \(6, 2\), as in fit, got \(12,\). Use X.reshape\(-1, 6, 2\)"
    with pytest.raises(ValueError, match=message):
        ae.fit(X).reconstruct(X.reshape(4, 12))


def test_images_are_not_series(ae):
    with pytest.raises(ValueError, match=r"encoder.0: samples must be series \(T, C\).*got .*\(6, 2, 1\)"):
        ae.fit(X[..., None])


def test_series_need_a_step(ae):
    with pytest.raises(ValueError, match=r"X must be series \(N, T, C\) of at least one step, got shape \(4, 0, 2\)"):
        ae.fit(X[:, :0])


def test_series_need_a_channel(ae):
    with pytest.raises(ValueError, match=r"X must hold features, got 0 feature\(s\) \(shape=\(4, 6, 0\)\)"):
        ae.fit(X[:, :, :0])


@in_one_test("shape", [(4, 5), (3, 6), (4, 6, 2), (6, 4), (4,)])
@in_one_test("method", ["fit", "partial_fit", "encode", "reconstruct", "score_samples", "threshold"])
def test_masks_of_another_shape_are_refused(ae, method, shape):
    message = rf"mask must be bools of shape \(4, 6\), got bool of shape \({', '.join(map(str, shape))},?\)"
    with pytest.raises(ValueError, match=message):
        getattr(ae.fit(X), method)(X, mask=np.ones(shape, bool))


@pytest.mark.parametrize("channel", [0, 1])
def test_a_channel_that_is_nothing_but_nan_is_named(ae, channel):
    lost = X.copy()
    lost[:, :, channel] = np.nan
    message = (
        rf"X must be finite, got NaN at \[0, 0, {channel}\] and 24 such value\(s\) in all. Leave channel {channel} out"
    )
    with pytest.raises(ValueError, match=message):
        ae.fit(lost)


def test_a_gap_does_not_condemn_its_channel(ae):
    gap = X.copy()
    gap[1, 2:4, 1] = np.nan
    with pytest.raises(
        ValueError, match=r"got NaN at \[1, 2, 1\] and 2 such value\(s\) in all\. Or let the model take gaps"
    ):
        ae.fit(gap)


def test_channels_are_counted_over_the_pieces_of_large_data(ae, monkeypatch):
    lost = X.copy()
    lost[:, :, 1] = np.nan
    monkeypatch.setattr("npae.samples.rows.PIECE", 1)
    with pytest.raises(ValueError, match="24 such value.*Leave channel 1 out: nothing in it is finite"):
        ae.fit(lost)
