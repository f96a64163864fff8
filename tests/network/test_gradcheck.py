from dataclasses import dataclass

import numpy as np
import pytest
from cases import CASES
from looped import in_one_test

import npae
from npae import AveragePool1D, Bias, Dense, GradientMismatch, Layer, Network, Upsample, Weight, check_gradients


@dataclass(frozen=True)
class Bilinear(Layer):
    """y = gain * x + (x U) V, with one mistake that a user could make, or none."""

    mistake: str = ""

    def parameters(self, in_shape):
        (D,) = in_shape
        return {"gain": Bias((D,), 0.7), "U": Weight((D, 2), D, 2), "V": Weight((2, D), 2, D)}

    def forward(self, x, params, context):
        U, V = params["U"], params["V"]
        h = x @ U

        def backward(dy, grads):
            if self.mistake == "replaces gain":
                grads["gain"] = (dy * x).sum(axis=0)
            elif self.mistake == "gain is nan":
                grads["gain"][...] = np.nan
            elif self.mistake != "forgets gain":
                grads["gain"][...] = (dy * x).sum(axis=0)
            grads["V"][...] = h.T @ dy
            grads["U"][...] = x.T @ dy @ V.T
            if self.mistake == "sign of V":
                grads["V"] *= -1
            if self.mistake == "one entry of U":
                grads["U"][2, 1] *= 1.01
            dx = dy @ V.T @ U.T
            return dx if self.mistake == "dx" else dx + dy * params["gain"]

        y = h @ V + params["gain"] * x
        return (y[:, :-1] if self.mistake == "shape" else y), backward


@dataclass(frozen=True)
class Noisy(Layer):
    """y = x * r with a random r; `honest` says whether backward uses the same r."""

    honest: bool = True
    stochastic = True

    def forward(self, x, params, context):
        r = context.rng.random(x.shape)
        return x * r, lambda dy, grads: dy * (r if self.honest else context.rng.random(x.shape))


@pytest.mark.fast_cases(9)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_layer_of_the_table_passes(case):
    report = check_gradients(case.layer, case.samples())
    assert report.error < 1e-7
    assert check_gradients(case.network(), *case.data()).error < 1e-7


@in_one_test(
    ("mistake", "culprit"),
    [
        ("sign of V", r"Bilinear\.V\[\d, \d\]"),
        ("one entry of U", r"Bilinear\.U\[2, 1\]"),
        ("forgets gain", r"Bilinear\.gain\[\d\], nan by backpropagation"),
        ("dx", r"input\.x\[\d, \d\]"),
    ],
)
def test_a_mistake_in_a_users_layer_is_named(mistake, culprit):
    message = "gradient must agree with central differences to 1e-06: worst of 45 entries: " + culprit
    with pytest.raises(GradientMismatch, match=message):
        check_gradients(Bilinear(mistake), in_shape=(5,))


@in_one_test(
    ("mistake", "culprit"),
    [("sign of V", r"encoder\.1\.V"), ("forgets gain", r"encoder\.1\.gain"), ("dx", "encoder.0")],
)
def test_a_mistake_is_named_within_a_network_too(mistake, culprit):
    network = Network([Dense(5, "tanh"), Bilinear(mistake)], [Dense(4)], in_shape=(4,))
    with pytest.raises(GradientMismatch, match=culprit):
        check_gradients(network)


@pytest.mark.parametrize("mistake", ["forgets gain", "replaces gain"])
def test_an_array_that_was_never_filled_is_told_from_one_of_nans(mistake):
    hint = (
        r"\. grads\['gain'\] was never filled: write grads\['gain'\]\[\.\.\.\] = \.\.\., not grads\['gain'\] = \.\.\.$"
    )
    with pytest.raises(GradientMismatch, match=r"nan by backpropagation.*" + hint):
        check_gradients(Bilinear(mistake), in_shape=(5,))
    with pytest.raises(GradientMismatch, match=r"nan by backpropagation.*\)\.$"):
        check_gradients(Bilinear("gain is nan"), in_shape=(5,))


def test_an_array_that_replaces_one_of_grads_is_refused_within_a_network_too():
    message = r"encoder\.1 .*: grads\['gain'\] must be filled in place, got a new array that nobody reads\. Write"
    network = Network([Dense(5, "tanh"), Bilinear("replaces gain")], [Dense(4)], in_shape=(4,))
    with pytest.raises(ValueError, match=message):
        check_gradients(network)
    with pytest.raises(ValueError, match=message):
        npae.Autoencoder([5, Bilinear("replaces gain")], decoder=[4], epochs=1).fit(np.ones((3, 4)) * np.arange(4))


def test_a_right_layer_passes_and_reports_how_many_entries_were_compared():
    report = check_gradients(Bilinear(), in_shape=(5,))
    assert report.error < 1e-8
    assert report.entries == 5 + 10 + 10 + 4 * 5
    assert str(report).startswith("worst of 45 entries: ")
    assert abs(report.backprop - report.numeric) < 1e-8


def test_a_mismatch_is_an_assertion():
    assert issubclass(GradientMismatch, AssertionError)


def test_an_output_that_is_not_of_the_promised_shape_is_refused():
    with pytest.raises(ValueError, match=r"must return y of shape \(4, 5\), as its out_shape says, got .* \(4, 4\)"):
        check_gradients(Bilinear("shape"), in_shape=(5,))


