"""Write files of every kind that npae reads again: models, checkpoints, studies; and what must come of them.

    PYTHONPATH=<a checkout of some version> python tests/saved/make.py

They go to a folder named after the version, which must not be there yet: what a version wrote stays as it was. Then
`tests/test_saved_before.py` reads the files of all versions with the code of today.

    inputs.npz        what everything is trained on, so that no later generator of random numbers can change it
    models/           saved by `save`; checkpoints/ by Checkpoint, in runs that ended early; studies/ by `npae.study`
    expected.npz      theta, codes, predictions: of the models as they are and after one epoch more; of the runs as
                      they end where nothing cuts them off
    expected.json     parameters, histories (but for seconds), rows of the studies

The models, runs and studies are defined in the files beside this one, for the tests too: a checkpoint goes on only in
the run, and a study only with the model and the data, that it was written for. So a definition is never changed; what
is new gets new ones, in the tables MODELS, RUNS and STUDIES.
"""

import json
import os
import tempfile
from pathlib import Path

import numpy as np
from saved_models import MODELS, answers, described, samples_for
from saved_runs import CHUNKS, RUNS, cut_off, estimator, samples_of, stream
from saved_studies import STUDIES

import npae

HERE = Path(__file__).parent


def inputs():
    """Return what everything here is trained on, arrays by name; series 0 to 5 are 7, 6, ..., 2 steps long."""
    rng = np.random.default_rng(16)
    steps = np.arange(7) < np.arange(7, 1, -1)[:, None]
    letters = npae.datasets.load_font("capitals")
    return {
        "letters": letters.pixels[:16],
        "letters_labels": np.array(letters.labels[:16]),
        "points": rng.random((24, 8)),
        "colours": np.array(["red", "green", "blue"])[np.arange(24) % 3],
        "images": rng.random((6, 8, 6, 2)),
        "signals": rng.standard_normal((6, 12, 2)),
        "series": np.where(steps[:, :, None], rng.standard_normal((6, 7, 2)), 0.0),
        "series_mask": steps,
    }


def save_models(folder, data, arrays, facts):
    """Fit and save the models, and note down what they are, say, and become in one epoch more."""
    import pandas

    models = {}
    for name in sorted(MODELS, key=lambda name: name == "classifier"):  # which begins with another one
        samples, options = samples_for(name, data)
        if name == "columns":
            samples = (pandas.DataFrame(samples[0], columns=[f"column {i}" for i in range(8)]),)
        model = MODELS[name](models["columns"]) if name == "classifier" else MODELS[name]()
        models[name] = model.fit(*samples, **options)
        model.save(folder / f"{name}.npz")
        note_model(name, folder, data, arrays, facts)


def note_model(name, folder, data, arrays, facts):
    """Note down what a model that is read from its file is, says, and becomes in one epoch more."""
    samples, options = samples_for(name, data)
    model = npae.load(folder / f"{name}.npz")
    facts[name] = described(model)
    found = {"theta": model.theta_, **answers(model, samples[0], **options)}
    kept = [part for part in ("code_mean", "code_covariance", "classes") if hasattr(model, f"{part}_")]
    found |= {part: getattr(model, f"{part}_") for part in kept}
    found["theta_after"] = model.partial_fit(*samples, **options).theta_
    arrays |= {f"models/{name}/{part}": array for part, array in found.items()}


def save_runs(folder, models, data, arrays, facts):
    """Cut runs off, and note down how they end where nothing cuts them off."""
    for name in RUNS:
        cut_off(name, models, data, folder / f"{name}.npz")
        model = estimator(name, models).fit(*samples_of(name, data))
        arrays[f"checkpoints/{name}/theta"] = model.theta_
        facts[name] = described(model)
    cut, whole = stream(), stream()
    cut.set_params(callbacks=[npae.Checkpoint(folder / "stream.npz")])
    for chunk in CHUNKS:
        whole.partial_fit(data["points"][chunk])
        if chunk != CHUNKS[-1]:
            cut.partial_fit(data["points"][chunk])
    arrays["checkpoints/stream/theta"], facts["stream"] = whole.theta_, described(whole)


def save_studies(folder, data, facts):
    """Carry the studies out, and note down their rows."""
    for name, study in STUDIES.items():
        facts[name] = study(data, folder / name, executor="serial").rows


def make(folder):
    """Write everything."""
    arrays, facts = {}, {"models": {}, "checkpoints": {}, "studies": {}}
    for part in facts:
        (folder / part).mkdir(parents=True)
    np.savez(folder / "inputs.npz", **inputs())
    data = read(folder / "inputs.npz")
    save_models(folder / "models", data, arrays, facts["models"])
    save_runs(folder / "checkpoints", folder / "models", data, arrays, facts["checkpoints"])
    save_studies(folder / "studies", data, facts["studies"])
    np.savez(folder / "expected.npz", **arrays)
    (folder / "expected.json").write_text(json.dumps(facts) + "\n", encoding="utf-8")


def read(path):
    """Return the arrays of a file, by name."""
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def main():
    """Write the files of the npae that is imported, beside this script."""
    folder = HERE / npae.__version__
    if folder.exists():
        raise SystemExit(f"{folder} must not be there: what a version wrote stays as it was.")
    with tempfile.TemporaryDirectory() as elsewhere:
        os.chdir(elsewhere)  # where a model among these keeps a checkpoint
        make(folder)
        os.chdir(HERE)
    print(f"npae {npae.__version__} of {Path(npae.__file__).parent} wrote to {folder}")


if __name__ == "__main__":
    main()
