"""The standard test functions of Moré, Garbow & Hillstrom (1981), each as f(x) -> (value, gradient)."""

import numpy as np
from scipy.optimize import rosen, rosen_der


def rosenbrock(x):
    return rosen(x), rosen_der(x)


def powell_singular(x):
    a, b, c, d = x
    r, s, t, u = a + 10 * b, c - d, b - 2 * c, a - d
    value = r**2 + 5 * s**2 + t**4 + 10 * u**4
    da, db = 2 * r + 40 * u**3, 20 * r + 4 * t**3
    return value, np.array([da, db, 10 * s - 8 * t**3, -10 * s - 40 * u**3])


def wood(x):
    a, b, c, d = x
    p, q = a * a - b, c * c - d
    value = 100 * p**2 + (a - 1) ** 2 + (c - 1) ** 2 + 90 * q**2
    value += 10.1 * ((b - 1) ** 2 + (d - 1) ** 2) + 19.8 * (b - 1) * (d - 1)
    db = -200 * p + 20.2 * (b - 1) + 19.8 * (d - 1)
    dd = -180 * q + 20.2 * (d - 1) + 19.8 * (b - 1)
    return value, np.array([400 * a * p + 2 * (a - 1), db, 360 * c * q + 2 * (c - 1), dd])


def beale(x):
    a, b = x
    residuals = [(y - a * (1 - b**i), b**i - 1, a * i * b ** (i - 1)) for i, y in enumerate((1.5, 2.25, 2.625), 1)]
    value = sum(r * r for r, _, _ in residuals)
    return value, np.array([sum(2 * r * da for r, da, _ in residuals), sum(2 * r * db for r, _, db in residuals)])


def quadratic(n, condition):
    """Return x' A x / 2 with eigenvalues from 1 to `condition`."""
    Q, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((n, n)))
    A = Q * np.geomspace(1, condition, n) @ Q.T
    return lambda x: (x @ A @ x / 2, A @ x)


def chained_rosenbrock(n):
    """Return Rosenbrock's function of n variables and a start where no two coordinates are equal."""
    return rosenbrock, np.linspace(-1.2, 1.0, n)
