"""Plots show what they promise, leave pyplot alone and refuse what cannot be drawn."""

import functools
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from looped import in_one_test
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import npae
from npae import plots

CAPITALS = npae.datasets.load_font("capitals")
FONT = CAPITALS.select("ABCDE")
CROSS = "orange cross: a pixel on the wrong side of 0.5"
ALL = npae.datasets.load_font("symbols") + CAPITALS + npae.datasets.load_font("lowercase")


@functools.cache
def model(code=2, epochs=6, **params):
    refine = npae.Refine("L-BFGS-B", every=2, max_iterations=3)
    ae = npae.Autoencoder(encoder=[8, code], loss="bce", refine=refine, epochs=epochs, random_state=0, **params)
    return ae.fit(CAPITALS.pixels)


@functools.cache
def variational():
    ae = npae.Autoencoder([8, npae.GaussianCode(3, beta=0.1)], loss="bce", epochs=6, random_state=0)
    return ae.fit(CAPITALS.pixels)


def own_axes():
    """Return Axes whose figure needs no layout, which is what takes time."""
    return Figure(figsize=(3, 3)).subplots()


def texts(ax):
    return [text.get_text() for text in ax.texts]


def crosses(ax):
    return sum(
        len(collection.get_segments()) // 2 for collection in ax.collections if hasattr(collection, "get_segments")
    )


def png(drawn):
    file = io.BytesIO()
    getattr(drawn, "figure", drawn).savefig(file, format="png", dpi=20)
    return file.getvalue()


def settings():
    return {name: value for name, value in plt.rcParams.items() if name != "backend"}


def new_glyphs():
    pixels = model().sample(4, random_state=0)
    index, distances = npae.metrics.nearest(pixels, FONT.pixels)
    labels = [FONT.labels[i] for i in index]
    return plots.new_glyphs(pixels, FONT.pixels[index], labels, distances, FONT.shape)


def discovered(data):
    return npae.discover(model(), data, n=3, least_crispness=0, least_distance=1, candidates=100)


def history_of(**record):
    """A fitted model that knows only its history."""
    fake = npae.Autoencoder()
    fake.theta_ = np.zeros(1)
    fake.history_ = {"loss": [1.0], "eta": [0.5], "refinements": [], **record}
    return fake


DRAWN = {
    "architecture": (lambda: plots.architecture(model()), Axes),
    "glyph": (lambda: plots.glyph(FONT.pixels[0], FONT.shape), Axes),
    "latent_space": (lambda: plots.latent_space(model(), FONT), Axes),
    "latent_space of a line": (lambda: plots.latent_space(model(1), FONT), Axes),
    "latent_space of classes": (lambda: plots.latent_space(model(), FONT.pixels, [0, 1, 0, 1, 1]), Axes),
    "latent_space of numbers": (lambda: plots.latent_space(model(), CAPITALS.pixels, np.arange(32)), Axes),
    "latent_space without labels": (lambda: plots.latent_space(model(), FONT.pixels), Axes),
    "pictures": (lambda: plots.pictures(FONT), Axes),
    "reconstructions": (lambda: plots.reconstructions(model(), FONT), Figure),
    "denoising": (lambda: plots.denoising(model(), FONT, npae.FlipPixels(2)), Figure),
    "manifold": (lambda: plots.manifold(model(), FONT.shape, n=4), Axes),
    "manifold with codes": (lambda: plots.manifold(model(), FONT.shape, n=4, data=FONT), Axes),
    "manifold of a line": (lambda: plots.manifold(model(1), FONT.shape, n=4, data=FONT), Axes),
    "interpolation": (lambda: plots.interpolation(model(), *FONT.pixels[:2], FONT.shape, n=3), Axes),
    "interpolation on an arc": (
        lambda: plots.interpolation(model(), *FONT.pixels[:2], FONT.shape, n=3, spherical=True),
        Axes,
    ),
    "traversal": (lambda: plots.traversal(model(), FONT.shape, n=3), Axes),
    "traversal around a sample": (lambda: plots.traversal(variational(), FONT.shape, FONT.pixels[0], [1], n=3), Axes),
    "history": (lambda: plots.history(model()), Figure),
    "history on given axes": (lambda: plots.history(model(), ax=own_axes()), Axes),
    "compare": (lambda: plots.compare({"one": model(), "other": model(1)}), Axes),
    "new_glyphs": (new_glyphs, Figure),
    "discovery": (lambda: plots.discovery(discovered(CAPITALS)), Figure),
    "discovery of pictures": (lambda: plots.discovery(discovered(CAPITALS.pixels), CAPITALS.shape), Figure),
}


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("name", DRAWN)
def test_what_is_returned_can_be_saved_and_pyplot_does_not_know_it(name):
    draw, kind = DRAWN[name]
    before = settings(), plt.get_fignums()  # another test may have opened figures
    drawn = draw()
    assert isinstance(drawn, kind)
    assert png(drawn).startswith(b"\x89PNG")
    assert (settings(), plt.get_fignums()) == before


