"""Graph-based access path analyzer for AWS.

Public names are resolved when they are first asked for, so that `import xgraph` and `xgraph --help` stay light.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xgraph.api import load
    from xgraph.graph.policy.request import decide

__all__ = ["__version__", "decide", "load"]

__version__ = "0.1.0"

_HOME = {"decide": "xgraph.graph.policy.request", "load": "xgraph.api"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module `xgraph` has no attribute `{name}`")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
