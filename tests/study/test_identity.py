"""What makes two runs the same."""

import functools
from dataclasses import dataclass, field
from pathlib import Path

import jobs
import numpy as np
import pytest
from looped import in_one_test

import npae
from npae.settings.description import describe
from npae.study.identity import brief, key_of, plain


@dataclass
class Job:
    size: int
    folder: Path = field(default=Path(), compare=False)


def test_a_description_becomes_what_describe_makes_of_it():
    value = {"optimizer": npae.Adam(0.01), "sizes": (3, [2, None])}
    assert plain(value) == describe(value)


@in_one_test(
    ("one", "other"),
    [
        (np.zeros(3), np.zeros((3, 1))),
        (np.zeros(3), np.zeros(3, dtype=np.float32)),
        (np.zeros(3), np.array([0, 0, 1.0])),
        ([1, 2], (1, 2)),
        (functools.partial(jobs.noisy, level=1), functools.partial(jobs.noisy, level=2)),
        (jobs.noisy, jobs.picky),
        (Job(1), Job(2)),
        (npae.Adam(0.1), npae.Adam(0.2)),
        (npae.Autoencoder([3]), npae.Autoencoder([4])),
        (npae.Autoencoder, npae.Network),
        (float("inf"), float("-inf")),
        (Path("a"), Path("b")),
    ],
    ids=lambda value: str(value).partition(" at 0x")[0],
)
def test_different_things_get_different_keys(one, other):
    assert key_of(plain(one), {}, 0) != key_of(plain(other), {}, 0)
    assert key_of(plain(one), {}, 0) == key_of(plain(one), {}, 0)


def test_fields_that_are_not_compared_do_not_count():
    assert plain(Job(1, Path("here"))) == plain(Job(1, Path("there")))


def test_an_array_of_objects_is_refused():
    with pytest.raises(TypeError, match="array must hold numbers to be told from others, got dtype object"):
        plain(np.array([object()]))


@in_one_test(
    ("value", "text"),
    [
        (0.30000000000000004, "0.3"),
        ("BFGS", "BFGS"),
        (None, "None"),
        (npae.Adam(), "Adam()"),
        (npae.Adam(0.25), "Adam(0.25)"),
        ([35, 2], "[35, 2]"),
        (jobs.noisy, "jobs.noisy"),
        (np.float64(0.5), "0.5"),
    ],
    ids=lambda value: str(value).partition(" at 0x")[0],
)
def test_values_are_shown_briefly(value, text):
    assert brief(plain(value)) == text


@dataclass
class Measured:
    limit: float

    def measure(self, model, X):
        return {"limit": self.limit}


class Opaque:
    def run(self, *, seed):
        return {"value": 1}


@dataclass
class Typed:
    type: str


@dataclass
class AlsoTyped:
    type: str


@in_one_test(
    ("one", "other"),
    [
        (Measured(0.1).measure, Measured(0.9).measure),
        (functools.partial(jobs.noisy, function="x"), functools.partial(jobs.picky, function="x")),
        (Typed("x"), AlsoTyped("x")),
    ],
)
def test_names_that_a_user_chooses_do_not_hide_other_differences(one, other):
    assert plain(one) != plain(other)


def test_a_method_of_an_object_that_is_not_plain_data_is_refused():
    with pytest.raises(TypeError, match="must be plain data, functions or dataclasses"):
        plain(Opaque().run)
