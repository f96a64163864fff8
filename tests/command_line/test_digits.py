"""Text is for people, and has six digits; CSV and JSON are for programs, and have all."""

import csv
import io
import json

import numpy as np

from npae.command_line.data_sources import load_data
from npae.command_line.written_tables import print_table


def test_text_has_six_digits_and_the_others_all(ok, model):
    errors = model.score_samples(load_data("mydata.csv").samples)
    text = [line.split()[1] for line in ok("score", "model.npz", "mydata.csv").splitlines()[1:]]
    assert text == [f"{error:.6g}" for error in errors] and max(map(len, text)) <= 12
    table = csv.DictReader(io.StringIO(ok("score", "model.npz", "mydata.csv", "--format", "csv")))
    assert [float(row["error"]) for row in table] == errors.tolist()
    rows = json.loads(ok("score", "model.npz", "mydata.csv", "--format", "json"))
    assert [row["error"] for row in rows] == errors.tolist()


def test_integers_stay_whole(capsys):
    print_table({"n": np.array([12345678]), "x": np.array([12345678.9])}, "text")
    assert capsys.readouterr().out.split() == ["n", "x", "12345678", "1.23457e+07"]
