"""The slow, plain, second evaluator: written from semantics.md alone, for reading, two-valued over complete worlds.

It shares no code with `xgraph` and imports nothing of it. `decide_world` is the whole of it; `worlds_of` and `verdict_by_sampling`
compare it with an evaluator that answers for all worlds at once.
"""

from .decide import Result, decide_world
from .keys import KeyState, State, key_state, world_of
from .readings import OPEN_POINTS, Readings
from .worlds import consistent, results_in, verdict_by_sampling, witness_allows, worlds_of, worlds_of_witness

__all__ = [
    "OPEN_POINTS",
    "KeyState",
    "Readings",
    "Result",
    "State",
    "consistent",
    "decide_world",
    "key_state",
    "results_in",
    "verdict_by_sampling",
    "witness_allows",
    "world_of",
    "worlds_of",
    "worlds_of_witness",
]