def test_every_public_plot_is_in_the_table():
    parts_of_figures = {"INKS", "OKABE_ITO", "caption", "tile", "titled"}
    assert {name.split()[0] for name in DRAWN} == set(plots.__all__) - parts_of_figures


@in_one_test(
    "draw",
    [
        lambda ax: plots.glyph(FONT.pixels[0], FONT.shape, ax=ax),
        lambda ax: plots.latent_space(model(), FONT, ax=ax),
        lambda ax: plots.manifold(model(), FONT.shape, n=3, ax=ax),
        lambda ax: plots.interpolation(model(), *FONT.pixels[:2], FONT.shape, n=3, ax=ax),
        lambda ax: plots.history(model(), ax=ax),
        lambda ax: plots.compare({"one": model()}, ax=ax),
        lambda ax: plots.architecture(model(), ax=ax),
    ],
)
def test_a_given_axes_is_drawn_on_and_returned(draw):
    ax = own_axes()
    assert draw(ax) is ax
    assert ax.has_data()


def test_glyph_is_upright_and_dark_where_on():
    (mesh,) = plots.glyph([1, 0, 0, 0, 0, 0], (3, 2)).collections
    assert mesh.get_array()[0, 0] == 1
    assert mesh.axes.yaxis_inverted()
    assert np.all(mesh.cmap(mesh.norm(1.0))[:3] < np.array(mesh.cmap(mesh.norm(0.0))[:3]))


@in_one_test("flipped", [[], [0], [3, 17, 34]])
def test_glyph_crosses_out_each_wrong_pixel(flipped):
    pixels = FONT.pixels[0].copy()
    pixels[flipped] = 1 - pixels[flipped]
    ax = plots.glyph(pixels, FONT.shape, original=FONT.pixels[0])
    assert ax.get_xlabel() == f"{len(flipped)} wrong"
    assert crosses(ax) == len(flipped)


def test_a_cross_is_on_its_pixel():
    ax = plots.glyph([0, 0, 0, 0, 0, 0], (2, 3), original=[0, 0, 0, 0, 0, 1])
    strokes = np.array(ax.collections[-1].get_segments())
    np.testing.assert_allclose(strokes.mean(axis=(0, 1)), [2.5, 1.5])


def test_a_tile_is_at_its_place_and_counts_wrong_pixels():
    ax = own_axes()
    original = FONT.pixels[0]
    assert plots.tile(ax, original, FONT.shape, left=2, top=3, scale=0.5) == 0
    np.testing.assert_allclose(ax.dataLim.extents, [2, 3, 2 + 0.5 * 5, 3 + 0.5 * 7])
    assert plots.tile(ax, 1 - original, FONT.shape, original=original) == crosses(ax) == 35


def test_a_caption_is_written_verbatim_in_the_given_style():
    ax = own_axes()
    plots.caption(ax, 0.5, 0.25, "$x$", ha="left")
    (text,) = ax.texts
    assert (text.get_text(), text.get_position(), text.get_ha(), text.get_va()) == (
        "$x$",
        (0.5, 0.25),
        "left",
        "center",
    )
    assert not text.get_parse_math()


def test_latent_space_writes_each_label_at_its_code():
    ax = plots.latent_space(model(), FONT, ax=own_axes())
    assert [note.get_text() for note in ax.texts] == list(FONT.labels)
    np.testing.assert_allclose([note.xy for note in ax.texts], model().encode(FONT.pixels))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("code 1", "code 2")


def test_latent_space_draws_the_chosen_dimensions():
    ax = plots.latent_space(model(3), FONT, dimensions=(2, 0), ax=own_axes())
    np.testing.assert_allclose([note.xy for note in ax.texts], model(3).encode(FONT.pixels)[:, [2, 0]])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("code 3", "code 1")


