"""Kill a process at random moments, again and again, and see what is left of it and what comes out at the end."""

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from killed_work import TEAMS, check

from npae.settings.archive import PART

HERE = Path(__file__).parent
SHARED = Path("/dev/shm")
PATIENCE = 120.0  # seconds, on a busy machine, for what a killed process has left to end
COMMAND = [sys.executable, "-c", "import killed_work; killed_work.main()"]
LOST = ("WorkerLost: ", "BrokenProcessPool: ")  # what becomes of work whose worker was killed


@dataclass
class Tally:
    """What became of the processes that were to be killed."""

    killed: int = 0
    workers: int = 0  # of these, those who were killed in place of whom they worked for
    starting: int = 0  # of these, those who had not begun to work
    whole: int = 0  # results that came out after all


@dataclass
class Work:
    """One kind of work in a folder of its own; all processes that come of it have a mark in their environment."""

    kind: str
    place: Path
    arguments: tuple = ()
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self):
        for folder in ("scratch", "whole", "killed"):
            (self.place / folder).mkdir()
        self.shared = set()

    @contextmanager
    def started(self, folder):
        """Yield a process that works in a folder; whatever is left of it at the end is killed."""
        environment = {
            "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path]),
            "NPAE_KILLING": self.mark,
            "TMPDIR": str(self.place / "scratch"),
            "OPENBLAS_NUM_THREADS": "1",
        }
        command = [*COMMAND, self.kind, str(self.place / folder), *self.arguments]
        with open(self.place / "said", "w") as said:
            options = {"stdout": subprocess.PIPE, "stderr": said, "text": True, "cwd": self.place}
            process = subprocess.Popen(command, env={**os.environ, **environment}, **options)
        try:
            yield process
        finally:
            for pid in {process.pid, *self.living()} if process.poll() is None else self.living():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.stdout.close()
            process.wait()

    def living(self):
        """Return the ids of all processes that have the mark, as their parents have or had it."""
        return [pid for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))) if self._is_marked(pid)]

    def _is_marked(self, pid):
        with suppress(OSError):
            return f"NPAE_KILLING={self.mark}\0".encode() in Path(f"/proc/{pid}/environ").read_bytes()
        return False

    def workers(self, boss):
        """Return the ids of the processes that work for one."""
        return [pid for pid in self.living() if pid != boss and "resource_tracker" not in command_of(pid)]

    def finish(self, folder):
        """Work to the end; return (seconds until it begins, seconds from then on)."""
        began = time.monotonic()
        with self.started(folder) as process:
            process.stdout.readline()
            ready = time.monotonic()
            assert process.wait(5 * PATIENCE) == 0, self.said()
            ended = time.monotonic()
        self.check_nothing_runs()
        return ready - began, ended - ready

    def kill_once(self, rng, startup, span, tally):
        """Kill the process, or one that works for it, somewhere on its way."""
        with self.started("killed") as process:
            starting = rng.random() < 0.1
            if not starting:
                process.stdout.readline()
            time.sleep(rng.uniform(0, startup if starting else span))
            workers = self.workers(process.pid) if self.kind in TEAMS and rng.random() < 0.4 else []
            victim = int(rng.choice(workers or [process.pid]))
            self.shared = held_by(self.living())
            if process.poll() is None:
                with suppress(ProcessLookupError):  # a worker that has ended meanwhile
                    os.kill(victim, signal.SIGKILL)
            status = process.wait(PATIENCE)
            lost = status == 1 and any(name in self.said() for name in LOST)
            died = status == -signal.SIGKILL if victim == process.pid else lost
            assert died or status == 0, self.said()
            self.check_nothing_runs()
        tally.killed += died
        tally.workers += died and victim != process.pid
        tally.starting += died and starting

    def said(self):
        return (self.place / "said").read_text()

    def check_nothing_runs(self):
        """Raise AssertionError if processes or shared memory are still there after a while."""
        until = time.monotonic() + PATIENCE
        while (self.living() or self.left_shared()) and time.monotonic() < until:
            time.sleep(0.02)
        assert [command_of(pid) for pid in self.living()] == []
        assert self.left_shared() == set()

    def left_shared(self):
        """Return the names of shared memory that the processes held when one was killed, and that are still there."""
        return self.shared & entries(SHARED)

    def age(self, folder):
        """Make what a killed process has left look as old as it is when the next one begins in a minute."""
        for part in (self.place / folder).glob(f".*{PART}"):
            os.utime(part, (time.time() - 3600,) * 2)

    def compare(self):
        """Raise AssertionError if the result or the files differ from those of work that nobody killed."""
        results = [(self.place / folder / "result").read_text() for folder in ("killed", "whole")]
        assert results[0] == results[1]
        assert entries(self.place / "killed") == entries(self.place / "whole")
        assert entries(self.place / "scratch") == set()


def kill(kind, place, kills, rng, *arguments):
    """Let a kind of work be killed so many times, going on each time; return a Tally.

    Whenever it has come to its end, it is compared with work that nobody killed, and begins from scratch.
    """
    work, tally = Work(kind, place, arguments), Tally()
    startup, span = work.finish("whole")
    while tally.killed < kills:
        work.kill_once(rng, startup, span, tally)
        check(place / "killed")
        work.age("killed")
        if (place / "killed" / "result").exists():
            _begin_again(work, tally)
    work.finish("killed")
    _begin_again(work, tally)
    return tally


def _begin_again(work, tally):
    work.compare()
    tally.whole += 1
    shutil.rmtree(work.place / "killed")
    (work.place / "killed").mkdir()


def entries(folder):
    return {entry.name for entry in folder.iterdir()} if folder.exists() else set()


def command_of(pid):
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


def held_by(processes):
    """Return the names of shared memory that processes have mapped or open."""
    found = set()
    for pid in processes:
        with suppress(OSError):
            links = [os.readlink(descriptor) for descriptor in Path(f"/proc/{pid}/fd").iterdir()]
            mapped = [line.split()[-1] for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
            found |= {Path(name).name for name in [*links, *mapped] if name.startswith(f"{SHARED}/")}
    return found
