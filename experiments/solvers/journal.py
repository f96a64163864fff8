"""The runs of a script of solvers: carried out one at a time, each with all cores, and read from runs.jsonl."""

import json
import warnings

from npae import study


class Journal:
    """The runs in a file, one a line; those that are there are not carried out again."""

    def __init__(self, path):
        self._path = path

    @property
    def size(self):
        """Bytes of the file: it grows by a run that was not there."""
        return self._path.stat().st_size if self._path.exists() else 0

    def row(self, function, seed, **setting):
        """Return the row of a run, which is carried out if it is not stored, or has failed."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scripts say how a run has failed
            rows = study.run_all(
                function,
                [setting],
                seeds=[seed],
                path=self._path,
                executor="serial",
                show_progress=False,
                retry_failed=True,
            ).rows
        return rows[0]

    def rows(self, identity, **shared):
        """Return the rows with these settings.

        Of runs that agree in the values of `identity`, the last one counts.
        """
        if not self._path.exists():
            rule = f"{self._path} must hold runs to report, and is not there"
            raise FileNotFoundError(f"{rule}. Leave out --report to train.")
        rows = {}
        for line in self._path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line) if line.endswith("}") else {}
            if row and all(row.get(name) == value for name, value in shared.items()):
                rows[tuple(row.get(name) for name in identity)] = row
        return list(rows.values())