@pytest.mark.slow
def test_labels_of_96_glyphs_do_not_overlap():
    """Codes are tightly clustered after so few epochs: labels must be moved apart."""
    ax = plots.latent_space(model(), ALL)
    ax.figure.draw_without_rendering()
    low, high = np.moveaxis([super(type(note), note).get_window_extent().get_points() for note in ax.texts], 1, 0)
    overlaps = ((low[:, None] <= high) & (low <= high[:, None])).all(axis=2)
    assert len(low) == 96
    assert (overlaps.sum() - 96) / 2 <= 2


def test_classes_are_named_in_a_legend():
    ax = plots.latent_space(model(), FONT.pixels, ["odd", "even", "odd", "even", "odd"])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["even", "odd"]
    assert [len(dots.get_offsets()) for dots in ax.collections] == [2, 3]


def test_many_numbers_get_a_colour_scale():
    ax = plots.latent_space(model(), CAPITALS.pixels, np.linspace(0, 1, 32))
    (dots,) = ax.collections
    np.testing.assert_array_equal(dots.get_array(), np.linspace(0, 1, 32))
    assert len(ax.figure.axes) == 2


def test_reconstructions_count_and_cross_out_wrong_pixels():
    wrong = npae.metrics.pixel_errors(FONT.pixels, model().reconstruct(FONT.pixels))
    figure = plots.reconstructions(model(), FONT)
    (ax,) = figure.axes
    assert wrong.sum() > 0
    assert crosses(ax) == wrong.sum()
    assert texts(ax)[:3] == ["original", "decoded", "wrong"]
    assert texts(ax)[3::2] == list(FONT.labels)
    assert texts(ax)[4::2] == [str(count) for count in wrong]
    assert figure.get_suptitle() == f"{np.sum(wrong == 0)} of 5 without a wrong pixel ({CROSS})"


def test_reconstructions_of_grey_samples_show_their_error():
    grey = 0.9 * FONT.pixels
    figure = plots.reconstructions(model(), grey, shape=FONT.shape, n=2)
    (ax,) = figure.axes
    rebuilt = model().reconstruct(grey[:2])
    assert crosses(ax) == 0
    assert texts(ax)[4::2] == [f"{npae.metrics.mse(a, b):.2g}" for a, b in zip(grey, rebuilt, strict=False)]
    assert figure.get_suptitle() == f"Mean squared error {npae.metrics.mse(grey[:2], rebuilt):.3g}"


def test_denoising_shows_the_noisy_input_what_is_decoded_and_the_original():
    figure = plots.denoising(model(), FONT, npae.FlipPixels(3), n=2, random_state=7)
    noisy = npae.FlipPixels(3).apply(FONT.pixels[:2], np.random.default_rng(7))
    decoded = model().reconstruct(noisy)
    shown = [mesh.get_array().ravel() for mesh in figure.axes[0].collections if hasattr(mesh, "get_coordinates")]
    np.testing.assert_array_equal(shown, [*noisy, *decoded, *FONT.pixels[:2]])


def test_denoising_counts_and_crosses_out_wrong_pixels():
    figure = plots.denoising(model(), FONT, npae.FlipPixels(3), random_state=7)
    (ax,) = figure.axes
    noisy = npae.FlipPixels(3).apply(FONT.pixels, np.random.default_rng(7))
    wrong = npae.metrics.pixel_errors(FONT.pixels, model().reconstruct(noisy))
    assert crosses(ax) == wrong.sum() + 3 * len(FONT)
    assert texts(ax)[:4] == ["input", "decoded", "original", "wrong"]
    assert texts(ax)[4::2] == list(FONT.labels)
    assert texts(ax)[5::2] == [str(count) for count in wrong]


def test_denoising_of_grey_samples_shows_their_error():
    (ax,) = plots.denoising(model(), 0.9 * FONT.pixels, npae.GaussianNoise(0.1), FONT.shape, n=2).axes
    assert crosses(ax) == 0
    assert texts(ax)[3] == "mse"


def test_denoising_takes_the_noise_that_the_model_was_trained_with():
    ae = model(noise=npae.FlipPixels(4))
    assert crosses(plots.denoising(ae, FONT, n=1).axes[0]) >= 4


