"""Studies: ranges, keys of runs, rows that do not depend on where a study was ended, and their summaries."""

import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from properties import property_of
from strategies import settings_of_autoencoders, tables
from test_part_properties import parts

import npae
from npae import Autoencoder
from npae.settings.description import Description
from npae.study import Integers, Results, Uniform, repeat, run_all, sweep
from npae.study.identity import key_of, plain
from npae.study.key_names import name_of

QUICK = {"executor": "serial", "show_progress": False}


@property_of(
    *("npae.study.Integers", "npae.study.Integers.points", "npae.study.Integers.first"),
    low=st.integers(-5, 5),
    steps=st.integers(1, 6),
    step=st.integers(1, 3),
)
def test_the_points_of_a_range_are_all_its_values(low, steps, step):
    choice = Integers(low, low + steps * step, step=step)
    points = choice.points("n")
    assert points[0] == choice.first == low and points[-1] == choice.high and len(points) == steps + 1
    assert set(np.diff(points)) == {step} and [choice.value(point) for point in points] == points


@property_of(
    *("npae.study.Uniform", "npae.study.Uniform.first", "npae.study.Uniform.value", "npae.study.Uniform.points"),
    *("npae.study.Uniform.distribution", "npae.study.Integers.distribution", "npae.study.Integers.value"),
    few=0,
    low=st.sampled_from([1e-6, 0.5]),
    factor=st.sampled_from([1.5, 1e4]),
    log=st.booleans(),
)
def test_a_distribution_is_of_the_same_range(low, factor, log):
    optuna = pytest.importorskip("optuna")
    choice, whole = Uniform(low, low * factor, log), Integers(2, 8, log)
    for one in (choice, whole):
        drawn = one.distribution(optuna)
        assert (drawn.low, drawn.high, drawn.log) == (one.low, one.high, one.log) and one.value(one.first) == one.low
    with pytest.raises(ValueError, match="must be a list of values for a grid"):
        choice.points("eta")


@property_of("npae.study.run_all", "npae.study.repeat", few=20, many=200, one=parts, other=parts)
def test_two_runs_have_one_key_if_and_only_if_their_parts_are_equal(one, other):
    keys = [key_of(plain(name_of(np.mean)), plain(part), 0) for part in (one, other)]
    assert (keys[0] == keys[1]) == (one == other and type(one) is type(other))
    assert key_of(plain("f"), plain(one), 0) != key_of(plain("f"), plain(one), 1)
    if isinstance(one, Description):
        module = type(one).__module__
        name = type(one).__name__
        assert name_of(type(one)) == (name if module.startswith("npae.") else f"{module}.{name}")
        first = next((field for field in dataclasses.fields(one) if isinstance(getattr(one, field.name), float)), None)
        if first is not None and first.compare:
            assert plain(one)[first.name] == getattr(one, first.name)


@property_of(
    "npae.study.run_all", params=settings_of_autoencoders(), changed=st.sampled_from(["epochs", "random_state"])
)
def test_a_key_depends_on_every_parameter_of_a_model(params, changed):
    one, same = (plain(Autoencoder(**params)) for _ in range(2))
    other = plain(Autoencoder(**{**params, changed: params[changed] + 1}))
    assert one == same and key_of("f", one, 0) != key_of("f", other, 0)


def measured(*, seed, level=1.0):
    """Return numbers that follow from the setting and the seed, or fail."""
    value = float(np.random.default_rng(seed).random() + level)
    if value % 1 > 0.8:
        raise ArithmeticError(f"{value:.2f} is too much")
    return {"value": value, "odd": seed % 2 == 1}


@property_of(
    *("npae.study.run_all", "npae.study.Results", "npae.study.Results.read"),
    levels=st.lists(st.integers(0, 5), min_size=1, max_size=3, unique=True),
    seeds=st.integers(2, 5),
    cut=st.integers(0, 4),
)
def test_a_study_that_ended_early_goes_on_with_the_same_rows(levels, seeds, cut):
    settings = [{"level": float(level)} for level in levels]
    whole = run_all(measured, settings, seeds=seeds, **QUICK)
    assert len(whole) == len(levels) * seeds
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.jsonl"
        run_all(measured, settings, seeds=[*range(min(cut, seeds - 1) + 1)], path=path, **QUICK)
        resumed = run_all(measured, settings, seeds=seeds, path=path, **QUICK)
        read = Results.read(path)
    timeless = [[{**row, "seconds": 0} for row in results.rows] for results in (whole, resumed)]
    assert timeless[0] == timeless[1]
    assert sorted(row["key"] for row in read.rows) == sorted(row["key"] for row in whole.rows)
    assert [(row["level"], row["seed"]) for row in whole.rows] == [
        (s["level"], i) for s in settings for i in range(seeds)
    ]


