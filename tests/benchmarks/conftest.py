"""The benchmark scripts as modules: they are no package, and import each other by their bare names as scripts do."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).parents[2] / "benchmarks"


def _script(*names: str) -> Any:
    """The last of the modules; the others are there already when it asks for them."""
    before = list(sys.path)
    sys.path.insert(0, str(SCRIPTS))
    try:
        return [importlib.import_module(name) for name in names][-1]
    finally:
        sys.path[:] = before


@pytest.fixture(scope="session")
def orggen() -> Any:
    return _script("orggen_snapshot", "orggen")


@pytest.fixture(scope="session")
def planted() -> Any:
    return _script("planted")


@pytest.fixture(scope="session")
def services() -> Any:
    return _script("orggen_planter", "orggen_policies", "orggen_services")