def test_denoising_draws_new_noise_each_time_unless_told_otherwise():
    def noisy(random_state):
        noise, letters = npae.FlipPixels(p=0.5), FONT.pixels[:3]
        ax = plots.denoising(model(), letters, noise, shape=FONT.shape, random_state=random_state).axes[0]
        return ax.collections[0].get_array()

    assert (noisy(None) != noisy(None)).any()
    np.testing.assert_array_equal(noisy(3), noisy(3))


@in_one_test(("row", "column", "code"), [(0, 0, (-0.5, 0.9)), (0, 2, (0.7, 0.9)), (2, 0, (-0.5, -0.2))])
def test_manifold_shows_each_picture_at_its_code(row, column, code):
    """Rows of the image run down, the second code runs up."""
    ax = plots.manifold(model(), FONT.shape, bounds=((-0.5, 0.7), (-0.2, 0.9)), n=3)
    (image,) = ax.images
    tile = image.get_array()[8 * row : 8 * row + 7, 6 * column : 6 * column + 5]
    np.testing.assert_allclose(tile, model().decode([code]).reshape(FONT.shape))
    left, right, bottom, top = image.get_extent()
    centre = (left + (column + 0.5) * (right - left) / 3, top - (row + 0.5) * (top - bottom) / 3)
    np.testing.assert_allclose(centre, code)


def test_manifold_reaches_beyond_the_codes_of_its_data():
    ax = plots.manifold(model(), FONT.shape, n=5, data=FONT, ax=own_axes())
    assert [note.get_text() for note in ax.texts] == list(FONT.labels)
    for axis, codes in zip((ax.get_xlim(), ax.get_ylim()), model().encode(FONT.pixels).T, strict=True):
        assert axis[0] < codes.min() < codes.max() < axis[1]


def pictures(ax):
    return [mesh.get_array().ravel() for mesh in ax.collections]


@pytest.mark.parametrize(("n", "marks"), [(2, ["0 %", "100 %"]), (5, ["0 %", "50 %", "100 %"])])
def test_interpolation_goes_straight_from_code_to_code_and_marks_the_way(n, marks):
    first, last = model().encode(FONT.pixels[:2])
    ax = plots.interpolation(model(), FONT.pixels[0], FONT.pixels[1], FONT.shape, n=n)
    codes = [first + part * (last - first) for part in np.linspace(0, 1, n)]
    np.testing.assert_allclose(pictures(ax), model().decode(codes))
    assert [tick.get_text() for tick in ax.get_xticklabels()] == marks


@pytest.mark.parametrize("make", [model, variational])
def test_traversal_moves_one_entry_in_each_row(make, monkeypatch):
    ae, seen = make(), []
    monkeypatch.setattr(ae, "decode", lambda codes: seen.append(codes) or np.zeros((len(codes), 35)), raising=False)
    ax = plots.traversal(ae, FONT.shape, n=5, limit=2)
    size = ae.code_mean_.size
    mean, std = np.zeros(size), np.ones(size)  # the prior's
    if make is model:
        mean, std = ae.code_mean_, np.sqrt(np.diag(ae.code_covariance_))
    codes = seen[0].reshape(size, 5, size)
    for entry, row in enumerate(codes):
        np.testing.assert_allclose(row[:, entry], mean[entry] + std[entry] * np.array([-2, -1, 0, 1, 2]))
        others = np.delete(np.arange(size), entry)
        np.testing.assert_array_equal(row[:, others], np.tile(mean[others], (5, 1)))
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [str(i + 1) for i in range(size)]


def test_each_mark_of_an_interpolation_is_below_the_middle_of_its_picture():
    ax = plots.interpolation(model(), *FONT.pixels[:2], FONT.shape, n=5)
    middles = [mesh.get_coordinates()[0, :, 0].mean() for mesh in ax.collections]
    np.testing.assert_allclose(ax.get_xticks(), middles[::2])


def test_history_marks_every_refinement():
    above, below = plots.history(model()).axes
    lines = {line.get_label(): line for line in above.lines}
    assert list(lines["refinement"].get_xdata()) == [2, 4, 6]
    at, losses = lines["loss"].get_data()
    np.testing.assert_array_equal(losses[np.isin(at, [1, 2, 3, 4, 5, 6])], model().history_["loss"])
    np.testing.assert_array_equal(below.lines[0].get_ydata(), model().history_["eta"])
    assert (above.get_yscale(), below.get_yscale()) == ("log", "log")
    assert below.get_xlabel() == "epoch"


