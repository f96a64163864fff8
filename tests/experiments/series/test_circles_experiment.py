"""The circles experiment: its yardsticks are right, its networks reach the numbers, wrong options are refused."""

import json

import numpy as np
import pytest

from experiments.series import circles as experiment
from npae.datasets import circles


class Scaled:
    """Stands for a model that makes every circle larger by a factor and moves it to the right."""

    def __init__(self, factor, shift=0.0):
        self.factor, self.shift = factor, shift

    def reconstruct(self, points):
        return self.factor * points + np.tile([self.shift, 0.0], points.shape[1] // 2)


def test_a_circle_that_is_5_per_cent_too_large_has_an_error_of_5_per_cent():
    np.testing.assert_allclose(experiment.errors(Scaled(1.05), circles(4)), 0.05)


def test_a_circle_that_was_moved_has_the_error_of_its_move_and_is_not_round_about_the_origin():
    data, moved = circles(2, 4, radii=(1, 2)), Scaled(1, 0.1)
    np.testing.assert_allclose(experiment.errors(moved, data), [0.1, 0.05])
    assert (experiment.deviations(moved.reconstruct(data.points)) > 0.04).all()


def test_only_circles_are_perfectly_round():
    data = circles(3)
    np.testing.assert_allclose(experiment.deviations(data.points), 0, atol=1e-12)
    np.testing.assert_allclose(experiment.radii_of(data.points), data.radii)
    ellipse = (data.curves * [1.1, 1.0]).reshape(3, -1)
    assert (experiment.deviations(ellipse) > 0.04).all()


def test_held_out_radii_lie_half_way_between_the_trained_ones():
    data = circles(5, 21, radii=(1, 5))
    np.testing.assert_allclose(experiment.between(data).radii, [1.5, 2.5, 3.5, 4.5])
    assert len(experiment.between(circles(2))) == 1


def test_one_number_draws_circles_of_sizes_it_has_not_seen():
    model = experiment.NETWORKS["linear"].autoencoder(0)
    data = circles()
    numbers = experiment.measured(model.fit(data.points), data)
    assert numbers["success"] and numbers["held_out"] < 0.01 and numbers["points"] < 0.01
    assert numbers["line_from"] == pytest.approx(0.1, rel=1e-3) and numbers["line_to"] == pytest.approx(0.9, rel=1e-3)


def test_the_published_network_has_the_published_sizes():
    model = experiment.NETWORKS["published"]
    assert [42, *model.encoder, *model.decoder] == experiment.PUBLISHED_SIZES
    assert (model.optimizer.eta, model.epochs, model.output) == (0.01, 1000, "tanh")


@pytest.mark.slow
def test_a_quick_run_leaves_results_and_a_figure(tmp_path, capsys):
    experiment.main(["--published", "--quick", "--circles", "5", "--points", "8", "--out", str(tmp_path)])
    results = json.loads((tmp_path / "results.json").read_text())
    assert [row["network"] for row in results["summary"]] == ["published", "published, BFGS"]
    assert (tmp_path / "circles.png").stat().st_size > 10_000
    assert "how far from round" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--circles", "1"], "circles: --circles must be at least 2, got 1. Nothing lies between fewer."),
        (["--points", "2"], "circles: n_points must be an integer of at least 3, got 2"),
    ],
)
def test_options_that_cannot_work_end_with_one_message(tmp_path, arguments, message):
    with pytest.raises(SystemExit, match=message):
        experiment.main([*arguments, "--quick", "--out", str(tmp_path)])


@pytest.mark.slow
def test_the_published_sizes_reach_the_numbers_when_trained_to_the_optimum():
    model = experiment.NETWORKS["two numbers"].autoencoder(0)
    assert experiment.measured(model.fit(circles().points), circles())["success"]
