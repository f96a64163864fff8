"""Descriptions that npae imports on first use can be named on the command line before anybody has used them."""

import json
import subprocess
import sys

import npae
from npae.settings.description import Description

CODE = """
import json
from npae.command_line.expressions import known_descriptions
print(json.dumps([*known_descriptions()]))
"""


def test_a_new_process_knows_every_public_description():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    things = {name: getattr(npae, name) for name in npae.__all__}
    public = {name for name, thing in things.items() if isinstance(thing, type) and issubclass(thing, Description)}
    assert {"LSTM", "Conv2D", "AdaptiveEta", "JSONLog"} <= public
    assert public - {*json.loads(done.stdout)} == set()
