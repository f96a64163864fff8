"""Verdicts on claims, computed from the numbers that the experiments leave: ``holds``, ``fails``, ``holds only ...``.

A judge takes the results.json of each run, in the order of the claim's runs, and the folder of the first one. It
returns the verdict and the numbers that decide it. Each study has a module of judges.
"""

from __future__ import annotations

from .digit_verdicts import DIGITS
from .improvement_verdicts import IMPROVEMENTS
from .letter_verdicts import LETTERS
from .use_verdicts import USES
from .variational_verdicts import VARIATIONAL
from .verdict_words import Judge

JUDGES: dict[str, Judge] = LETTERS | DIGITS | USES | VARIATIONAL | IMPROVEMENTS
