"""Near misses: hops that exactly one control withholds (contract section 6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from xgraph.graph.policy.authorize import Control, lifting, weigh
from xgraph.graph.policy.factors import Policies, Request, Use
from xgraph.graph.policy.joint import parts_of
from xgraph.graph.policy.match import MatchClass
from xgraph.graph.policy.statement import Statement

from .candidates import names
from .graph import AccessGraph
from .reach import candidate_numbers, openings
from .world import ASSUME_ROLE, Actor, Goal

_FEW_ORIGINS, _FEW_HOMES = 1000, 16  # principals and accounts up to which only these accounts are looked at
_HALVES = frozenset(("identity-half", "trust-half", "resource-half"))


class NearMisses:
    """The withheld hops from some principals. `origins`: the principals that matter; `most`: controls that may withhold a hop."""

    def __init__(self, graph: AccessGraph, origins: frozenset[int], most: int = 1) -> None:
        self.graph = graph
        self.origins = origins
        self.most = most
        self.not_listed: Counter[str] = Counter()
        self._found: dict[str, dict[int, Control]] = {}
        homes = {graph.index.principals[number].account for number in origins} if len(origins) <= _FEW_ORIGINS else set()
        # Nobody of another account is asked about anyway; None: of any.
        self._homes = frozenset(homes) if 0 < len(homes) <= _FEW_HOMES else None

    def into(self, goal: Goal, possible: frozenset[int]) -> Mapping[int, Control]:
        """Who misses the goal narrowly, and the control that withholds it."""
        found = self._found.get(goal.node)
        if found is None:
            found = self._found[goal.node] = self._look(goal, possible)
        return found

    def into_role(self, role: int) -> Mapping[int, Control]:
        """Who narrowly misses assuming a role."""
        trust = self.graph.trust
        able = frozenset(member for one in trust.into[role] for member in trust.sets[one].members)
        return self.into(self.graph.world.goal(self.graph.index.principals[role].arn, ASSUME_ROLE), able)

    def _look(self, goal: Goal, possible: frozenset[int]) -> dict[int, Control]:
        index, world = self.graph.index_of(goal.action), self.graph.world
        opened = openings(index, goal)
        if self._homes is not None:
            opened = replace(opened, accounts=self._homes if opened.accounts is None else opened.accounts & self._homes)
        able = candidate_numbers(index, goal, opened, anonymous=False).tolist()
        asked = {*able, *index.carriers(goal.target, self._homes, naming=True), *self._described(goal)}
        itself = self.graph.number(goal.node)
        asked = {number for number in asked if number in self.origins and number not in possible and number != itself}
        out: dict[int, Control] = {}
        for members in index.split(asked, goal, world).values():
            control = self.control(world.actor(index.principals[members[0]]), goal, len(members))
            if control is not None:
                out.update(dict.fromkeys(members, control))
        return out

    def _described(self, goal: Goal) -> set[int]:
        """Principals that an Allow of the resource side may describe by a condition on aws:PrincipalArn."""
        policy = goal.policy.compiled if goal.policy else None
        statements = [s for s in policy.about(goal.action) if s.allows and _describes(s)] if policy else []
        return set(self.origins) if statements else set()

    def control(self, actor: Actor, goal: Goal, count: int = 1) -> Control | None:
        """What withholds the hop: the fewest controls, at most `most`, as one. None when it is possible or more things withhold it."""
        request, policies = self.graph.world.ask(actor, goal)
        found = next((found for size in range(1, self.most + 1) if (found := lifting(request, policies, most=size))), ())
        if not found:
            return None
        uses: list[Use] = []
        weigh(request, policies, record=uses.append)
        for control in found:
            if not control.names & _HALVES or _other_half_names(control, request, policies, uses):
                return control
        half = min(found[0].names & _HALVES)
        self.not_listed[f"missing {half} that nothing names"] += count
        return None


def _describes(statement: Statement) -> bool:
    return any(e.key == "aws:principalarn" and not e.use.operator.is_negated and not e.use.if_exists for e in statement.conditions)


def _other_half_names(control: Control, request: Request, policies: Policies, uses: list[Use]) -> bool:
    """Whether the half that is there names this caller or this target by more than `*` or an account root."""
    if len(control.names & _HALVES) > 1:
        return False  # nothing is there that could name the caller or the target
    if "identity-half" in control.names:
        return any(_names_caller(use) for use in uses if use.allows and use.match is not None)
    statements = [
        use.statement for use in uses if use.allows and use.match is None and use.attached.policy_type.value in ("identity", "group")
    ]
    targets = [part.request.target.arn for part in parts_of(request, policies)]
    return any(s is not None and any(names(s.resources, each) for each in targets) for s in statements)


def _names_caller(use: Use) -> bool:
    statement = use.statement
    if statement is None:
        return False
    if use.match in (MatchClass.ROLE, MatchClass.USER_OF_FED):
        return True
    conditions = getattr(statement, "conditions", ())
    element = getattr(statement, "principal", None)
    is_listed = use.match is MatchClass.EXACT and element is not None and not (element.everyone or element.aws_star or element.negated)
    return is_listed or (bool(conditions) and _describes(statement))
