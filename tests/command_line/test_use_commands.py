"""What the commands print and write is what the methods of a model return."""

import csv
import io
import json

import numpy as np
import pytest
from csv_files import NAMES, write_csv

import npae
from npae.command_line.data_sources import load_data


def table(text):
    """Return the columns of CSV text by name."""
    rows = list(csv.reader(io.StringIO(text)))
    return {name: [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])}


def numbers(text, names):
    columns = table(text)
    return np.array([list(map(float, columns[name])) for name in names]).T


def test_codes_round_trip_in_every_form(ok, model, X):
    codes = model.encode(load_data("mydata.csv").samples)
    names = ["code_0", "code_1"]
    np.testing.assert_array_equal(numbers(ok("encode", "model.npz", "mydata.csv", "--format", "csv"), names), codes)
    rows = json.loads(ok("encode", "model.npz", "mydata.csv", "--format", "json"))
    np.testing.assert_array_equal([[row[name] for name in names] for row in rows], codes)
    text = [line.split() for line in ok("encode", "model.npz", "mydata.csv").splitlines()]
    assert text[0] == names
    assert text[1:] == [[f"{code:.6g}" for code in row] for row in codes]  # for people


@pytest.mark.parametrize("ending", ["csv", "tsv", "npy", "npz", "json", "parquet", "txt"])
def test_codes_round_trip_in_every_file(ending, ok, model, folder):
    if ending == "parquet":
        pytest.importorskip("pyarrow")
    out = f"codes.{ending}"
    assert ok("encode", "model.npz", "mydata.csv", "--out", out) == ""
    codes = model.encode(load_data("mydata.csv").samples)
    if ending == "json":
        found = [[row["code_0"], row["code_1"]] for row in json.loads((folder / out).read_text())]
    elif ending == "txt":
        found = np.loadtxt(out, skiprows=1)
    else:
        found = load_data(out).samples
    np.testing.assert_array_equal(np.asarray(found), codes)
    if ending not in ("json", "txt"):
        decoded = numbers(ok("decode", "model.npz", out, "--format", "csv"), NAMES)
        np.testing.assert_array_equal(decoded, model.decode(codes))


def test_float32_is_written_in_its_own_digits(ok, folder, X):
    npae.Autoencoder([2], dtype="float32", epochs=1, random_state=0).fit(X).save("m.npz")
    codes = npae.load("m.npz").encode(X)
    cells = table(ok("encode", "m.npz", "mydata.npy", "--format", "csv"))["code_0"]
    assert cells == [str(code) for code in codes[:, 0]]
    rows = json.loads(ok("encode", "m.npz", "mydata.npy", "--format", "json"))
    np.testing.assert_array_equal(np.float32([row["code_0"] for row in rows]), codes[:, 0])


def test_reconstructions_have_the_names_of_the_columns(ok, model):
    text = ok("reconstruct", "model.npz", "named.csv", "--label", "name", "--drop", "site", "--format", "csv")
    np.testing.assert_array_equal(numbers(text, NAMES), model.reconstruct(load_data("mydata.csv").samples))
    assert table(text)["label"][:2] == ["r0", "r1"]


def test_pictures_keep_their_shape_in_a_npy_file(ok, folder):
    images = np.random.default_rng(0).random((5, 4, 3))
    np.save("images.npy", images)
    npae.Autoencoder([2], epochs=1, random_state=0).fit(images).save("m.npz")
    for out in ("out.npy", "out.npz"):
        ok("reconstruct", "m.npz", "images.npy", "--out", out)
        np.testing.assert_array_equal(load_data(out).samples, npae.load("m.npz").reconstruct(images))
    assert ok("reconstruct", "m.npz", "images.npy", "--format", "csv").startswith("x_0,x_1,")


def test_gaps_are_filled(ok, npae_, folder, X):
    lines = (folder / "mydata.csv").read_text().splitlines()
    lines[4] = "," + lines[4].partition(",")[2]
    (folder / "gaps.csv").write_text("\n".join(lines))
    refusal = npae_("train", "gaps.csv", "--out", "g.npz").stderr
    assert "DATA must be finite, got NaN" in refusal and "'temp' (1 of 60)" in refusal
    assert refusal.endswith("Or train a model that takes gaps: --missing ignore.\n")
    ok("train", "gaps.csv", "--missing", "ignore", "--encoder", "2", "--out", "g.npz")
    filled = numbers(ok("reconstruct", "g.npz", "gaps.csv", "--format", "csv"), NAMES)
    assert np.isfinite(filled).all()


