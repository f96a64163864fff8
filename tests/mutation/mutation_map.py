"""Which modules are mutated, by subject, and the tests that must notice it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Subject:
    """Modules, as beginnings of their paths, and tests, which are files or folders."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


SUBJECTS = (  # a module belongs to the first subject that names it
    Subject(
        "variational",
        ("npae/estimators/variational.py", "npae/layers/gaussian_code.py", "npae/layers/beta.py"),
        (
            "tests/layers/test_gaussian_code.py",
            "tests/estimators/test_variational.py",
            "tests/estimators/test_random_states.py",
            "tests/layers/test_layer_promises.py",
            "tests/network/test_weighted_samples.py",
            "tests/network/test_frozen_curvature.py",
            "tests/network/test_gauss_newton.py",
            "tests/network/test_gradcheck.py",
            "tests/network/test_hessian.py",
            "tests/network/test_network.py",
            "tests/training/test_code_report.py",
            "tests/test_promises.py",
        ),
    ),
    Subject(
        "layers",
        ("npae/layers/",),
        (
            "tests/network/test_gradcheck.py",
            "tests/layers",
            "tests/network/test_gauss_newton.py",
            "tests/network/test_hessian.py",
            "tests/network/test_network.py",
            "tests/network/test_own_gradients.py",
            "tests/network/test_own_derivatives.py",
            "tests/network/test_own_curvature.py",
            "tests/estimators/test_scale.py",
            "tests/network/test_summary.py",
            "tests/estimators/test_autoencoder.py",
            "tests/samples/test_masks.py",
        ),
    ),
    Subject(
        "losses",
        ("npae/losses.py",),
        (
            "tests/test_losses.py",
            "tests/network/test_gradcheck.py",
            "tests/network/test_gauss_newton.py",
            "tests/network/test_hessian.py",
            "tests/network/test_weighted_samples.py",
            "tests/network/test_network.py",
            "tests/network/test_own_curvature.py",
            "tests/samples/test_masks.py",
            "tests/settings/test_rounding_at_bounds.py",
        ),
    ),
    Subject(
        "penalties",
        ("npae/penalties/",),
        (
            "tests/test_penalties.py",
            "tests/layers/test_layer_promises.py",
            "tests/network/test_weighted_samples.py",
            "tests/network/test_gauss_newton.py",
            "tests/network/test_hessian.py",
            "tests/network/test_gradcheck.py",
            "tests/network/test_shards.py",
            "tests/settings/test_checks.py",
        ),
    ),
    Subject(
        "optimisers",
        (
            "npae/optimize/adam_scaling.py",
            "npae/optimize/adaptive_eta.py",
            "npae/optimize/eta.py",
            "npae/optimize/first_order.py",
            "npae/optimize/kfac.py",
            "npae/optimize/kronecker.py",
            "npae/optimize/monitor.py",
            "npae/optimize/named_optimizers.py",
            "npae/optimize/optimizer.py",
            "npae/optimize/quadratic_model.py",
        ),
        (
            "tests/optimize/test_eta.py",
            "tests/optimize/test_first_order.py",
            "tests/optimize/test_kfac.py",
            "tests/training/test_training_promises.py",
            "tests/training/test_loop.py",
            "tests/training/test_callbacks.py",
            "tests/training/test_checkpoint.py",
            "tests/training/test_changed_settings.py",
        ),
    ),
    Subject(
        "refinement",
        ("npae/optimize/",),
        ("tests/optimize", "tests/training/test_curves_of_refinements.py", "tests/training/test_loop.py"),
    ),
    Subject(
        "persistence",
        (
            "npae/training/checkpoint.py",
            "npae/training/state.py",
            "npae/settings/archive.py",
            "npae/settings/description.py",
            "npae/estimators/saving.py",
            "npae/estimators/loading.py",
        ),
        (
            "tests/estimators/test_file_versions.py",
            "tests/training/test_frozen_objective.py",
            "tests/settings",
            "tests/training/test_checkpoint.py",
            "tests/estimators/test_files_refused.py",
            "tests/test_saved_before.py",
            "tests/training/test_changed_settings.py",
            "tests/estimators/test_autoencoder.py",
            "tests/estimators/test_own_classes.py",
            "tests/training/test_loop.py",
        ),
    ),
    Subject(
        "training",
        ("npae/training/",),
        (
            "tests/training",
            "tests/network/test_process_shards.py",
            "tests/network/test_frozen_curvature.py",
            "tests/estimators/test_gaps.py",
            "tests/execution/test_screen.py",
            "tests/optimize/test_eta.py",
        ),
    ),
    Subject(
        "series",
        ("npae/series.py",),
        (
            "tests/test_series.py",
            "tests/estimators/test_scores.py",
            "tests/samples/test_bad_series.py",
            "tests/estimators/test_anomaly_detector.py",
            "tests/samples/test_masks.py",
        ),
    ),
)