def curves_of(ax):
    """Return the lines that are neither losses of epochs nor marks."""
    return [line.get_data() for line in ax.lines if line.get_label().startswith("_")]


@in_one_test("x", ["epochs", "seconds", "evaluations"])
def test_history_draws_the_iterations_of_a_refinement_inside_its_epoch(x):
    history = model().history_
    ends = [0, *(range(1, 7) if x == "epochs" else history[x])]
    drawn = curves_of(plots.history(model(), own_axes(), x))
    assert len(drawn) == 3
    for (places, losses), record in zip(drawn, history["refinements"], strict=True):
        start, end = ends[record["epoch"] - 1 : record["epoch"] + 1]
        np.testing.assert_array_equal(losses, [record["loss_before"], *record["curve"]["loss"]])
        assert start < places[0] <= places[1] and (np.diff(places[1:]) > 0).all() and places[-1] <= end
        if x != "epochs":
            np.testing.assert_array_equal(places[1:], record["curve"][x])


def test_the_loss_between_epochs_leaves_a_gap_for_the_curve_of_a_refinement():
    (line,) = (line for line in plots.history(model(), own_axes()).lines if line.get_label() == "loss")
    at, losses = line.get_data()
    first = model().history_["refinements"][0]
    np.testing.assert_array_equal(losses[:4], [*model().history_["loss"][:1], first["loss_before"], np.nan, losses[3]])
    assert 1 < at[1] == at[2] < at[3] == 2


def test_a_history_of_before_is_drawn_over_epochs_and_over_nothing_that_it_has_not_counted():
    old = {"epoch": 1, "method": "CG", "loss_before": 2.0, "loss_after": 1.0, "evaluations": 9, "seconds": 1.0}
    ae = history_of(loss=[1.0, 0.5], eta=[0.5, 0.5], seconds=[1.0, 2.0], refinements=[old])
    assert curves_of(plots.history(ae, own_axes())) == curves_of(plots.history(ae, own_axes(), "seconds")) == []
    with pytest.raises(ValueError, match="x must be a column of the history, got 'evaluations'. An older version has"):
        plots.history(ae, own_axes(), "evaluations")


def test_a_training_of_before_that_has_gone_on_is_drawn_from_there():
    curve = {"iteration": [1], "loss": [0.5], "gradient_norm": [0.1], "evaluations": [28], "seconds": [2.5]}
    old = {"epoch": 1, "method": "CG", "loss_before": 2.0, "loss_after": 1.0, "evaluations": 9, "seconds": 1.0}
    new = {**old, "epoch": 2, "loss_before": 1.0, "loss_after": 0.4, "curve": curve}
    columns = {"seconds": [2.0, 3.0], "evaluations": [np.nan, 29], "refinements": [old, new]}
    record = history_of(loss=[1.0, 0.4], eta=[0.0, 0.0], **columns)
    ((at, _),) = curves_of(plots.history(record, own_axes()))
    np.testing.assert_allclose(at, [1 + 1 / 9, 1 + 8 / 9])
    ((at, _),) = curves_of(plots.history(record, own_axes(), "evaluations"))
    assert at.tolist() == [21, 28]


@in_one_test("x", ["epoch", None, 3, ["epochs"]])
def test_what_a_course_cannot_be_drawn_over_is_refused(x):
    for draw in (lambda: plots.history(model(), own_axes(), x), lambda: plots.compare({"a": model()}, x)):
        with pytest.raises(ValueError, match="x must be 'epochs', 'seconds' or 'evaluations', got"):
            draw()


@functools.cache
def adam(**params):
    return npae.Autoencoder([8, 2], loss="bce", optimizer="adam", epochs=5, random_state=0, **params).fit(
        CAPITALS.pixels
    )


def named(ax):
    return {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}


