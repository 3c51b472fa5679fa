"""Where npm has installed the independent evaluator; installs it first when it isn't there.

    python tests/differential/installed.py

prints the folder. Nothing of the evaluator is part of xgraph: package.json pins its version, npm fetches it into the user's cache.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WANTED = Path(__file__).with_name("package.json")
NPM = ("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--omit=dev", "--loglevel=error")


class NotInstalled(RuntimeError):
    """The evaluator is not there and can't be fetched; the message says why."""


def folder() -> Path:
    """The folder with its node_modules. Raises NotInstalled."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotInstalled("Node.js and npm are missing (Debian and Ubuntu: apt-get install nodejs npm)")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "xgraph-tests"
    place = cache / f"iam-simulate-{hashlib.sha256(WANTED.read_bytes()).hexdigest()[:12]}"
    if not place.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as fresh:
            _install(Path(fresh) / "new", place)
    return place


def _install(fresh: Path, place: Path) -> None:
    """Install beside the place and move it there whole; another process may have been faster."""
    fresh.mkdir()
    shutil.copy(WANTED, fresh)
    done = subprocess.run(NPM, cwd=fresh, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotInstalled(f"npm could not install {WANTED}: {done.stderr.strip()[-500:]}")
    try:
        fresh.rename(place)
    except OSError:
        if not place.is_dir():
            raise


if __name__ == "__main__":
    try:
        print(folder())  # noqa: T201 - what the caller asked for
    except NotInstalled as error:
        sys.exit(str(error))