OF_ALL = ("tests/test_stated_defaults.py", "tests/test_frozen_descriptions.py")
OWN = {  # the tests of a module that has no test_<its name>.py
    "npae/layers/beta.py": "tests/layers/test_gaussian_code.py",
    "npae/layers/filters.py": "tests/layers/test_conv.py",
    "npae/layers/linearization.py": "tests/layers/test_linearize.py",
    "npae/layers/linearized_affine.py": "tests/layers/test_linearize.py",
    "npae/layers/linearized_recurrent.py": "tests/layers/test_linearize.py",
    "npae/layers/linearized_windows.py": "tests/layers/test_linearize.py",
    "npae/layers/memory_order.py": "tests/layers/test_affine.py",
    "npae/layers/repeat.py": "tests/layers/test_pool.py",
    "npae/layers/spatial.py": "tests/layers/test_conv.py",
    "npae/layers/windows.py": "tests/layers/test_conv.py",
    "npae/optimize/adaptive_eta.py": "tests/optimize/test_eta.py",
    "npae/optimize/inverse_hessian.py": "tests/optimize/test_bfgs.py",
    "npae/optimize/kronecker.py": "tests/optimize/test_kfac.py",
    "npae/optimize/method_traits.py": "tests/optimize/test_scipy_refinement.py",
    "npae/optimize/quadratic_model.py": "tests/optimize/test_kfac.py",
    "npae/optimize/residual_map.py": "tests/optimize/test_refine_curvature.py",
    "npae/optimize/truncated_cg.py": "tests/optimize/test_hessian_free.py",
    "npae/optimize/wolfe_point.py": "tests/optimize/test_line_search.py",
    "npae/training/completion_of_data.py": "tests/estimators/test_gaps.py",
    "npae/training/frozen_objective.py": "tests/network/test_frozen_curvature.py",
    "npae/training/json_log.py": "tests/training/test_logs.py",
    "npae/training/state.py": "tests/training/test_checkpoint.py",
    "npae/training/tensor_board.py": "tests/training/test_logs.py",
}


def subject_of(path: str) -> Subject:
    """Return the subject that a module belongs to."""
    return next(subject for subject in SUBJECTS if path.startswith(subject.modules))


def modules(root: Path) -> list[str]:
    """Return the paths of all modules that are mutated, within the checkout at root."""
    found = sorted(path.relative_to(root).as_posix() for path in (root / "npae").rglob("*.py"))
    return [path for path in found if any(path.startswith(subject.modules) for subject in SUBJECTS)]


def tests_of(path: str, root: Path) -> tuple[list[str], list[str]]:
    """Return what runs first after a mutation of a module, its own tests and doctests, and what runs if these pass."""
    own = [file.relative_to(root).as_posix() for file in (root / "tests").rglob(f"test_{Path(path).stem}.py")]
    own += [OWN[path]] if path in OWN else []
    others = [file for test in (*OF_ALL, *subject_of(path).tests) for file in _files(root / test, root)]
    return [*own, path], [file for file in dict.fromkeys(others) if file not in own]


def _files(test: Path, root: Path) -> list[str]:
    files = [test] if test.suffix else sorted(test.glob("test_*.py"))
    return [file.relative_to(root).as_posix() for file in files]