@in_one_test("x", ["epochs", "seconds", "evaluations"])
def test_compare_draws_epochs_and_the_iterations_between_them(x):
    ax = plots.compare({"both": model(), "Adam": adam(), "a history": model().history_}, x, ax=own_axes())
    lines, history = named(ax), model().history_
    places, losses = lines["both"].get_data()
    assert len(losses) == 6 + 3 * (1 + 3) and (np.diff(places) >= 0).all()
    assert losses.tolist()[:3] == [
        history["loss"][0],
        *[history["refinements"][0][k] for k in ["loss_before"]],
        losses[2],
    ]
    assert losses[-1] == history["loss"][-1]
    np.testing.assert_array_equal(lines["Adam"].get_ydata(), adam().history_["loss"])
    if x != "epochs":
        assert places[-1] == history[x][-1] and lines["Adam"].get_xdata().tolist() == adam().history_[x]
    np.testing.assert_array_equal(lines["a history"].get_data(), lines["both"].get_data())
    assert ax.get_yscale() == "log"


def test_compare_names_trainings_in_the_order_of_their_last_values():
    models = {
        "low": history_of(loss=[1.0, 0.1]),
        "nothing": history_of(loss=[0.0, 0.0]),
        "high": history_of(loss=[3.0]),
    }
    legend = plots.compare(models, "epochs", ax=own_axes()).get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["high", "low", "nothing"]


def test_compare_draws_other_columns_and_skips_epochs_without_a_value():
    record = {"loss": [1.0, 2.0, 3.0], "val_mse": [np.nan, 0.5, 0.25], "refinements": []}
    ax = plots.compare({"one": record}, "epochs", "val_mse", ax=own_axes())
    assert ax.get_ylabel() == "val_mse"
    np.testing.assert_array_equal(named(ax)["one"].get_data(), [[2, 3], [0.5, 0.25]])
    with pytest.raises(ValueError, match="y must be a column of each history, such as 'loss', 'val_mse' of 'one', got"):
        plots.compare({"one": record}, "epochs", "val_loss")


def test_compare_tells_sixteen_trainings_apart():
    models = {str(number): history_of(loss=[1.0, 0.5]) for number in range(16)}
    looks = [(line.get_color(), line.get_linestyle()) for line in named(plots.compare(models, "epochs")).values()]
    assert len(set(looks)) == 16


def test_compare_takes_every_kind_of_model():
    pixels = CAPITALS.pixels
    detector = npae.AnomalyDetector(npae.Autoencoder([2], epochs=3, random_state=0)).fit(pixels)
    classifier = npae.Classifier([4], epochs=3, random_state=0).fit(pixels, np.arange(len(pixels)) % 2)
    lines = named(plots.compare({"detector": detector, "classifier": classifier}, ax=own_axes()))
    np.testing.assert_array_equal(lines["detector"].get_ydata(), detector.autoencoder_.history_["loss"])
    np.testing.assert_array_equal(lines["classifier"].get_ydata(), classifier.history_["loss"])


def test_compare_refuses_what_has_no_history():
    for models in ({}, [model()], model()):
        with pytest.raises(ValueError, match="models must be a dict of fitted models, at least one, got"):
            plots.compare(models)
    with pytest.raises(ValueError, match="models must be fitted models or their histories, got ndarray"):
        plots.compare({"one": np.zeros(3)})
    with pytest.raises(ValueError, match="Autoencoder must be fitted"):
        plots.compare({"one": npae.Autoencoder([2])})
    said = "models must be fitted models or their histories, got an empty history of 'one'. Train it first."
    with pytest.raises(ValueError, match=said):
        plots.compare({"one": npae.History()})


def test_compare_takes_a_history_of_losses_alone():
    ax = plots.compare({"one": {"loss": [1.0, 0.5]}}, x="epochs")
    np.testing.assert_array_equal(named(ax)["one"].get_ydata(), [1.0, 0.5])


def test_history_shows_the_validation_loss():
    (ax,) = plots.history(history_of(val_loss=[2.0]), ax=own_axes()).figure.axes
    assert [line.get_ydata()[0] for line in ax.lines if len(line.get_xdata())] == [2.0, 1.0]


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("loss", [[0.5], [0.0], [1.0, 0.0, np.nan, 0.1], [np.nan, np.nan], [0.31, 0.3], [1e-9, 1e3]])
def test_history_survives_any_loss(loss):
    ax = plots.history(history_of(loss=loss), ax=own_axes())
    assert png(ax).startswith(b"\x89PNG")
    shown = ax.lines[0].get_ydata()
    np.testing.assert_array_equal(shown[np.isfinite(shown)], [value for value in loss if value > 0])


