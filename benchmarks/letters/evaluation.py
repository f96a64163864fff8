"""Without training: the loss alone, evaluations of more and more samples, and the codes of very many."""

import numpy as np

import npae
from benchmarks.shared.harness import benchmark, clock, compare, in_fresh_process, on, once, peak_megabytes
from benchmarks.shared.letter_network import HIDDEN, LETTERS, letter_network
from benchmarks.shared.products import products_alone
from benchmarks.shared.table import shown
from benchmarks.shared.torch_peers import assert_same_gradient, torch_evaluation, torch_model
from npae.network import Shards
from npae.samples import Samples

THREADS = (1, 2)


@benchmark("value-torch", needs="torch")
def value_torch(quick):
    """The loss of the letter network without its gradient, on 32 samples, one thread."""
    network, theta, X = letter_network("bce")
    theirs = _torch_value(network, theta, X)
    np.testing.assert_allclose(theirs(), network.value(theta, X), rtol=1e-10)
    measures = on(1, clock(lambda: network.value(theta, X))), "PyTorch inference mode", on(1, clock(theirs))
    yield compare("letters: value alone, bce", *measures, repetitions=5 if quick else 100)


@benchmark("gradient-growth", needs="torch")
def gradient_growth(quick):
    """Value and gradient of the letter network on more and more samples, one thread and two, against PyTorch eager."""
    network, theta, _ = letter_network("bce")
    for rows in [32, 320] if quick else [32, 320, 3_200, 32_000]:
        X = np.random.default_rng(0).random((rows, 35))
        for n in THREADS:
            theirs = torch_evaluation(network, theta, X)
            size, repetitions = rows if n == 1 else None, 3 if quick else 20
            yield compared_evaluations(network, theta, X, n, "PyTorch eager", theirs, repetitions, size=size)


@benchmark("encode", needs="torch")
def encode(quick):
    """The codes of 1,000,000 samples through 35-29-23-2, two threads: seconds, and memory beyond the samples."""
    rows = 10_000 if quick else 1_000_000
    ours, theirs = npae_encoder(rows), torch_encoder(rows)
    np.testing.assert_allclose(ours(), theirs(), rtol=0, atol=1e-12)
    what, peer = f"letters: encode {rows:,} rows", "PyTorch inference mode"
    yield compare(what, on(2, once(ours)), peer, on(2, once(theirs)), repetitions=1 if quick else 7)
    memory = [lambda _, name=name: _memory(name, rows) for name in ("npae_encoder", "torch_encoder")]
    extra = {"repetitions": 1, "warm_up": False, "unit": "MB", "note": "beyond the samples"}
    yield compare(f"{what}, memory", memory[0], peer, memory[1], **extra)


def npae_encoder(rows):
    """Return a function that encodes so many samples that are in memory; it validates them every time."""
    X, ae = np.random.default_rng(0).random((rows, 35)), _fitted()
    return lambda: ae.encode(X)


def torch_encoder(rows):
    """Return the same for PyTorch, in one call."""
    import torch

    X, ae = np.random.default_rng(0).random((rows, 35)), _fitted()
    depth = HIDDEN.index(min(HIDDEN)) + 1
    encoder, x = torch_model(ae.network_, ae.theta_)[: 2 * depth], torch.from_numpy(X)  # linear, tanh, linear, ...
    return torch.inference_mode()(lambda: encoder(x).numpy())


def growth_of_memory(function):
    """Return by how many MB the peak of this process rises while function() runs."""
    before = peak_megabytes()
    function()
    return peak_megabytes() - before


def _fitted():
    letters = npae.datasets.load_font("capitals").pixels
    return npae.Autoencoder(HIDDEN[:3], **LETTERS, epochs=1, random_state=0, threads=2).fit(letters)


def _memory(encoder, rows):
    return in_fresh_process(
        f"from benchmarks.letters import evaluation as e; print(e.growth_of_memory(e.{encoder}({rows})))"
    )


def _torch_value(network, theta, X):
    import torch

    model, x, criterion = torch_model(network, theta), torch.from_numpy(X), torch.nn.BCEWithLogitsLoss()
    return torch.inference_mode()(lambda: criterion(model(x), x).item())


def compared_evaluations(network, theta, X, n, peer, theirs, repetitions, **row):
    """Compare value and gradient on n threads with a peer's, after a check that they are the same; return the Row.

    `theirs` are two functions: one evaluates and returns the value, one returns the gradient. The note says what the
    matrix products take alone, on one thread.
    """
    (evaluate, gradient), data = theirs, Samples(X)
    value, ours = network.value_and_gradient(theta, X)
    np.testing.assert_allclose(evaluate(), value, rtol=1e-10)
    assert_same_gradient(gradient(), ours)
    with Shards(network, n) as shards:
        measures = on(1, clock(lambda: shards.evaluate(theta, data))), peer, on(n, clock(evaluate))
        what = f"letters: value and gradient, {len(X):,} rows, {n} thread{'s' * (n > 1)}"
        note = f"products alone {shown(on(1, clock(products_alone(network, theta, X)))(0), 's')} on one"
        return compare(what, *measures, repetitions=repetitions, note=note, **row)
