"""Verdicts on the claims of study S1, variational autoencoders."""

from __future__ import annotations

from pathlib import Path

from .verdict_words import Documents, Judge, Verdict, percent, told, word

GOOD = 0.9  # the greatest bound, as a share of that of a random choice, that is good
CLEAR, UNCLEAR = 0.9, 0.1  # shares of clear pictures from which on, and up to which, a claim holds or fails


def trade_off(documents: Documents, _: Path) -> Verdict:
    """S1.1: a greater beta lowers the rate and raises the distortion."""
    table = documents[0]["letters"]
    rows = {name.removeprefix("beta "): row["median"] for name, row in table.items() if name.startswith("beta ")}
    rates, distortions = ({beta: row[name] for beta, row in rows.items()} for name in ("rate", "distortion"))
    holds = rates["4"] < rates["0.01"] and distortions["4"] > distortions["0.01"]
    return word(holds), f"{told(rates, 'rate by beta')}; {told(distortions, 'distortion')}"


def searches(documents: Documents, _: Path) -> Verdict:
    """S1.2: each kind of search ends far from a random choice; Bayesian search reaches random's best in fewer trials.

    It holds for the median if a single search never reaches it.
    """
    numbers = documents[0]["samplers"]
    ends = {name: entry["best_so_far"][1][-1] for name, entry in numbers["samplers"].items()}
    single, reach = numbers["one_random_trial"], numbers["to_reach_random"]["bayesian"]
    good = max(ends.values()) <= GOOD * single
    fewer = reach["median_share"] is not None and reach["median_share"] < 1
    holds = "holds, for the median" if reach["never"] else "holds"
    verdict = "fails" if not good else holds if fewer else "good parameters: holds; fewer trials: fails"
    share = f"{100 * reach['median_share']:.0f} %" if reach["median_share"] is not None else "more than 100 %"
    text = (
        f"{told(ends, 'best bound')}, one random trial {single:.3g}; Bayesian search reaches random's best in {share}"
    )
    return verdict, f"{text} of its trials, and never in {reach['never']} of {numbers['repetitions']} searches"


def optimisers(documents: Documents, _: Path) -> Verdict:
    """S1.3: optimisers with a constant eta differ more than seeds do; schedules gain more than two standard errors."""
    table = [entry for entry in documents[0]["optimisers"]["table"] if entry["mean"] is not None]
    constant = {entry["optimiser"]: entry for entry in table if entry["schedule"] == "constant"}
    means = {name: entry["mean"] for name, entry in constant.items()}
    spread = max(entry["spread"] or 0.0 for entry in constant.values())
    differ = max(means.values()) - min(means.values()) > 2 * spread
    helped: dict[str, list[bool]] = {}
    for entry in table:
        if entry["schedule"] != "constant":
            gained = entry["gain"] is not None and entry["gain"] > 2 * (entry["error"] or 0.0)
            helped.setdefault(entry["schedule"], []).append(gained)
    always = [schedule for schedule, each in helped.items() if all(each)]
    some = [schedule for schedule, each in helped.items() if any(each)]
    helps = "holds" if always == list(helped) else "holds only for some schedules" if some else "fails"
    gains: dict[str, float] = {schedule: sum(each) for schedule, each in helped.items()}
    numbers = f"{told(means, 'test bound with a constant eta')}; "
    return f"differ: {word(differ)}; helps: {helps}", numbers + told(gains, "optimisers that a schedule helps")


def new_samples(documents: Documents, _: Path) -> Verdict:
    """S1.4: a classifier that is sure of real images is as sure of the pictures of random codes."""
    numbers = documents[0]["mnist"]
    shares = {f"L = {size}": row["sampled"]["clear"] for size, row in numbers.items() if size != "judge"}
    low, high = (f"{100 * value:.0f}" for value in (min(shares.values()), max(shares.values())))
    some = f"holds only for {low if low == high else f'{low} to {high}'} % of the samples"
    verdict = "holds" if min(shares.values()) >= CLEAR else "fails" if max(shares.values()) <= UNCLEAR else some
    bounds = {f"L = {size}": row["bound"] for size, row in numbers.items() if size != "judge"}
    real = numbers["judge"]["clear"]
    return verdict, f"{percent({**shares, 'real images': real}, 'clear pictures')}; {told(bounds, 'bound', '.1f')}"


VARIATIONAL: dict[str, Judge] = {
    "S1.1": trade_off,
    "S1.2": searches,
    "S1.3": optimisers,
    "S1.4": new_samples,
}
