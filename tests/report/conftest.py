"""The browser of the pictures opens reports too."""

from __future__ import annotations

from tests.picture.conftest import browser, opened

__all__ = ["browser", "opened"]
