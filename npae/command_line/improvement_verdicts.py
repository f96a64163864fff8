"""Verdicts on the claims of study S0, improving an MNIST autoencoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

from .verdict_words import Document, Documents, Judge, Verdict, only, percent, told, word

Settings: TypeAlias = dict[str, dict[str, Any]]  # entries of results.json by name
ERROR, TIME, MEMORY = "test_mse", "cpu_seconds", "memory_mb"
TARGETS = {ERROR: 0.6, TIME: 0.7, "mse_spread": 0.5, MEMORY: 0.75}  # of S0.7, as shares of the base network's
POINT = 0.01  # the least gain in accuracy that counts
TENTH = 0.9  # the greatest error, as a share, that is clearly less
FASTER = 0.9  # the greatest time, as a share, that is clearly less
CLOSE = 1.05  # the greatest error, as a share of the best one, that is as good


def family(document: Document, name: str) -> Settings:
    """Return the settings of a family by name."""
    return {entry["name"]: entry for entry in document["families"][name]}


def shares(settings: Settings, number: str) -> dict[str, float]:
    """Return a number of each setting as a share of the first one's, where there is one."""
    found = {name: entry["share"][number] for name, entry in settings.items()}
    return {name: share for name, share in found.items() if share is not None}


def values(settings: Settings, number: str) -> dict[str, float]:
    """Return a number of each setting."""
    return {name: entry[number] for name, entry in settings.items() if entry.get(number) is not None}


def deep_and_wide(documents: Documents, _: Path) -> Verdict:
    """S0.1: a classifier reads deep's codes a point better than base's; wide trains faster than deep, and is good."""
    kinds = {"without convolutions": "networks", "with convolutions": "conv-networks"}
    gains: dict[str, float] = {}
    seconds: dict[str, float] = {}
    wide = True
    for kind, name in kinds.items():
        settings = family(documents[0], name)
        gains[kind] = settings["deep"]["probe"] - settings["base"]["probe"]
        time, error = shares(settings, TIME), shares(settings, ERROR)
        wide &= time["wide"] < time["deep"] and error["wide"] <= CLOSE
        seconds |= {f"{each} {kind}": time[each] for each in ("deep", "wide")}
    better = only({kind: gain >= POINT for kind, gain in gains.items()})
    points = told({kind: 100 * gain for kind, gain in gains.items()}, "points that deep gains", ".1f")
    verdict = f"deep: {better}; wide: {word(wide)}"
    return verdict, f"{points}; {percent(seconds, 'time, of the base network')}"


def plateau_and_stopping(documents: Documents, _: Path) -> Verdict:
    """S0.2: the plateau rule lowers the error of each seed where it acts; stopping saves time at no more error."""
    etas, few = (family(documents[0], name) for name in ("etas-and-stopping", "few-images"))
    pairs = list(zip(etas["plateau"]["errors"], etas["constant"]["errors"], strict=True))
    fired = [(with_rule, without) for with_rule, without in pairs if with_rule != without]
    helps = bool(fired) and all(with_rule < without for with_rule, without in fired)
    plateau = ("holds" if len(fired) == len(pairs) else "holds only where it fires") if helps else "fails"
    time = {"all images": shares(etas, TIME)["constant, stopped"], "1,000 images": shares(few, TIME)["stopped early"]}
    error = {
        "all images": shares(etas, ERROR)["constant, stopped"],
        "1,000 images": shares(few, ERROR)["stopped early"],
    }
    stopping = max(time.values()) < 1 and max(error.values()) <= CLOSE
    numbers = f"the rule acted in {len(fired)} of {len(pairs)} seeds; {percent(time, 'stopped: time')}; "
    return f"plateau: {plateau}; stopping: {word(stopping)}", numbers + percent(error, "error")


def adam_and_rmsprop(documents: Documents, _: Path) -> Verdict:
    """S0.3: nothing is clearly better than Adam; RMSprop is better than Adam in the deeper networks."""
    names = ("optimisers", "optimisers-depth", "conv-optimisers-depth")
    errors = {name: shares(family(documents[0], name), ERROR) for name in names}
    adam = all(error["Adam"] <= CLOSE * min(error.values()) for error in errors.values())
    deep = {
        "without convolutions": errors["optimisers-depth"]["RMSprop"],
        "with convolutions": errors["conv-optimisers-depth"]["RMSprop"],
    }
    rmsprop = only({kind: error < 1 for kind, error in deep.items()})
    numbers = "; ".join(percent(error, f"error, of Adam's ({name})") for name, error in errors.items())
    return f"Adam: {word(adam)}; RMSprop: {rmsprop}", numbers


