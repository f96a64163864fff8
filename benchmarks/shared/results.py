"""The rows of a run, stored as soon as each entry has ended, so that a run that was stopped can go on."""

import dataclasses
import json
import os

from benchmarks.shared.harness import Row

OF_ROW = {field.name for field in dataclasses.fields(Row)}


class Results:
    """What a run has measured so far.

    Parameters
    ----------
    machine : dict
        What `describe_machine` returns.
    paths : iterable of Path, default ()
        The JSON files that are written again after each entry.

    Attributes
    ----------
    rows : list of (str, Row)
        The entry's name with each row, in the order of the runs.
    skipped : dict
        {entry: why}.
    """

    def __init__(self, machine, paths=()):
        self.machine, self._paths = machine, list(paths)
        self.rows, self.skipped = [], {}

    def go_on_from(self, path):
        """Take the rows of a file as measured; ValueError if they are of another machine, or of other versions."""
        stored = json.loads(path.read_text(encoding="utf-8"))
        if different := [what for what, text in self.machine.items() if stored["machine"].get(what) != text]:
            raise ValueError(f"--resume needs rows of this machine; in {str(path)!r} differ: {', '.join(different)}.")
        for row in stored["rows"]:
            fields = {name: value for name, value in row.items() if name in OF_ROW}
            self.rows.append((row["entry"], Row(**fields | {"spread": row["spread"] and tuple(row["spread"])})))

    @property
    def entries(self):
        """The names of the entries that have rows."""
        return {name for name, _ in self.rows}

    def add(self, entry, rows):
        """Keep the rows of an entry that has ended."""
        self.rows += [(entry, row) for row in rows]
        self._store()

    def skip(self, entry, why):
        """Keep the first line of why an entry was skipped."""
        self.skipped[entry] = why.splitlines()[0]
        self._store()

    def _store(self):
        rows = [{"entry": name, **dataclasses.asdict(row), "verdict": row.verdict} for name, row in self.rows]
        text = json.dumps({"machine": self.machine, "rows": rows, "skipped": self.skipped}, indent=1) + "\n"
        for path in self._paths:
            spare = path.with_name(path.name + ".part")
            spare.write_text(text, encoding="utf-8")
            os.replace(spare, path)