def test_a_stochastic_layer_is_checked_with_its_randomness_frozen():
    assert check_gradients(Noisy(), in_shape=(5,)).error < 1e-8
    network = Network([Noisy(), Dense(2, "tanh")], [Dense(5)], in_shape=(5,))
    assert check_gradients(network).error < 1e-8
    with pytest.raises(GradientMismatch, match=r"input\.x"):
        check_gradients(Noisy(honest=False), in_shape=(5,))


def test_a_way_back_without_dx_is_noticed():
    class OneWay(Layer):
        def forward(self, x, params, context):
            return 2 * x, lambda dy, grads: None

    with pytest.raises(GradientMismatch, match=r"backward of OneWay must return dx of shape \(4, 3\), got None"):
        check_gradients(OneWay(), in_shape=(3,))


def test_a_dx_that_would_broadcast_is_noticed():
    class Summed(Layer):
        def forward(self, x, params, context):
            return 2 * x, lambda dy, grads: 2 * dy.sum(axis=0)

    with pytest.raises(GradientMismatch, match=r"must return dx of shape \(4, 3\), got an array of shape \(3,\)"):
        check_gradients(Summed(), in_shape=(3,))


def test_the_given_number_of_entries_is_checked():
    assert check_gradients(Bilinear(), in_shape=(5,), entries=7).entries == 7
    assert check_gradients(Bilinear(), in_shape=(5,), entries=1000).entries == 45


def test_theta_says_where():
    layer, theta = Dense(2, "relu"), np.concatenate([np.ones(6), [-100.0, -100.0]])
    report = check_gradients(layer, np.ones((4, 3)), theta=theta)
    assert (report.backprop, report.numeric) == (0, 0)
    network = Network([Dense(2)], [Dense(3)], in_shape=(3,))
    assert check_gradients(network, theta=np.zeros(network.n_parameters)).error < 1e-8


def test_relu_of_a_blank_input_is_no_mistake():
    """Its sum is 0 where biases are: the corner, where central differences see half a slope."""
    network = Network([Dense(4, "relu"), Dense(2)], [Dense(4, "relu"), Dense(3)], in_shape=(3,))
    check_gradients(network, np.zeros((2, 3)), np.ones((2, 3)))


def test_a_network_without_weights_is_refused():
    network = Network([Upsample(2)], [AveragePool1D(2)], in_shape=(4, 1))
    with pytest.raises(ValueError, match="subject must have weights to check the gradient of, got Network"):
        check_gradients(network)


def test_theta_and_samples_are_not_changed():
    theta, X = np.linspace(-1, 1, 8), np.ones((4, 3))
    check_gradients(Dense(2, "tanh"), X, theta=theta)
    np.testing.assert_array_equal(theta, np.linspace(-1, 1, 8))
    np.testing.assert_array_equal(X, 1)


def test_targets_may_have_another_shape():
    network = Network([Dense(2, "tanh")], [Dense(3)], in_shape=(5,))
    assert check_gradients(network).error < 1e-8
    assert check_gradients(network, np.ones((2, 5)), np.ones((2, 3))).error < 1e-8


def test_the_seed_determines_the_report():
    reports = [check_gradients(Dense(3, "tanh"), in_shape=(5,), random_state=seed) for seed in (1, 1, 2)]
    assert reports[0] == reports[1] != reports[2]


@in_one_test("tolerance", [0, -1, np.inf, np.nan, "1e-6"])
def test_a_bad_tolerance_is_refused(tolerance):
    with pytest.raises(ValueError, match=r"tolerance must be a number in \]0, inf\[, got "):
        check_gradients(Dense(2), in_shape=(3,), tolerance=tolerance)


@in_one_test("entries", [0, -1, 2.5])
def test_a_bad_number_of_entries_is_refused(entries):
    with pytest.raises(ValueError, match="entries must be an integer of at least 1, got "):
        check_gradients(Dense(2), in_shape=(3,), entries=entries)


@in_one_test("subject", [None, Dense, "tanh", np.sum])
def test_another_subject_is_refused(subject):
    with pytest.raises(ValueError, match="subject must be a Network or a Layer, got "):
        check_gradients(subject, in_shape=(3,))


def test_float32_networks_are_refused():
    network = Network([Dense(2)], [Dense(3)], in_shape=(3,), dtype=np.float32)
    with pytest.raises(ValueError, match="network must have dtype float64 for a gradient check, got float32"):
        check_gradients(network)


def test_a_layer_needs_samples_or_a_shape():
    with pytest.raises(ValueError, match="in_shape must be given to check a layer without X, got None"):
        check_gradients(Dense(2))


def test_a_theta_of_another_length_is_refused():
    with pytest.raises(ValueError, match="theta must have 8 entries for this layer, got 7"):
        check_gradients(Dense(2), in_shape=(3,), theta=np.zeros(7))


@dataclass(frozen=True)
class Faint(Layer):
    """y = x + 1e-7 a x, whose derivative in a has the wrong sign."""

    def parameters(self, in_shape):
        return {"a": Bias(in_shape, 0.5)}

    def forward(self, x, params, context):
        def backward(dy, grads):
            grads["a"][...] = -1e-7 * (dy * x).sum(axis=0)
            return dy * (1 + 1e-7 * params["a"])

        return x + 1e-7 * params["a"] * x, backward


def test_a_wrong_sign_is_found_in_an_array_of_small_derivatives():
    with pytest.raises(GradientMismatch, match=r"Faint\.a\[\d\]"):
        check_gradients(Faint(), in_shape=(4,))
