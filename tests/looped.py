"""Many short cases as one test: pytest takes several milliseconds for a test, which is more than most cases take."""

import functools
import inspect
import reprlib

import pytest


def in_one_test(names, cases, *, ids=None):
    """Parametrize a test as `pytest.mark.parametrize` does, but in a loop: it is one test, with all of its cases.

    All cases run. The first error is raised, with a note that names every case that failed. The cases share the
    test's fixtures: use it where none of them leaves a fixture changed.
    """
    names = [name.strip() for name in names.split(",")] if isinstance(names, str) else [*names]
    cases = [_values(case, names) for case in cases]
    labels = _labels(cases, ids)
    assert cases, f"there must be cases of {names}"

    def decorate(test):
        signature = inspect.signature(test)

        @functools.wraps(test)
        def loop(**fixtures):
            errors, skips = {}, []
            for values, label in zip(cases, labels, strict=True):
                try:
                    test(**fixtures, **values)
                except pytest.skip.Exception as skip:
                    skips.append(skip)
                except (Exception, pytest.fail.Exception) as error:
                    errors.setdefault(label, error)
            if errors:
                raise _noted(next(iter(errors.values())), f"{len(errors)} of {len(cases)} cases: {', '.join(errors)}")
            if len(skips) == len(cases):
                raise skips[0]

        assert {*names} <= {*signature.parameters}, f"{test.__name__} must take {names}"
        fixtures = [parameter for name, parameter in signature.parameters.items() if name not in names]
        loop.__signature__ = signature.replace(parameters=fixtures)
        return loop

    return decorate


def _values(case, names):
    """Return {name: value} of a case, which may be a `pytest.param` without marks."""
    if hasattr(case, "marks"):
        assert not case.marks, "a case of a loop cannot have marks"
        case = case.values
    elif len(names) == 1:
        case = [case]
    return dict(zip(names, case, strict=True))


def _labels(cases, ids):
    """Return a name for each case, from the ids if they are given; the names differ."""
    if ids is None or callable(ids):
        labels = ["-".join((ids or reprlib.repr)(value) for value in case.values()) for case in cases]
    else:
        labels = [str(label) for label in ids]
    return [label if labels.count(label) == 1 else f"{label} ({i})" for i, label in enumerate(labels)]


def _noted(error, note):
    """Return the error with a note; Python 3.10 has no notes, but pytest shows what a failed test has printed."""
    getattr(error, "add_note", print)(note)
    return error