def test_a_detector_encodes_too(ok, detector):
    text = ok("encode", "detector.npz", "mydata.csv", "--format", "csv")
    codes = detector.autoencoder_.encode(load_data("mydata.csv").samples)
    np.testing.assert_array_equal(numbers(text, ["code_0"]), codes)


def test_errors_of_rows_and_the_columns_to_blame(ok, detector):
    count = int(detector.labels_.sum())
    told = f"{count} of 60 rows are anomalies: error above {detector.threshold_:.4g}\n"
    text = ok("score", "detector.npz", "mydata.csv", "--blame", "2", "--format", "csv", told=told)
    columns, samples = table(text), load_data("mydata.csv").samples
    assert columns["row"] == [str(i) for i in range(60)]
    assert [float(cell) for cell in columns["error"]] == (-detector.score_samples(samples)).tolist()
    assert [int(cell) for cell in columns["anomaly"]] == detector.labels_.tolist()
    assert columns["blame_1"] == detector.worst_features(samples)[:, 0].tolist()
    assert (columns["anomaly"][7], columns["blame_1"][7]) == ("1", "flow")


def test_only_the_strangest_rows(ok, detector, npae_):
    top = table(npae_("score", "detector.npz", "mydata.csv", "--top", "3", "--format", "csv").stdout)
    errors = detector.decision_scores_
    assert top["row"] == [str(i) for i in np.argsort(-errors, kind="stable")[:3]]
    found = table(npae_("score", "detector.npz", "mydata.csv", "--anomalies", "--format", "csv").stdout)
    assert found["row"] == [str(i) for i in np.flatnonzero(detector.labels_)]


def test_an_autoencoder_has_errors_and_needs_a_threshold(ok, model, npae_):
    samples = load_data("mydata.csv").samples
    columns = table(ok("score", "model.npz", "mydata.csv", "--blame", "1", "--format", "csv"))
    assert list(columns) == ["row", "error", "blame_1"]
    assert [float(cell) for cell in columns["error"]] == model.score_samples(samples).tolist()
    worst = np.argmax(model.score_samples(samples, features=True), axis=1)
    assert columns["blame_1"] == [NAMES[i] for i in worst]
    assert npae_("score", "model.npz", "mydata.csv", "--anomalies").exit_code == 2
    limit = float(np.sort(model.score_samples(samples))[-3])
    found = table(npae_("score", "model.npz", "mydata.csv", "--threshold", limit, "--format", "csv").stdout)
    assert found["anomaly"].count("1") == 2


def test_too_much_blame(refused, model):
    assert "--blame must be at most the number of features, 5" in refused(
        "score", "model.npz", "mydata.csv", "--blame", 6
    )


def test_arrays_without_names_are_told_of_once(npae_, model):
    line = (
        "npae encode: warning: DATA does not have valid feature names, but Autoencoder was fitted with feature names\n"
    )
    assert npae_("encode", "model.npz", "mydata.npy").stderr == line


def test_a_page_of_a_csv_file(ok, folder):
    assert (
        ok("explore", "named.csv", "--label", "name", "--drop", "site", "--out", "page.html")
        == "written to page.html\n"
    )
    page = (folder / "page.html").read_text()
    assert "The code space of named.csv" in page and '"r59"' in page


