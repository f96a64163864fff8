"""What setup.cfg cannot say: links of the README that work on an index of packages, and an sdist of the same bytes."""

from __future__ import annotations

import gzip
import io
import os
import re
import tarfile
import time
from pathlib import Path

from setuptools import setup
from setuptools.command.sdist import sdist

ROOT = Path(__file__).parent
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?!\w+:|#)([^)\s]+)\)")  # [words](relative/path#part)


def long_description() -> str:
    """Return the README with links to the repository of this version, and pictures as they are there."""
    address = re.search(r"^url = (\S+)$", (ROOT / "setup.cfg").read_text(encoding="utf-8"), re.MULTILINE)[1]
    version = re.search(r'^RELEASE = "(.+)"$', (ROOT / "npae/settings/version.py").read_text(encoding="utf-8"), re.M)[1]
    place = {"!": f"{address}/raw/v{version}", "": f"{address}/blob/v{version}"}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return LINK.sub(lambda link: f"{link[1]}[{link[2]}]({place[link[1]]}/{link[3]})", readme)


class ReproducibleSdist(sdist):
    """An sdist whose bytes depend on its files and the environment variable SOURCE_DATE_EPOCH alone."""

    def make_archive(self, base_name: str, format: str, root_dir: str | None = None, base_dir: str = "", **_: object):
        """Write the tar file with sorted members that have no owner and one time."""
        epoch = int(os.environ.get("SOURCE_DATE_EPOCH", time.mktime((1980, 1, 1, 0, 0, 0, 0, 0, 0))))
        target = Path(f"{base_name}.tar.gz")
        target.parent.mkdir(parents=True, exist_ok=True)
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for path in sorted(path for path in Path(root_dir or ".", base_dir).rglob("*") if path.is_file()):
                member = tar.gettarinfo(path, path.relative_to(root_dir or "."))
                member.mtime, member.uid, member.gid, member.uname, member.gname = epoch, 0, 0, "", ""
                member.mode = 0o755 if member.mode & 0o100 else 0o644
                with path.open("rb") as file:
                    tar.addfile(member, file)
        target.write_bytes(gzip.compress(content.getvalue(), mtime=epoch))
        return str(target)


setup(long_description=long_description(), cmdclass={"sdist": ReproducibleSdist})
