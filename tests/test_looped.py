"""A loop runs all cases, and a failure names those that failed."""

import inspect

import pytest
from looped import in_one_test


def failing(**loop):
    """Return the note and the error of a loop over 1 to 4 in which the even numbers fail; all numbers are seen."""
    seen = []

    @in_one_test("n", [1, 2, 3, 4], **loop)
    def test(n):
        seen.append(n)
        assert n % 2, f"{n} is even"

    with pytest.raises(AssertionError, match="2 is even") as caught:
        test()
    assert seen == [1, 2, 3, 4]
    return caught.value


@pytest.mark.parametrize(
    ("ids", "names"),
    [(None, "2, 4"), ("case {}".format, "case 2, case 4"), ("abcd", "b, d"), (lambda n: "x", "x (1), x (3)")],
)
def test_a_failure_names_all_cases_that_failed(ids, names, capsys):
    error = failing(ids=ids)
    notes = [*getattr(error, "__notes__", []), *capsys.readouterr().out.splitlines()]
    assert notes[-1] == f"2 of 4 cases: {names}"


def test_loops_in_loops_give_all_pairs_and_leave_the_fixtures():
    seen = []

    @in_one_test("a, b", [(1, 2), pytest.param(3, 4, id="odd")])
    @in_one_test("c", "xy")
    def test(a, b, c, tmp_path):
        seen.append((a, b, c, tmp_path))

    assert [*inspect.signature(test).parameters] == ["tmp_path"]
    test(tmp_path=0)
    assert seen == [(1, 2, "x", 0), (1, 2, "y", 0), (3, 4, "x", 0), (3, 4, "y", 0)]


def test_a_test_is_skipped_if_all_of_its_cases_are():
    def skip_below(least):
        @in_one_test("n", [1, 2])
        def test(n):
            if n < least:
                pytest.skip("too small")

        test()

    skip_below(2)
    with pytest.raises(pytest.skip.Exception, match="too small"):
        skip_below(3)


def test_no_cases_names_that_the_test_lacks_and_marks_are_refused():
    with pytest.raises(AssertionError, match="there must be cases"):
        in_one_test("n", [])
    with pytest.raises(AssertionError, match="must take"):
        in_one_test("m", [1])(lambda n: None)
    with pytest.raises(AssertionError, match="cannot have marks"):
        in_one_test("n", [pytest.param(1, marks=pytest.mark.slow)])