def test_a_page_of_a_model_with_and_without_data(ok, model, folder, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    ok("explore", "model.npz", "mydata.csv", "--out", "a.html", "--title", "Mine", "--open")
    assert opened == [(folder / "a.html").resolve().as_uri()] and "Mine" in (folder / "a.html").read_text()
    ok("explore", "model.npz", "--out", "b.html", "--quiet")
    assert (folder / "b.html").exists()


def test_a_page_is_that_of_python(ok, model, folder):
    ok("explore", "model.npz", "mydata.csv", "--out", "a.html", "--title", "T")
    npae.explorer.write(model, "b.html", data=load_data("mydata.csv").samples, title="T")
    assert (folder / "a.html").read_text() == (folder / "b.html").read_text()


def test_a_page_shows_gaps_filled(npae_, folder):
    lines = (folder / "mydata.csv").read_text().splitlines()
    lines[4] = "," + lines[4].partition(",")[2]
    (folder / "gaps.csv").write_text("\n".join(lines))
    result = npae_("explore", "gaps.csv", "--missing", "ignore", "--encoder", "2", "--out", "page.html")
    assert (result.exit_code, result.stderr) == (0, "npae explore: the model filled the gaps in what the page shows\n")


def test_of_much_data_a_page_takes_a_part(npae_, folder, monkeypatch):
    monkeypatch.setattr("npae.command_line.explore_codes.MOST_SAMPLES", 20)
    result = npae_("explore", "mydata.csv", "--encoder", "2", "--out", "page.html")
    part = "npae explore: one row in 3 of 60 is {}; --rows takes others\n"
    assert (result.exit_code, result.stderr) == (0, part.format("learned from") + part.format("shown"))


def test_a_page_of_three_sources_is_refused(refused):
    assert "sources must be DATA" in refused("explore", "a", "b", "c", code=2)


def test_info_says_what_a_model_is(ok, model, npae_):
    text = ok("info", "model.npz")
    for part in ("kind              autoencoder", "columns           temp, load, flow, volt, amps", "encoder.0  Dense"):
        assert part in text
    facts = json.loads(ok("info", "model.npz", "--format", "json"))
    assert (facts["parameters"], facts["loss reached"]) == (model.network_.n_parameters, model.history_["loss"][-1])
    assert sum(layer["parameters"] for layer in facts["layers"]) == facts["parameters"]
    assert facts["columns"] == NAMES
    history = table(ok("info", "model.npz", "--history", "--format", "csv"))
    assert [float(cell) for cell in history["loss"]] == model.history_["loss"]
    assert npae_("info", "model.npz", "--format", "csv").exit_code == 2


def test_info_of_other_kinds(ok, detector, folder, X):
    assert json.loads(ok("info", "detector.npz", "--format", "json"))["threshold"] == detector.threshold_
    npae.Classifier([2], epochs=2).fit(X, np.arange(60) % 2).save("classifier.npz")
    assert json.loads(ok("info", "classifier.npz", "--format", "json"))["classes"] == ["0", "1"]
    npae.Autoencoder([2], epochs=2, callbacks=[npae.Checkpoint("run.npz")]).fit(X)
    facts = json.loads(ok("info", "run.npz", "--format", "json"))
    assert (facts["kind"], facts["epochs"], facts["in_shape"]) == ("checkpoint", 2, "(5,)")
    assert len(table(ok("info", "run.npz", "--history", "--format", "csv"))["epoch"]) == 2


def test_a_font_is_trained_on_and_labelled(ok, folder):
    ok("train", "capitals", "--encoder", "2", "--out", "m.npz")
    assert table(ok("encode", "m.npz", "capitals", "--format", "csv"))["label"][1] == "A"


@pytest.fixture
def predictor(folder, X):
    """predictor.npz, which predicts the columns up and down of target.csv from mydata.csv."""
    write_csv(folder / "target.csv", X[:, :2] + 1, ["up", "down"])
    target = load_data("target.csv").samples
    ae = npae.Autoencoder([2], random_state=0).fit(load_data("mydata.csv").samples, target=target)
    ae.save("predictor.npz")
    return ae


def test_predictions_have_the_names_of_the_targets(ok, predictor, folder):
    (folder / "codes.csv").write_text("code_0,code_1\n0.1,0.2\n")
    for command in (["reconstruct", "predictor.npz", "mydata.csv"], ["decode", "predictor.npz", "codes.csv"]):
        assert list(table(ok(*command, "--format", "csv"))) == ["up", "down"]


def test_targets_with_as_many_columns_give_their_own_names(ok, folder, X):
    write_csv(folder / "clean.csv", X + 1, ["a", "b", "c", "d", "e"])
    samples, target = (load_data(name).samples for name in ("mydata.csv", "clean.csv"))
    npae.Autoencoder([2], random_state=0).fit(samples, target=target).save("m.npz")
    assert list(table(ok("reconstruct", "m.npz", "mydata.csv", "--format", "csv"))) == ["a", "b", "c", "d", "e"]
    worst = table(ok("score", "m.npz", "mydata.csv", "--target", "clean.csv", "--blame", "1", "--format", "csv"))
    assert set(worst["blame_1"]) <= {"a", "b", "c", "d", "e"}


def test_predictions_are_scored_by_their_targets(ok, refused, predictor, detector):
    X, target = (load_data(name).samples for name in ("mydata.csv", "target.csv"))
    command = ["score", "predictor.npz", "mydata.csv"]
    found = table(ok(*command, "--target", "target.csv", "--blame", "2", "--rows", "10:", "--format", "csv"))
    errors = predictor.score_samples(X, target=target)
    assert [float(cell) for cell in found["error"]] == errors[10:].tolist()
    assert {*found["blame_1"]} == {*found["blame_2"]} == {"up", "down"}
    assert "--target must be given, as it was to train, got none" in refused(*command)
    line = refused("score", "detector.npz", "mydata.csv", "--target", "target.csv", code=2)
    assert "--target must come with a model of --kind autoencoder" in line
