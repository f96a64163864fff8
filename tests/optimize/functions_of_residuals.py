"""An objective that is a sum of squares: Rosenbrock's."""

import numpy as np


class Residuals:
    """Rosenbrock's function, half the sum of squares of sqrt(200) (x[i + 1] - x[i]^2) and sqrt(2) (1 - x[i])."""

    @property
    def residual_map(self):
        return self

    @property
    def count(self):
        return 4

    def residuals(self, x):
        return np.concatenate([np.sqrt(200) * (x[1:] - x[:-1] ** 2), np.sqrt(2) * (1 - x[:-1])])

    def jacobian(self, x):
        n = len(x)
        J = np.zeros((2 * n - 2, n))
        for i in range(n - 1):
            J[i, i], J[i, i + 1], J[n - 1 + i, i] = -2 * np.sqrt(200) * x[i], np.sqrt(200), -np.sqrt(2)
        return J

    def value(self, x):
        r = self.residuals(x)
        return 0.5 * float(r @ r)

    def value_and_gradient(self, x):
        return self.value(x), self.jacobian(x).T @ self.residuals(x)

    def gauss_newton_product(self, x, v):
        J = self.jacobian(x)
        return J.T @ (J @ v)

    def along(self, x, v):
        return self.jacobian(x) @ v

    def back(self, x, u):
        return self.jacobian(x).T @ u