def test_history_leaves_out_an_eta_of_zero():
    figure = plots.history(history_of(loss=[0.5, np.nan], eta=[0.0, 0.0]))
    assert png(figure).startswith(b"\x89PNG")
    (ax,) = figure.axes
    assert (ax.get_ylabel(), ax.get_xlabel()) == ("loss", "epoch")


def test_history_draws_an_eta_that_is_zero_now_and_then():
    figure = plots.history(history_of(loss=[0.5, 0.4], eta=[0.0, 0.1]))
    assert png(figure).startswith(b"\x89PNG")
    np.testing.assert_array_equal(figure.axes[1].lines[0].get_ydata(), [np.nan, 0.1])


@pytest.mark.parametrize("eta", [0.0, 0.1])
def test_the_legend_of_a_history_lies_over_no_curve(eta):
    record = history_of(loss=[1.0, 0.1, 1.0, 0.1], val_loss=[1.0, 1.0, 0.1, 1.0], eta=[eta] * 4)
    figure = plots.history(record)
    figure.draw_without_rendering()
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["validation loss", "loss"]
    assert legend.get_window_extent().y0 >= figure.axes[0].get_window_extent().y1
    assert figure.axes[0].get_legend() is None


def test_new_glyphs_say_how_far_they_are_and_from_what():
    figure = plots.new_glyphs(FONT.pixels[:2], FONT.pixels[:2], ["A", "$"], np.array([5, 1]), FONT.shape)
    assert texts(figure.axes[0]) == ["5 pixels from A", "1 pixel from $"]


def test_a_discovery_says_how_far_it_is_and_from_what():
    found = discovered(CAPITALS)
    distances = [f"{distance} pixel{'s' * bool(distance > 1)}" for distance in found.distance]
    captions = [f"{far} from {label}" for far, label in zip(distances, found.labels, strict=True)]
    assert texts(plots.discovery(found).axes[0]) == captions


REFUSED = {
    "discovery without a shape": (lambda: plots.discovery(discovered(CAPITALS.pixels)), r"shape must be \(H, W\)"),
    "one dimension": (lambda: plots.latent_space(model(), FONT, dimensions=(0,)), "dimensions must be two different"),
    "dimension twice": (lambda: plots.latent_space(model(), FONT, dimensions=(1, 1)), r"from 0 to 1, got \(1, 1\)"),
    "far dimension": (lambda: plots.latent_space(model(3), FONT, dimensions=(0, 3)), r"from 0 to 2, got \(0, 3\)"),
    "few labels": (lambda: plots.latent_space(model(), FONT, "AB"), r"labels must be one per sample \(5\), got 2"),
    "no shape": (lambda: plots.reconstructions(model(), FONT.pixels), r"shape must be \(H, W\) .* = 35, got None"),
    "no samples": (lambda: plots.reconstructions(model(), FONT, n=0), "n must be an integer of at least 1, got 0"),
    "half a sample": (lambda: plots.reconstructions(model(), FONT, n=1.5), "integer of at least 1, got 1.5"),
    "no noise": (lambda: plots.denoising(model(), FONT), r"noise must be a noise such as FlipPixels\(2\), got None"),
    "noise level": (
        lambda: plots.denoising(model(), FONT, 0.1),
        r"noise must be a noise such as FlipPixels\(2\), got 0.1",
    ),
    "much noise": (lambda: plots.denoising(model(), FONT, npae.FlipPixels(36)), "k must be at most the 35 entries"),
    "noisy shape": (lambda: plots.denoising(model(), FONT.pixels, npae.FlipPixels(1)), r"= 35, got None"),
    "wrong shape": (lambda: plots.glyph(FONT.pixels[0], (5, 5)), r"H \* W = 35, got \(5, 5\)"),
    "wrong tiles": (lambda: plots.manifold(model(), (7, 4), n=2), r"H \* W = 35, got \(7, 4\)"),
    "deep code": (lambda: plots.manifold(model(3), FONT.shape), r"code must be of one or two .* got 3\. latent_space"),
    "one tile": (lambda: plots.manifold(model(), FONT.shape, n=1), "n must be at least 2, got 1"),
    "one step": (lambda: plots.interpolation(model(), *FONT.pixels[:2], (7, 5), n=1), "n must be at least 2, got 1"),
    "no such entry": (
        lambda: plots.traversal(model(), (7, 5), entries=[2]),
        "entries must be numbers from 0 to 1, got",
    ),
    "one picture per row": (lambda: plots.traversal(model(), (7, 5), n=1), "n must be at least 2, got 1"),
    "no way to go": (lambda: plots.traversal(model(), (7, 5), limit=0), r"limit must be a number in \]0, inf\[, got 0"),
    "wrong strip": (lambda: plots.interpolation(model(), *FONT.pixels[:2], (7, 4)), r"H \* W = 35, got \(7, 4\)"),
    "short sample": (lambda: plots.interpolation(model(), FONT.pixels[0], [0, 1], (7, 5)), "X has 2 features, but"),
    "reversed bounds": (lambda: plots.manifold(model(), FONT.shape, ((1, 0), (0, 1))), "bounds must be 2 times"),
    "half the bounds": (lambda: plots.manifold(model(), FONT.shape, (0, 1)), r"bounds must be .* got \(0, 1\)"),
    "no glyphs": (lambda: plots.new_glyphs([], [], [], [], (7, 5)), r"equally many, at least one, got \[0, 0, 0, 0\]"),
    "uneven": (lambda: plots.new_glyphs(FONT.pixels, FONT.pixels, "A", [1], (7, 5)), r"got \[5, 5, 1, 1\]"),
}


