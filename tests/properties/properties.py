"""What a property is here: a sentence about every example of its strategies, and which public names it speaks of.

Examples are the same in every process. Each property runs twice: by default with a few examples, and among the slow
tests with many.
"""

from collections import defaultdict

import pytest
from hypothesis import HealthCheck, Phase, given, settings

FEW, MANY = 2, 12
COVERED = defaultdict(list)  # public name -> the properties that speak of it


def _leave_out_constants_of_modules():
    """Make examples depend on nothing but the property: Hypothesis mixes in constants of whatever is imported."""
    try:
        from hypothesis.internal.conjecture.providers import HypothesisProvider
        from hypothesis.internal.constants_ast import Constants
    except ImportError:  # a version that does not do so
        return
    if hasattr(HypothesisProvider, "_local_constants"):
        HypothesisProvider._local_constants = Constants()


_leave_out_constants_of_modules()


def profile(examples, **options):
    """Return settings under which the same examples are tried everywhere, and nothing is kept or timed."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[*HealthCheck],
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        **options,
    )


def property_of(*names, few=FEW, many=MANY, **strategies):
    """Make a test of a function of examples; `names` are the public names that it is a property of.

    A property with few=0 runs among the slow tests alone.
    """

    def decorate(holds):
        for name in names:
            COVERED[name].append(f"{holds.__module__}.{holds.__name__}")
        slow = pytest.param(many, marks=pytest.mark.slow, id="many")

        def run(examples):
            profile(examples)(given(**strategies)(holds))()

        run.__name__, run.__doc__, run.__module__ = holds.__name__, holds.__doc__, holds.__module__
        return pytest.mark.parametrize("examples", [pytest.param(few, id="few"), slow] if few else [slow])(run)

    return decorate
