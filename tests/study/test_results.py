"""Summaries compared with a computation by hand, and their picture."""

import numpy as np
import pytest
from looped import in_one_test

from npae.metrics import wilson_interval
from npae.study import Results


def row(eta, seed, value, status="finished", **more):
    numbers = {"loss": value, "success": value is not None and value < 2} if status == "finished" else {}
    reason = "" if status == "finished" else "ValueError: no"
    outcome = {"status": status, "reason": reason, "seconds": 0.5 * seed, **numbers, **more}
    return {"key": f"{eta} {seed} {more}", "eta": eta, "seed": seed, **outcome}


ROWS = [
    *[row(0.1, seed, value) for seed, value in enumerate([1.0, 4.0, 2.0, 1.5, 3.0])],
    *[row(10.0, 0, None, status="failed"), row(10.0, 1, 1.0), row(10.0, 2, None)],
]


def test_the_summary_matches_a_computation_by_hand():
    first, second = Results(ROWS).summary()
    low, high = wilson_interval(2, 5)
    assert first == {
        "eta": 0.1,
        "runs": 5,
        "failed": 0,
        "successes": 2,
        "success_rate": 0.4,
        "success_low": low,
        "success_high": high,
        "seconds_median": 1.0,
        "seconds_q1": 0.5,
        "seconds_q3": 1.5,
        "loss_median": 2.0,
        "loss_q1": 1.5,
        "loss_q3": 3.0,
    }
    assert (second["runs"], second["failed"], second["successes"]) == (3, 1, 1)
    assert (second["loss_median"], second["seconds_median"]) == (1.0, 0.75)


def test_rows_may_come_from_an_iterator():
    assert Results(iter(ROWS)).summary() == Results(ROWS).summary()


def test_success_is_a_column_or_a_function_and_never_a_failed_run():
    by_function = Results(ROWS, success=lambda row: row["loss"] is None or row["loss"] > 2)
    assert [line["successes"] for line in by_function.summary()] == [2, 1]
    plain = Results([{name: value for name, value in row.items() if name != "success"} for row in ROWS])
    assert [line["successes"] for line in plain.summary()] == [5, 2]


def test_settings_can_be_pooled():
    (line,) = Results(ROWS).summary(by=[])
    assert (line["runs"], line["failed"], line["loss_median"]) == (8, 1, 1.75)


def test_the_table_can_be_read():
    lines = Results(ROWS).table(numbers=["loss"]).splitlines()
    assert lines[0].split() == ["eta", "runs", "failed", "success", "loss"]
    assert lines[1].split(maxsplit=3) == ["0.1", "5", "0", "2/5 (12-77 %)  2 [1.5, 3]"]
    assert lines[3] == "1 of 3 failed at eta=10: ValueError: no"
    assert repr(Results(ROWS)) == "Results(8 runs of 2 settings)"
    assert len(Results(ROWS)) == 8


@in_one_test(
    ("call", "message"),
    [
        (lambda results: results.summary(by="std"), r"by must be names of settings \(eta\), got 'std'"),
        (lambda results: results.table(numbers=["time"]), "numbers must be among seconds, loss, got 'time'"),
        (lambda results: Results(ROWS, success="won").summary(), "success must be a column among .*, got 'won'"),
    ],
)
def test_unknown_names_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(Results(ROWS))


def test_the_figure_names_its_axes_and_shows_every_value():
    figure = Results(ROWS).plot()
    figure.draw_without_rendering()
    rate, loss, seconds = figure.axes
    assert [ax.get_ylabel() for ax in (rate, loss, seconds)] == ["success rate", "loss", "seconds"]
    assert seconds.get_xlabel() == "eta"
    assert seconds.get_xscale() == "log"
    assert [text.get_text() for text in seconds.get_xticklabels()] == ["0.1", "10"]
    (bars,) = rate.containers
    np.testing.assert_allclose(bars.lines[0].get_xydata(), [[0.1, 2 / 5], [10, 1 / 3]])
    assert "3 to 5 runs per value" in rate.get_title(loc="right")


def test_values_that_are_not_all_numbers_are_categories():
    rows = [row(eta, seed, seed + 1.0) for eta in (1, 10, "never") for seed in range(3)]
    axis = Results(rows).plot(numbers=["loss"]).axes[-1]
    assert [text.get_text() for text in axis.get_xticklabels()] == ["1", "10", "never"]
    assert axis.get_xscale() == "linear"


def test_a_second_setting_makes_lines_of_different_markers():
    rows = [{**row(eta, 0, 1.0), "key": f"{eta}{m}"} for eta in (1, 2) for m in "ab"]
    rows = [{"key": r["key"], "eta": r["eta"], "method": r["key"][-1], **r} for r in rows]
    rows = [
        {n: r[n] for n in ("key", "eta", "method", *[n for n in r if n not in ("key", "eta", "method")])} for r in rows
    ]
    figure = Results(rows).plot(by=["eta", "method"])
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]
    assert len({bars.lines[0].get_marker() for bars in figure.axes[0].containers}) == 2


def test_what_cannot_be_drawn_is_refused():
    three = [{"key": "k", "a": 1, "b": 2, "c": 3, **{n: v for n, v in ROWS[0].items() if n not in ("key", "eta")}}]
    with pytest.raises(ValueError, match="by must be one or two settings to be drawn, got a, b, c"):
        Results(three).plot()
    nine = [
        {"key": f"{i}", "a": 1, "b": i, **{n: v for n, v in ROWS[0].items() if n not in ("key", "eta")}}
        for i in range(9)
    ]
    with pytest.raises(ValueError, match="b must have at most 8 values to be drawn as lines, got 9"):
        Results(nine).plot()


def test_one_setting_alone_can_be_drawn():
    rows = [{name: value for name, value in r.items() if name != "eta"} for r in ROWS[:3]]
    assert len(Results(rows).plot().axes) == 3
