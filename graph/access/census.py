"""Principals, documents and statements of a world as numbers: what indexes are made of.

Equal documents are one document, equal statements one statement and equal resource lists one list, so that an action or a target is
compared with each of them once, however many principals hold it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from xgraph.graph.model.document import Policy, PolicyType
from xgraph.graph.model.principal import Principal, PrincipalKind
from xgraph.graph.policy.condition import Entry
from xgraph.graph.policy.statement import ActionList, Compiled, ResourceList, Statement

from .attach import compiled
from .patterns import is_plain
from .roster import Roster
from .world import World

Numbers = npt.NDArray[np.int32]
Offsets = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Progress = Callable[[str, int, int], None]

KINDS = (PrincipalKind.USER, PrincipalKind.ROLE, PrincipalKind.ROOT)
NOTHING = -1  # no boundary, no Resource element
ANY = -1  # an account: any
_STEP = 1024  # documents between two signs of progress


@dataclass(frozen=True, slots=True)
class Rows:
    """Lists of numbers, one after the other: row `i` is `values[starts[i]:starts[i + 1]]`."""

    starts: Offsets
    values: Numbers

    @classmethod
    def of(cls, rows: Iterable[Sequence[int]]) -> Rows:
        """The rows of some lists."""
        lengths = [0]
        values: list[int] = []
        for row in rows:
            values.extend(row)
            lengths.append(len(values))
        return cls(np.array(lengths, np.int64), np.array(values, np.int32))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, row: int) -> Numbers:
        return self.values[self.starts[row] : self.starts[row + 1]]

    @property
    def owners(self) -> Numbers:
        """For each value the row that it stands in."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.starts))

    def where(self, keep: Flags) -> Rows:
        """The same rows with the values of which `keep` is true."""
        before = np.concatenate((np.zeros(1, np.int64), np.cumsum(keep, dtype=np.int64)))
        return Rows(before[self.starts], self.values[keep])

    def any(self, flags: Flags) -> Flags:
        """For each row whether it holds a value that is flagged."""
        return np.diff(self.where(flags[self.values]).starts) > 0

    def through(self, following: Rows) -> tuple[Numbers, Numbers]:
        """Pairs (row, value of the following rows) for each value that is a row of `following`."""
        lengths = np.diff(following.starts)[self.values]
        first = np.repeat(following.starts[self.values] - np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)[:-1])), lengths)
        return np.repeat(self.owners, lengths), following.values[first + np.arange(len(first))]


@dataclass(frozen=True, slots=True)
class Listed:
    """A resource list by its texts. `plain`: each text can be matched as it stands."""

    texts: tuple[str, ...]
    negated: bool
    plain: bool
    heads: tuple[str, ...] = ()  # of texts with variables or escapes: what stands before the first one


@dataclass(frozen=True)
class Census:
    """The numbers of one estate.

    Of principals: `account_of`, `kind_of`, `is_linked`, `boundary_of` (a document), `documents_of` (own, attached and group policies).
    `guards_of` and `limits_of`: the SCPs and RCPs over an account. Of documents: `statements_of`, `is_opaque` (not read, or not
    understood in part). Of statements: `allows`, `actions_of`, `resources_of`, `keys_of`, numbers of the lists that follow.
    """

    accounts: tuple[str, ...]
    account_of: Numbers
    kind_of: npt.NDArray[np.int8]
    is_linked: Flags
    boundary_of: Numbers
    documents_of: Rows
    guards_of: Rows
    limits_of: Rows
    statements_of: Rows
    is_opaque: Flags
    allows: Flags
    actions_of: Numbers
    resources_of: Numbers
    keys_of: Numbers
    action_lists: tuple[tuple[tuple[str, ...], bool], ...]
    resource_lists: tuple[Listed, ...]
    key_sets: tuple[tuple[str, ...], ...]
    marks: bytes  # of documents, one after the other, by which they are known again; zeros: not read
    owner_texts: tuple[str, ...] | None  # what the owner of a resource is compared with besides the caller's account; None: with more

    @cached_property
    def unread(self) -> Flags:
        """Principals with an identity policy that was not read or understood."""
        return self.documents_of.any(self.is_opaque)

    @cached_property
    def stands_apart(self) -> Flags:
        """Principals that share a decision with nobody: what was not understood is named after its policy."""
        bounded = self.boundary_of != NOTHING
        opaque = self.is_opaque[np.where(bounded, self.boundary_of, 0)] if len(self.is_opaque) else bounded
        apart: Flags = self.unread | (bounded & opaque)
        return apart

    @cached_property
    def account_numbers(self) -> dict[str, int]:
        """Accounts to their numbers."""
        return {account: number for number, account in enumerate(self.accounts)}

    @cached_property
    def account_ranges(self) -> Offsets:
        """Principals stand in the order of their accounts: those of account `a` are `ranges[a]` to `ranges[a + 1] - 1`."""
        return np.searchsorted(self.account_of, np.arange(len(self.accounts) + 1)).astype(np.int64)

    @cached_property
    def places(self) -> tuple[list[int], list[int], list[bool]]:
        """Of each principal its account, its kind with whether it is service-linked, and whether it has a boundary, as Python has them."""
        kinds = self.kind_of * 2 + self.is_linked
        return self.account_of.tolist(), kinds.tolist(), (self.boundary_of != NOTHING).tolist()

    @cached_property
    def _action_lists(self) -> tuple[ActionList, ...]:
        return tuple(ActionList(texts, negated=negated) for texts, negated in self.action_lists)

    def about(self, action: str) -> Flags:
        """The statements whose action element covers `action` (lower case); one that was not understood may."""
        covers = np.array([one.matches(action) for one in self._action_lists] + [True], np.bool_)
        return covers[self.actions_of]