@in_one_test("name", REFUSED)
def test_what_cannot_be_drawn_is_refused(name):
    draw, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        draw()


UNFITTED = {
    "latent_space": lambda ae: plots.latent_space(ae, FONT),
    "reconstructions": lambda ae: plots.reconstructions(ae, FONT),
    "denoising": lambda ae: plots.denoising(ae, FONT),
    "manifold": lambda ae: plots.manifold(ae, FONT.shape),
    "traversal": lambda ae: plots.traversal(ae, FONT.shape),
    "interpolation": lambda ae: plots.interpolation(ae, *FONT.pixels[:2], FONT.shape),
    "history": lambda ae: plots.history(ae),
}


@in_one_test("name", UNFITTED)
def test_an_unfitted_model_is_refused(name):
    with pytest.raises(ValueError, match="Autoencoder must be fitted before this, got an unfitted one. Call fit first"):
        UNFITTED[name](npae.Autoencoder())


@in_one_test("colour", plots.INKS)
def test_an_ink_is_dark_enough_on_white(colour):
    """The least contrast of graphics: 3 to 1 (WCAG 2.1, success criterion 1.4.11)."""
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    assert 1.05 / (linear @ [0.2126, 0.7152, 0.0722] + 0.05) >= 3


def test_a_label_that_is_only_a_mark_has_a_frame():
    font = CAPITALS.select("_AB")
    labels = {text.get_text(): text for text in plots.latent_space(model(), font, ax=own_axes()).texts}
    assert labels["_"].get_bbox_patch() is not None
    assert labels["A"].get_bbox_patch() is None


def test_a_title_and_a_note_make_a_figure_higher_and_overlap_nothing():
    figure = plots.history(model())
    legend = figure.legend(["a"], loc="outside upper left")
    before = figure.get_figheight()
    assert plots.titled(figure, "A finding. " * 20, "Data and seeds. " * 20) is figure
    assert figure.get_figheight() > before + 0.5
    figure.draw_without_rendering()
    title, note = (text.get_window_extent() for text in figure.texts)
    assert title.y0 > legend.get_window_extent().y1
    assert legend.get_window_extent().y0 > max(ax.get_tightbbox().y1 for ax in figure.axes)
    assert note.y1 < min(ax.get_tightbbox().y0 for ax in figure.axes)
    assert max(title.x1, note.x1) < figure.bbox.x1


def test_a_title_leaves_no_more_room_around_pictures_at_a_fixed_place_than_before():
    ax = Figure(figsize=(4, 2)).add_axes((0, 0, 1, 1))
    ax.imshow(np.zeros((20, 40)))
    figure = plots.titled(ax.figure, "A finding", "Data and seeds")
    figure.draw_without_rendering()
    np.testing.assert_allclose(ax.get_window_extent().size, (4 * figure.dpi, 2 * figure.dpi), rtol=1e-3)


def test_a_title_takes_the_place_of_that_of_a_sheet():
    figure = plots.titled(plots.reconstructions(model(), FONT), "Five letters", "Font: capitals")
    assert [text.get_text() for text in figure.texts if text.get_text()] == ["Five letters", "Font: capitals"]
    assert figure.get_suptitle() == ""
