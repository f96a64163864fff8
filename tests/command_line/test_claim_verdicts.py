"""Code judges each claim by the results of its experiment: made-up results confirm it, and others refute it."""

from pathlib import Path

import pytest
from looped import in_one_test

from experiments.digits.mnist_improvements_recipes import FAMILIES
from npae.command_line import letter_verdicts
from npae.command_line.claim_verdicts import JUDGES
from npae.command_line.claims import CLAIMS


def sweep(vary, **numbers):
    """Return the results of a sweep: {value: number} for each number."""
    values = next(iter(numbers.values()))
    rows = [
        {vary: value, "runs": 2, **{_named(name): column[value] for name, column in numbers.items()}}
        for value in values
    ]
    return {"vary": vary, "summary": rows}


def _named(name):
    return name if name == "successes" else f"{name}_median"


LARGE = {0.0005: 5, 0.005: 4, 0.05: 6, 0.1: 6, 0.15: 6, 0.45: 6}
GONE = {0.0005: 5, 0.005: 0, 0.05: 0, 0.1: 0, 0.15: 0, 0.45: 0}
STD = {0.2: 19, 0.6: 4, 0.9: 0, 1.3: 0}
SHARES = {"BFGS": 2, "CG": 2, "Powell": 0}
ALL_FAIL = "BFGS: fails; CG: fails; Powell: fails"
CASES = [
    ("S4.1", [sweep("std", exact=STD, successes=dict.fromkeys(STD, 0))], "holds"),
    ("S4.1", [sweep("std", exact=STD, successes=dict.fromkeys(STD, 1))], "fails"),
    (
        "S4.2",
        [sweep("eta", exact=LARGE), sweep("eta", exact=GONE)],
        "fails for a mean loss; holds only when the loss is a sum",
    ),
    ("S4.2", [sweep("eta", exact=GONE), sweep("eta", exact=GONE)], "holds"),
    ("S4.2", [sweep("eta", exact=LARGE), sweep("eta", exact=LARGE)], "fails"),
    ("S4.2", [sweep("eta", exact=GONE), sweep("eta", exact=LARGE)], "holds only when the loss is a mean"),
    ("S4.3", [sweep("adaptive", noise={"off": 0.2, "on": 0.2}, at_edge={"off": 0.35, "on": 0.36})], "fails"),
    ("S4.3", [sweep("adaptive", noise={"off": 0.2, "on": 0.3}, at_edge={"off": 0.35, "on": 0.6})], "holds"),
    ("S4.4", [sweep("iterations", distinct={300: 24, 1500: 30})], "fails"),
    ("S4.4", [sweep("iterations", distinct={300: 24, 1500: 20})], "holds"),
    ("S4.5", [sweep("activation", successes={"tanh": 2, "sigmoid": 1, "relu": 0})], "holds"),
    ("S4.5", [sweep("activation", successes={"tanh": 1, "sigmoid": 2, "relu": 0})], "fails"),
    (
        "S4.6",
        [sweep("solver", successes=SHARES, seconds_training={"BFGS": 1, "CG": 2, "Powell": 5})],
        "BFGS: holds; CG: holds; Powell: holds",
    ),
    ("S4.7", [sweep("every", exact={1: 10, 10: 1, "never": 0})], "holds as published"),
    ("S4.7", [sweep("every", exact={1: 10, 10: 1, "never": 3})], "fails"),
    ("S4.8", [sweep("std", exact=STD)], "small: fails; large: holds"),
    ("S4.9", [sweep("font", successes={"a": 0}), sweep("font", successes={"a": 2})], "holds only with the good recipe"),
    ("S4.9", [sweep("font", successes={"a": 2}), sweep("font", successes={"a": 2})], "holds"),
    ("S4.9", [sweep("font", successes={"a": 0}), sweep("font", successes={"a": 0})], "fails"),
    ("S4.10", [sweep("best", exact={"1": 0, "2": 1})], "fails as published"),
    ("S4.10", [sweep("best", exact={"1": 10, "2": 10})], "holds"),
    ("S4.6", [sweep("solver", successes={"BFGS": 1, "CG": 0, "Powell": 2}, seconds_training=SHARES)], ALL_FAIL),
    ("S4.8", [sweep("std", exact={0.2: 1, 0.6: 19, 0.9: 10, 1.3: 12})], "small: holds; large: fails"),
    ("S1.1", [{"letters": {f"beta {b}": {"median": {"rate": 5 - b, "distortion": b}} for b in (0.01, 4)}}], "holds"),
    ("S1.1", [{"letters": {f"beta {b}": {"median": {"rate": 5 + b, "distortion": b}} for b in (0.01, 4)}}], "fails"),
]