def activations(documents: Documents, _: Path) -> Verdict:
    """S0.4: relu is the fastest of its like and has dead units; leaky relu spreads less; selu is best in deep networks.

    Times on a busy machine vary: none of its like may need less than 0.9 of relu's.
    selu is the most stable if none with as little error, or less, has less spread.
    """
    shallow, deep = (family(documents[0], name) for name in ("activations", "activations-depth"))
    time, dead = shares(shallow, TIME), values(shallow, "dead")
    like = ("leaky_relu", "selu", "elu")
    relu = min(time[name] for name in like) > FASTER and dead["relu"] > POINT
    networks = {"in the shallow network": shallow, "in the deep network": deep}
    spreads = {where: values(settings, "mse_spread") for where, settings in networks.items()}
    leaky = only({where: own.get("leaky_relu", 1.0) < own.get("relu", 0.0) for where, own in spreads.items()})
    error, spread = shares(deep, ERROR), spreads["in the deep network"]
    rivals = [name for name in ("relu", "leaky_relu", "elu") if error[name] <= error["selu"]]
    selu = all(spread.get(name, 1.0) > spread.get("selu", 1.0) for name in rivals)
    selu = selu and error["selu"] < error["relu"]
    numbers = f"{percent(dead, 'dead units')}; {percent(time, 'time')}; {percent(error, 'error when deep')}; "
    numbers += "; ".join(told(own, f"spread {where}", ".2g") for where, own in spreads.items())
    return f"relu: {word(relu)}; leaky relu: {leaky}; selu: {word(selu)}", numbers


def penalties(documents: Documents, _: Path) -> Verdict:
    """S0.5: L1 makes hidden outputs, or weights, sparser; L2 leaves a tenth less error; both leave less than either."""
    few, all_images = (family(documents[0], name) for name in ("few-images", "penalties"))
    plain, l1, l2 = few["none"], few["L1 1e-6"], few["L2 1e-5"]
    outputs, weights = (l1[number] > plain[number] + 0.05 for number in ("saturated", "weight_zeros"))
    errors = {"on few images": shares(few, ERROR), "on all images": shares(all_images, ERROR)}
    smaller = l2["weight_norm"] < plain["weight_norm"]
    general = only({where: smaller and _least(own, "L2", ",") <= TENTH for where, own in errors.items()})
    both = all(_least(own, "", "", ",") < min(_least(own, "L1", ","), _least(own, "L2")) for own in errors.values())
    verdict = f"L1: {'holds' if outputs else 'holds only for weights' if weights else 'fails'}; L2: {general}"
    zeros = {"weights": plain["weight_zeros"], "with L1": l1["weight_zeros"], "outputs": plain["saturated"]}
    numbers = percent({**zeros, "outputs with L1": l1["saturated"]}, "zeros on few images")
    numbers += "".join("; " + percent(own, f"error {where}") for where, own in errors.items())
    return f"{verdict}; both: {word(both)}", numbers


def _least(errors: dict[str, float], start: str, without: str = "", within: str = "") -> float:
    """Return the least error of the settings whose names begin with `start`, lack `without` and hold `within`."""
    kept = (name for name in errors if name.startswith(start) and within in name)
    return min(errors[name] for name in kept if not without or without not in name)


def code_sizes(documents: Documents, _: Path) -> Verdict:
    """S0.6: 1 number leaves five times the error of 32 or more; 2 leave a fifth less than PCA, and 32 a third less."""
    errors = values(family(documents[0], "code-size"), ERROR)
    error = {int(name.removeprefix("code ")): errors[name] for name in reversed(errors)}
    pca = {int(size): value for size, value in documents[0]["pca"].items()}
    holds = error[1] >= 5 * error[32] and error[2] <= 0.8 * pca[2] and error[32] <= 2 / 3 * pca[32]
    numbers = told(error, "error by numbers in the code")
    return word(holds), f"{numbers}; {told({size: pca[size] for size in error}, 'principal components')}"


def estimates(documents: Documents, _: Path) -> Verdict:
    """S0.7: one variant of the base network reaches all four targets; spreads are those over ten seeds."""
    networks, spread = (family(documents[0], name) for name in ("networks", "spread"))
    reached: dict[str, set[str]] = {}
    found = {number: shares(networks, number) for number in (ERROR, TIME, MEMORY)}
    found["mse_spread"] = shares(spread, "mse_spread")
    for number, own in found.items():
        for name, share in own.items():
            if share <= TARGETS[number]:
                reached.setdefault(name, set()).add(number)
    holds = any(len(numbers) == len(TARGETS) for numbers in reached.values())
    labels = {ERROR: "error", TIME: "time", MEMORY: "memory", "mse_spread": "spread"}
    numbers = "; ".join(percent(own, labels[number]) for number, own in found.items())
    return word(holds), f"of the base network's, {numbers}"


IMPROVEMENTS: dict[str, Judge] = {
    "S0.1": deep_and_wide,
    "S0.2": plateau_and_stopping,
    "S0.3": adam_and_rmsprop,
    "S0.4": activations,
    "S0.5": penalties,
    "S0.6": code_sizes,
    "S0.7": estimates,
}
