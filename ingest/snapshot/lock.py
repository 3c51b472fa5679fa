"""One writer for each snapshot."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from xgraph.ingest.snapshot.layout import SnapshotError


class Lock:
    """Held from its making to `release`, or to the end of the process however that ends. The lock is on the folder: no file is left."""

    def __init__(self, folder: Path) -> None:
        """Raises SnapshotError when another process holds it."""
        self._handle: int | None = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.release()
            raise SnapshotError(
                f"`{folder}` is being written by another collection or import: wait for it, or name another folder"
            ) from None

    def release(self) -> None:
        """Lets others write."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