@in_one_test(("claim", "documents", "verdict"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_code_judges_a_claim(claim, documents, verdict):
    found, numbers = JUDGES[claim](documents, Path())
    assert found == verdict and numbers


@in_one_test(
    ("own", "fresh", "verdict"),
    [(0.9, 0.02, "holds only on its own noise"), (0.9, 0.8, "holds"), (0.2, 0.02, "fails")],
)
def test_code_judges_denoising(own, fresh, verdict):
    levels = {"seen": own, "2 flipped": fresh, "3 flipped": fresh}
    rows = [{"way": "once", "level": level, "exact": share} for level, share in levels.items()]
    rows.append({"way": "nearest", "level": "2 flipped", "exact": 0.99})
    assert JUDGES["S4.12"]([{"fonts": [{"summary": rows}]}], Path())[0] == verdict


@in_one_test(
    ("published", "optimum", "verdict"),
    [(26, 0.2, "fails as published; holds only at the optimum"), (0.5, 0.2, "holds"), (26, 5, "fails")],
)
def test_code_judges_circles(published, optimum, verdict):
    errors = {"published": published, "two numbers": optimum, "linear": 0.0}
    rows = [{"network": name, "held_out_median": error} for name, error in errors.items()]
    assert JUDGES["S4.13"]([{"summary": rows}], Path())[0] == verdict


@pytest.mark.parametrize(("found", "verdict"), [([1, 2], "holds"), ([], "fails")])
def test_code_judges_new_letters(found, verdict, monkeypatch):
    monkeypatch.setattr(letter_verdicts, "load", lambda path: path.name)
    monkeypatch.setattr(letter_verdicts, "discover", lambda model, font: found)
    assert JUDGES["S4.11"]([{}], Path())[0] == verdict


def judged(claim, document):
    """Return the verdict on results; there are numbers, too."""
    verdict, numbers = JUDGES[claim]([document], Path())
    assert numbers
    return verdict


def network(name, code=64, **numbers):
    """Return a row of mnist_dense.py."""
    usual = {"test_mse": 0.0069, "test_accuracy": 0.977, "train_mse": 0.0071, "epochs": 18}
    usual |= {"seconds_an_epoch": 0.4, "megabytes": 18, "history": {"loss": [0.1, 0.0132], "val_loss": [0.1, 0.0069]}}
    return {"name": name, "seed": 0, "code": code, **usual, **numbers}


def dense(rows, levels=()):
    return {"rows": rows, "levels": list(levels)}


POOR = {"test_mse": 0.23, "test_accuracy": 0.52}


@in_one_test(
    ("numbers", "verdict"),
    [
        ((POOR, {}, {}), "fails as published; holds only with eta 100 or Adam"),
        ((POOR, POOR, {}), "fails as published; holds only with Adam"),
        (({}, {}, {}), "holds"),
        ((POOR, POOR, {"test_mse": 0.011, "test_accuracy": 0.96}), "fails"),
    ],
)
def test_s31(numbers, verdict):
    names = ("as published", "eta 100", "Adam")
    rows = [network(name, **own) for name, own in zip(names, numbers, strict=True)]
    assert judged("S3.1", dense(rows)) == verdict


@in_one_test(
    ("numbers", "verdict"),
    [
        ({}, "holds"),
        ({"train_mse": 0.004}, "fails"),
        ({"history": {"loss": [0.1, 0.006], "val_loss": [0.1, 0.0069]}}, "fails"),
        ({"history": {"loss": [0.1, 0.0132], "val_loss": [0.006, 0.0069]}}, "fails"),
    ],
    ids=["close", "far apart", "worse than training", "rising at the end"],
)
def test_s32(numbers, verdict):
    assert judged("S3.2", dense([network("784-64-784"), network("784-512-784", **numbers)])) == verdict


def noisy(way, errors, readable):
    """Return rows of levels of noise."""
    pairs = zip((0.0, 0.3, 0.5), errors, readable, strict=True)
    return [{"way": way, "level": level, "mse": error, "readable": share} for level, error, share in pairs]


@in_one_test(
    ("errors", "readable", "verdict"),
    [
        ((0.01, 0.04, 0.07), (0.9, 0.6, 0.3), "holds"),
        ((0.01, 0.04, 0.07), (0.9, 0.8, 0.7), "worse: holds; barely readable: fails"),
        ((0.04, 0.03, 0.02), (0.9, 0.6, 0.3), "fails"),
    ],
)
def test_s33(errors, readable, verdict):
    levels = [*noisy("784-64-784", errors, readable), *noisy("untouched", (0, 0.1, 0.2), (0.9, 0.9, 0.9))]
    assert judged("S3.3", dense([network("784-64-784")], levels)) == verdict


@in_one_test(
    ("epochs", "losses", "verdict"),
    [
        ((18, 9, 3), (0.0069, 0.0036, 0.0013), "faster: holds; no difference: fails"),
        ((18, 18, 18), (0.0069, 0.0068, 0.0069), "faster: fails; no difference: holds"),
        ((None, 9, 3), (0.02, 0.0036, 0.0013), "faster: holds; no difference: fails"),
    ],
)
def test_s34(epochs, losses, verdict):
    triples = zip((64, 128, 512), epochs, losses, strict=True)
    rows = [network(f"784-{code}-784", code, epochs=n, test_mse=loss) for code, n, loss in triples]
    assert judged("S3.4", dense(rows[::-1])) == verdict


@in_one_test(
    ("seconds", "test", "verdict"),
    [
        (2.2, 0.00127, "cost: holds; risk: holds only as a trace"),
        (2.2, 0.00117, "cost: holds; risk: fails"),
        (0.3, 0.00127, "cost: fails; risk: holds only as a trace"),
        (2.2, 0.0080, "cost: holds; risk: holds"),
    ],
)
def test_s35(seconds, test, verdict):
    large = {"seconds_an_epoch": seconds, "megabytes": 79, "test_mse": test, "train_mse": 0.0012}
    assert judged("S3.5", dense([network("784-64-784"), network("784-512-784", 512, **large)])) == verdict


@in_one_test(
    ("clean", "noisy_", "verdict"),
    [
        (0.056, 0.015, "holds only when trained on noisy input"),
        (0.020, 0.015, "holds"),
        (0.056, 0.030, "fails"),
    ],
)
def test_s21(clean, noisy_, verdict):
    error = {"untouched": 0.144, "64 components": 0.027}
    error |= {"trained on clean digits": clean, "trained on noisy digits": noisy_}
    rows = [row for way, each in error.items() for row in noisy(way, (0, each, 0.1), (0.9, 0.8, 0.7))]
    assert judged("S2.1", dense([], rows)) == verdict


@in_one_test(
    ("l2", "dropout", "verdict"),
    [
        ((0.0025, 0.05), (0.0056, 0.54), 'holds only when "and" is read as "or"'),
        ((0.0025, 0.40), (0.0056, 0.54), "holds"),
        ((0.0042, 0.08), (0.0056, 0.08), "fails"),
    ],
)
def test_s22(l2, dropout, verdict):
    ways = {"none": (0.0042, 0.08), "L2 1e-5": l2, "dropout 0.5": dropout}
    rows = [{"way": way, "gap_median": gap, "zeros_median": zeros} for way, (gap, zeros) in ways.items()]
    assert judged("S2.2", {"summary": rows}) == verdict


def codes(l1, kl, zeros):
    """Return a family of codes: accuracies with the two penalties, and zeros with CodeL1."""
    own = {"relu code": (0.9, 0.5), "CodeL1 0.001": (l1, zeros), "sigmoid code": (0.9, 0.0), "CodeKL 0.001": (kl, 0.0)}
    return [
        {"name": name, "probe": share, "probe_1000": share - 0.05, "code_zeros": zero}
        for name, (share, zero) in own.items()
    ]


@in_one_test(
    ("l1", "kl", "zeros", "verdict"),
    [
        (0.88, 0.93, 0.84, "sparse: holds; better suited: holds only for CodeKL"),
        (0.93, 0.93, 0.84, "sparse: holds; better suited: holds"),
        (0.90, 0.90, 0.50, "sparse: fails; better suited: fails"),
    ],
)
def test_s23(l1, kl, zeros, verdict):
    families = {"sparse-codes": codes(l1, kl, zeros), "conv-sparse-codes": codes(l1, kl, zeros)}
    assert judged("S2.3", {"families": families}) == verdict


def starts(activation, whole, greedy):
    """Return rows of pretraining.py: (points gained, area of random's, training loss of random's 1) of each start."""
    own = {"random": (0.0, 1.0, 1.0), "whole": whole, "greedy": greedy}
    names = ("gain", "area_ratio", "training_loss_mean")
    return [
        {"activation": activation, "start": start, "labels": labels, **dict(zip(names, numbers, strict=True))}
        for start, numbers in own.items()
        for labels in (100, 1000)
    ]


BETTER, FASTER, WORSE = (3, 0.9, 1.2), (3, 0.9, 0.9), (-1, 1.1, 1.2)


@in_one_test(
    ("tanh", "sigmoid", "verdict"),
    [
        (
            (BETTER, BETTER),
            (WORSE, FASTER),
            "better: holds only with tanh and with sigmoid layer by layer; "
            "faster: holds only with sigmoid layer by layer",
        ),
        ((FASTER, FASTER), (FASTER, FASTER), "better: holds; faster: holds"),
        ((WORSE, WORSE), (WORSE, WORSE), "better: fails; faster: fails"),
        (
            (FASTER, WORSE),
            (WORSE, WORSE),
            "better: holds only with tanh as a whole; faster: holds only with tanh as a whole",
        ),
    ],
)
def test_s24(tanh, sigmoid, verdict):
    assert judged("S2.4", {"comparison": starts("tanh", *tanh) + starts("sigmoid", *sigmoid)}) == verdict


@in_one_test(
    ("left", "verdict"),
    [
        ((0.03, 0.01, 0.73), "holds only for ItalyPowerDemand and GunPoint"),
        ((0.03, 0.01, 0.3), "holds"),
        ((0.8, 0.9, 0.73), "fails"),
    ],
)
def test_s25(left, verdict):
    names = ("ItalyPowerDemand", "GunPoint", "BasicMotions")
    errors = [{"mean": 1.0, "PCA": 0.1, "conv": share, "lstm": 1.0} for share in left]
    series = [
        {"name": name, "summary": [{"way": way, "test": error} for way, error in own.items()]}
        for name, own in zip(names, errors, strict=True)
    ]
    assert judged("S2.5", {"series": series}) == verdict


@in_one_test(
    ("bayesian", "share", "never", "verdict"),
    [
        (146.3, 0.52, 1, "holds, for the median"),
        (146.3, 0.52, 0, "holds"),
        (146.3, None, 6, "good parameters: holds; fewer trials: fails"),
        (210.0, 0.52, 0, "fails"),
    ],
)
def test_s12(bayesian, share, never, verdict):
    ends = {"grid": 150.6, "random": 152.8, "bayesian": bayesian}
    samplers = {name: {"best_so_far": [[0, 0], [200, end], [0, 0]]} for name, end in ends.items()}
    reach = {"bayesian": {"median_share": share, "never": never}}
    numbers = {"samplers": samplers, "one_random_trial": 215.9, "to_reach_random": reach, "repetitions": 10}
    assert judged("S1.2", {"samplers": numbers}) == verdict


@in_one_test(
    ("sgd", "gains", "verdict"),
    [
        (150.5, {"plateau": (4.8, 4.0), "cosine": (-0.7, 2.2)}, "differ: holds; helps: holds only for some schedules"),
        (150.5, {"plateau": (4.8, 4.0), "cosine": (3.0, 2.2)}, "differ: holds; helps: holds"),
        (133.5, {"plateau": (-1.0, 0.1), "cosine": (0.2, 0.3)}, "differ: fails; helps: fails"),
    ],
)
def test_s13(sgd, gains, verdict):
    table = [
        {"optimiser": name, "schedule": "constant", "mean": mean, "spread": 1.0, "gain": 0.0, "error": 0.0}
        for name, mean in (("SGD", sgd), ("Adam", 133.3))
    ]
    for schedule, pair in gains.items():
        for name, gain in zip(("SGD", "Adam"), pair, strict=True):
            row = {"optimiser": name, "schedule": schedule, "mean": 130.0, "spread": 1.0}
            table.append(row | {"gain": gain, "error": 0.5})
    failed = {"optimiser": "SGD", "schedule": "adaptive", "mean": None, "spread": None, "gain": None, "error": None}
    assert judged("S1.3", {"optimisers": {"table": [*table, failed]}}) == verdict


@in_one_test(
    ("clear", "verdict"),
    [
        ((0.56, 0.42), "holds only for 42 to 56 % of the samples"),
        ((0.56,), "holds only for 56 % of the samples"),
        ((0.97, 0.95), "holds"),
        ((0.05, 0.0), "fails"),
    ],
)
def test_s14(clear, verdict):
    sizes = dict(zip(("20", "2"), clear, strict=False))
    mnist = {size: {"bound": 105.2, "sampled": {"clear": share}} for size, share in sizes.items()}
    assert judged("S1.4", {"letters": {}, "mnist": {"judge": {"clear": 0.98}, **mnist}}) == verdict


def settings(**numbers):
    """Return the entries of a family of mnist_improvements.py: {setting: (error, time, further numbers)}."""
    return [
        {"name": name.replace("_", " "), "errors": [error], **more}
        | {
            "share": {"test_mse": error, "cpu_seconds": time, "memory_mb": 1.0, "mse_spread": 1.0}
            | more.get("share", {})
        }
        for name, (error, time, more) in numbers.items()
    ]


@in_one_test(
    ("dense_", "convolutional", "wide", "verdict"),
    [
        (0.005, 0.013, (0.8, 7.0), "deep: holds only with convolutions; wide: fails"),
        (0.020, 0.013, (0.8, 2.0), "deep: holds; wide: holds"),
        (0.000, 0.000, (1.2, 2.0), "deep: fails; wide: fails"),
    ],
)
def test_s01(dense_, convolutional, wide, verdict):
    families = {
        name: settings(base=(1, 1, {"probe": 0.9}), deep=(1, 5, {"probe": 0.9 + gain}), wide=(*wide, {}))
        for name, gain in (("networks", dense_), ("conv-networks", convolutional))
    }
    assert judged("S0.1", {"families": families}) == verdict


@in_one_test(
    ("plateau", "stopped", "verdict"),
    [
        ((0.7, 0.65, 0.7), (1.01, 0.9), "plateau: holds only where it fires; stopping: holds"),
        ((0.6, 0.6, 0.6), (1.01, 0.9), "plateau: holds; stopping: holds"),
        ((0.7, 0.7, 0.7), (1.01, 1.1), "plateau: fails; stopping: fails"),
        ((0.8, 0.65, 0.7), (1.20, 0.9), "plateau: fails; stopping: fails"),
    ],
    ids=["in one seed", "in all", "in none", "which is worse"],
)
def test_s02(plateau, stopped, verdict):
    etas = settings(constant=(1, 1, {"errors": [0.7] * 3}), plateau=(1, 1, {"errors": list(plateau)}))
    etas += [{**each, "name": "constant, stopped"} for each in settings(x=(*stopped, {}))]
    few = settings(none=(1, 1, {}), stopped_early=(0.95, 0.3, {}))
    assert judged("S0.2", {"families": {"etas-and-stopping": etas, "few-images": few}}) == verdict


@in_one_test(
    ("momentum", "rmsprop", "verdict"),
    [
        (1.5, (1.7, 1.6), "Adam: holds; RMSprop: fails"),
        (1.5, (0.97, 0.97), "Adam: holds; RMSprop: holds"),
        (0.5, (0.9, 1.6), "Adam: fails; RMSprop: holds only without convolutions"),
    ],
)
def test_s03(momentum, rmsprop, verdict):
    names = ("optimisers", "optimisers-depth", "conv-optimisers-depth")
    families = {
        name: settings(Adam=(1, 1, {}), Momentum=(momentum, 1, {}), RMSprop=(error, 1, {}))
        for name, error in zip(names, (1.6, *rmsprop), strict=True)
    }
    assert judged("S0.3", {"families": families}) == verdict


def kinds(selu, times, dead, spreads):
    """Return a family of activations."""
    names, errors = ("relu", "leaky relu", "selu", "elu"), (1.0, 0.97, selu, 0.72)
    rows = zip(names, errors, (1, *times), spreads, strict=True)
    made = settings(**{n.replace(" ", "_"): (e, t, {"dead": 0.0, "mse_spread": s}) for n, e, t, s in rows})
    made[0]["dead"], made[1]["name"] = dead, "leaky_relu"
    return made


@in_one_test(
    ("selu", "times", "dead", "deep", "verdict"),
    [
        (
            0.77,
            (1.08, 1.1, 1.1),
            0.27,
            (1, 3, 5, 3),
            "relu: holds; leaky relu: holds only in the shallow network; selu: fails",
        ),
        (0.60, (1.08, 1.1, 1.1), 0.27, (4, 3, 1, 3), "relu: holds; leaky relu: holds; selu: holds"),
        (
            1.10,
            (0.9, 1.1, 1.1),
            0.27,
            (4, 5, 5, 3),
            "relu: fails; leaky relu: holds only in the shallow network; selu: fails",
        ),
        (0.60, (0.96, 1.1, 1.1), 0.27, (4, 3, 1, 3), "relu: holds; leaky relu: holds; selu: holds"),  # a busy machine
        (0.60, (1.08, 1.1, 1.1), 0.0, (4, 3, 1, 3), "relu: fails; leaky relu: holds; selu: holds"),
    ],
)
def test_s04(selu, times, dead, deep, verdict):
    families = {
        "activations": kinds(1.0, times, dead, (2, 0.4, 1, 3)),
        "activations-depth": kinds(selu, times, dead, deep),
    }
    assert judged("S0.4", {"families": families}) == verdict


def penalised(l1, l2, both, zeros):
    """Return a family of penalties: errors, and zeros among the weights and among the outputs with L1."""
    sparse = dict(zip(("weight_zeros", "saturated"), zeros, strict=True))
    plain = {"weight_zeros": 0.01, "saturated": 0.49}
    rows = {"none": (1.0, plain, 74), "L1 1e-6": (l1, sparse, 50), "L2 1e-5": (l2, plain, 26)}
    rows |= {"L2 1e-6": (l2, plain, 40), "L1 1e-6, L2 1e-5": (both, sparse, 20)}
    return [
        {"name": name, "weight_norm": norm, **own, "share": {"test_mse": error}}
        for name, (error, own, norm) in rows.items()
    ]


@in_one_test(
    ("few", "all_images", "zeros", "verdict"),
    [
        (
            (0.78, 0.71, 0.73),
            (0.95, 0.96, 0.96),
            (0.36, 0.45),
            "L1: holds only for weights; L2: holds only on few images; both: fails",
        ),
        ((0.78, 0.71, 0.60), (0.95, 0.80, 0.75), (0.36, 0.70), "L1: holds; L2: holds; both: holds"),
        ((1.1, 1.1, 1.2), (1.1, 1.1, 1.2), (0.01, 0.49), "L1: fails; L2: fails; both: fails"),
    ],
)
def test_s05(few, all_images, zeros, verdict):
    families = {"few-images": penalised(*few, zeros), "penalties": penalised(*all_images, zeros)}
    assert judged("S0.5", {"families": families}) == verdict


@in_one_test(
    ("errors", "verdict"),
    [((0.0527, 0.0419, 0.0081), "holds"), ((0.0527, 0.0540, 0.0081), "fails"), ((0.0527, 0.0419, 0.0150), "fails")],
)
def test_s06(errors, verdict):
    entries = [{"name": f"code {size}", "test_mse": error} for size, error in zip((1, 2, 32), errors, strict=True)]
    pca = {"1": 0.0607, "2": 0.0557, "32": 0.0168}
    assert judged("S0.6", {"pca": pca, "families": {"code-size": entries[::-1]}}) == verdict


@in_one_test(
    ("memory", "spread", "verdict"),
    [(0.79, 0.4, "fails"), (0.70, 0.4, "holds"), (0.70, None, "fails")],
    ids=["too much memory", "all four", "one seed"],
)
def test_s07(memory, spread, verdict):
    networks = settings(base=(1, 1, {}), narrow=(0.5, 0.5, {"share": {"memory_mb": memory}}))
    seeds = settings(base=(1, 1, {}), narrow=(0.5, 0.5, {"share": {"mse_spread": spread}}))
    assert judged("S0.7", {"families": {"networks": networks, "spread": seeds}}) == verdict


@in_one_test("claim", [*(claim for claim in JUDGES if claim.startswith("S0")), "S2.3"])
def test_a_judge_of_improvements_asks_for_settings_that_the_study_has(claim):
    numbers = ("test_mse", "cpu_seconds", "memory_mb", "mse_spread", "probe", "probe_1000", "code_zeros", "saturated")
    every = dict.fromkeys((*numbers, "dead", "weight_zeros", "weight_norm"), 1.0)
    (run,) = CLAIMS[claim].runs
    families = {
        name: [{"name": each, **every, "errors": [1.0], "share": every} for each in FAMILIES[name].recipes]
        for name in run.arguments[1:]
    }
    pca = {str(size): 1.0 for size in (1, 2, 4, 8, 16, 32)}
    assert judged(claim, {"pca": pca, "families": families})


def test_every_judge_is_tested():
    told = Path(__file__).read_text(encoding="utf-8")
    assert all(f'"{claim}"' in told for claim in JUDGES)