def take_census(world: World, roster: Roster, progress: Progress | None = None, before: Before | None = None) -> Census:
    """The census of an estate: every document is parsed here, once, unless an earlier census has it."""
    return _Clerk(world, roster, progress, before).census()


MARK = 16  # bytes
Before = tuple["Census", Mapping[bytes, int]]  # an earlier census, and its documents by their marks


def mark_of(text: str) -> bytes:
    """What a document is known by."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=MARK).digest()


@dataclass
class _Clerk:
    """Gives out numbers."""

    world: World
    roster: Roster
    progress: Progress | None
    before: Before | None = None
    documents: dict[object, int] = field(default_factory=dict)
    policies: list[Policy] = field(default_factory=list)
    statements: dict[object, int] = field(default_factory=dict)
    action_lists: dict[tuple[tuple[str, ...], bool], int] = field(default_factory=dict)
    resource_lists: dict[object, int] = field(default_factory=dict)
    listed: list[Listed] = field(default_factory=list)
    key_sets: dict[tuple[str, ...], int] = field(default_factory=dict)
    rows: list[tuple[bool, int, int, int]] = field(default_factory=list)
    owner_texts: dict[str, None] | None = field(default_factory=dict)

    def census(self) -> Census:
        principals = self.roster.principals
        if self.before is not None:
            texts = self.before[0].owner_texts
            self.owner_texts = None if texts is None else dict.fromkeys(texts)
        accounts = tuple(dict.fromkeys(principal.account for principal in principals))
        number_of = {account: number for number, account in enumerate(accounts)}
        held = Rows.of(self._held(principal) for principal in principals)
        boundaries = [self._document(p.boundary) if p.boundary else NOTHING for p in principals]
        guards = [Rows.of(self._over(account, kind) for account in accounts) for kind in (PolicyType.SCP, PolicyType.RCP)]
        read = [self._read(number, policy) for number, policy in enumerate(self.policies)]
        return Census(
            accounts,
            np.array([number_of[p.account] for p in principals], np.int32),
            np.array([KINDS.index(p.kind) for p in principals], np.int8),
            np.array([p.is_service_linked for p in principals], np.bool_),
            np.array(boundaries, np.int32),
            held,
            guards[0],
            guards[1],
            Rows.of(numbers for numbers, _ in read),
            np.array([is_opaque for _, is_opaque in read], np.bool_),
            np.array([row[0] for row in self.rows], np.bool_),
            np.array([row[1] for row in self.rows], np.int32),
            np.array([row[2] for row in self.rows], np.int32),
            np.array([row[3] for row in self.rows], np.int32),
            tuple(self.action_lists),
            tuple(self.listed),
            tuple(self.key_sets),
            b"".join(bytes(MARK) if policy.document is None else mark_of(policy.document) for policy in self.policies),
            tuple(self.owner_texts) if self.owner_texts is not None else None,
        )

    def _held(self, principal: Principal) -> list[int]:
        found = {self._document(policy) for policy in principal.policies}
        for arn in principal.groups:
            group = self.world.estate.groups.get(arn)
            found.update(self._document(policy) for policy in (group.policies if group else (Policy(arn, None),)))
        return sorted(found)

    def _document(self, policy: Policy) -> int:
        place: object = policy.document if policy.document is not None else (policy.name,)
        found = self.documents.get(place)
        if found is None:
            found = self.documents[place] = len(self.policies)
            self.policies.append(policy)
        return found

    def _over(self, account: str, kind: PolicyType) -> list[int]:
        levels = self.world.estate.levels(account, kind.value) or ()
        return sorted({self._document(policy) for level in levels for policy in level.policies or ()})

    def _read(self, number: int, policy: Policy) -> tuple[list[int], bool]:
        if self.progress and number % _STEP == 0:
            self.progress("policies", number, len(self.policies))
        if self.before is not None and policy.document is not None:
            earlier, known = self.before
            place = known.get(mark_of(policy.document))
            if place is not None:
                again = sorted(self._again(earlier, one) for one in earlier.statements_of[place].tolist())
                return again, bool(earlier.is_opaque[place])
        found = compiled(policy)
        if found is None:
            return [], True
        return sorted({self._statement(number, one) for one in found.statements}), _is_opaque(found)

    def _statement(self, document: int, one: Statement) -> int:
        if one.unreadable:
            place: object = (document, one.index)
        else:
            place = (one.allows, self._actions(one.actions), self._resources(one.resources), one.conditions, one.actions.negated)
        found = self.statements.get(place)
        if found is None:
            found = self.statements[place] = len(self.rows)
            actions = NOTHING if one.unreadable else self._actions(one.actions)
            resources = NOTHING if one.unreadable else self._resources(one.resources)
            keys = self.key_sets.setdefault(tuple(sorted(one.keys)), len(self.key_sets))
            self.rows.append((one.allows, actions, resources, keys))
            self._note_owner(one)
        return found

    def _again(self, earlier: Census, number: int) -> int:
        """A statement of an earlier census, by its number there."""
        found = self.statements.get((id(earlier), number))
        if found is None:
            found = self.statements[id(earlier), number] = len(self.rows)
            actions, resources = int(earlier.actions_of[number]), int(earlier.resources_of[number])
            if actions != NOTHING:
                texts = earlier.action_lists[actions]
                actions = self.action_lists.setdefault(texts, len(self.action_lists))
            if resources != NOTHING:
                resources = self._listed_again(earlier.resource_lists[resources])
            keys = self.key_sets.setdefault(earlier.key_sets[int(earlier.keys_of[number])], len(self.key_sets))
            self.rows.append((bool(earlier.allows[number]), actions, resources, keys))
        return found

    def _listed_again(self, one: Listed) -> int:
        place: object = one if one.heads else (one.texts, one.negated, None)
        found = self.resource_lists.get(place)
        if found is None:
            found = self.resource_lists[place] = len(self.listed)
            self.listed.append(one)
        return found

    def _note_owner(self, one: Statement) -> None:
        """Remember what the statement compares the owner of a resource with."""
        if not any("resourceaccount" in key for key in one.keys):
            return
        asked = [entry for entry in one.conditions if any("resourceaccount" in key for key in entry.keys)]
        is_simple = bool(asked) and all(map(_compares_owner, asked))
        if not is_simple or self.owner_texts is None or (one.resources is not None and one.resources.keys):
            self.owner_texts = None
            return
        self.owner_texts.update((text.text, None) for entry in asked for text in entry.templates if not text.variables)

    def _actions(self, actions: ActionList) -> int:
        return self.action_lists.setdefault((actions.texts, actions.negated), len(self.action_lists))

    def _resources(self, resources: ResourceList | None) -> int:
        if resources is None:
            return NOTHING
        # The same text with and without variables (the version of its document) is two texts.
        escaped = any("${" in text for text in resources.texts)
        place = (resources.texts, resources.negated, resources.templates if escaped else None)
        found = self.resource_lists.get(place)
        if found is None:
            found = self.resource_lists[place] = len(self.listed)
            self.listed.append(_listed(resources))
        return found


def _compares_owner(entry: Entry) -> bool:
    """Whether the owner of a resource is compared, as text, with texts and the caller's account alone."""
    is_alone = entry.keys <= {entry.key, "aws:principalaccount"} and "resourceaccount" in entry.key
    return is_alone and entry.use.operator.name.startswith("String")


def _is_opaque(found: Compiled) -> bool:
    return found.unreadable or any(one.unreadable for one in found.statements)


def _listed(resources: ResourceList) -> Listed:
    heads = tuple(text[: text.index("${")] for text in resources.texts if "${" in text)
    return Listed(resources.texts, resources.negated, all(map(is_plain, resources.texts)), heads)