@property_of(
    *("npae.study.Results", "npae.study.Results.summary", "npae.study.Results.table", "npae.study.Results.succeeded"),
    "npae.study.Results.to_pandas",
    values=st.lists(st.integers(0, 9), min_size=1, max_size=8),
    limit=st.integers(0, 9),
)
def test_a_summary_counts_rows_and_has_the_quartiles_of_numpy(values, limit):
    outcome = {"status": "finished", "reason": "", "seconds": 0.5}
    rows = [{"key": f"{i}", "eta": i % 2, "seed": i, **outcome, "loss": float(v)} for i, v in enumerate(values)]
    results = Results(rows, success=lambda row: row["loss"] < limit)
    summary = results.summary()
    assert sum(line["runs"] for line in summary) == len(values) == len(results) == len(results.to_pandas())
    assert (
        sum(line["successes"] for line in summary)
        == sum(v < limit for v in values)
        == sum(map(results.succeeded, rows))
    )
    for line in summary:
        group = [v for i, v in enumerate(values) if i % 2 == line["eta"]]
        quartiles = [line["loss_q1"], line["loss_median"], line["loss_q3"]]
        np.testing.assert_allclose(quartiles, np.quantile(group, [0.25, 0.5, 0.75]))
        assert 0 <= line["success_low"] <= line["success_rate"] <= line["success_high"] <= 1
    assert len(results.table().splitlines()) == 1 + len(summary)


@property_of(
    *("npae.study.repeat", "npae.study.sweep", "npae.study.measures"),
    few=2,
    many=10,
    X=tables(),
    seeds=st.integers(1, 2),
    binary=st.booleans(),
)
def test_a_row_is_what_a_fit_with_its_seed_and_setting_measures(X, seeds, binary):
    X = (X > 0.5).astype(float) if binary else X
    model = Autoencoder([2], optimizer="adam", epochs=2, loss="bce", threads=1)
    rows = sweep(model, X, {"epochs": [1, 2]}, seeds=seeds, **QUICK).rows
    assert [(row["epochs"], row["seed"]) for row in rows] == [(e, s) for e in (1, 2) for s in range(seeds)]
    for row in rows:
        alone = Autoencoder(
            [2], optimizer="adam", epochs=row["epochs"], loss="bce", threads=1, random_state=row["seed"]
        )
        for name, value in npae.study.measures(alone.fit(X), X).items():
            assert row[name] == value
    again = repeat(model, X, seeds=seeds, **QUICK).rows
    assert [row["loss"] for row in again] == [row["loss"] for row in rows if row["epochs"] == 2]


@property_of(
    "npae.study.SearchResults.table",
    "npae.study.SearchResults.to_pandas",
    *("npae.study.search", "npae.study.SearchResults"),
    few=0,
    many=4,
    X=tables(least=10),
    sampler=st.sampled_from(["grid", "random", "bayesian"]),
    seed=st.integers(0, 9),
)
def test_a_search_finds_the_best_of_its_trials_and_the_same_again(X, sampler, seed):
    pytest.importorskip("optuna")
    model = Autoencoder([2], optimizer="adam", epochs=2, threads=1)
    space = {"activation": ["tanh", "relu"], "epochs": [1, 2]}
    if sampler != "grid":
        space |= {"optimizer__eta": Uniform(1e-3, 0.1, log=True), "epochs": Integers(1, 3)}
    options = {"sampler": sampler, "seed": seed, "trials": 4, **QUICK}
    found, again = (npae.study.search(model, X, space, **options) for _ in range(2))
    values = [row["value"] for row in found.rows]
    assert found.best_value == min(values) and values == [row["value"] for row in again.rows]
    assert found.best_so_far == np.minimum.accumulate(values).tolist() and found.best_params == again.best_params
    best = found.rows[int(np.argmin(values))]
    assert all(best[name] == value for name, value in found.best_params.items()) and len(found.to_pandas()) == 4
    assert len(found.table().splitlines()) >= 5 and sum(found.importance.values() or [1]) == pytest.approx(1)
