"""The map of the organization: accounts, OUs, and the guardrails attached to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from xgraph.graph.model.arn import short_name
from xgraph.graph.model.document import Policy
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.organization import Organization

from ._report import Row, Section, Teller, table

_MOST_TARGETS = 12


def organization(teller: Teller) -> Section:
    """One tree for each organization, and each guardrail with where it holds."""
    estate = teller.graph.world.estate
    tables = []
    for each in sorted(estate.organizations.values(), key=lambda one: one.id):
        tree = table(f"Organization {each.id}", ("place", "kind", "id", "SCPs", "RCPs"), _tree(teller, estate, each))
        guards = table("Guardrails", ("policy", "kind", "attached to", "accounts under it"), _guardrails(teller, estate, each))
        tables += [tree, guards]
    notes = () if tables else ("no organization was collected",)
    lead = "Guardrails of a place hold for everything below it. The management account is under none of them."
    return Section("organization", "Organization", lead, tuple(tables), notes)


def _tree(teller: Teller, estate: Estate, each: Organization) -> Iterator[Row]:
    """Rows from the root down, accounts before the OUs below the same place."""
    below: dict[str, list[str]] = defaultdict(list)
    for unit in sorted(each.units.values(), key=lambda one: (one.name, one.id)):
        if unit.parent:
            below[unit.parent].append(unit.id)
    accounts: dict[str, list[str]] = defaultdict(list)
    for known in sorted(estate.accounts.values(), key=lambda one: (one.name, one.id)):
        if known.organization == each.id:
            accounts[known.parent].append(known.id)
    stack = [(each.root, 0)]
    while stack:
        place, depth = stack.pop()
        yield _place(each, _spoken(teller, each, place), "OU" if depth else "root", place, depth)
        for account in accounts.get(place, ()):
            kind = "management account" if account == each.management_account else "account"
            yield _place(each, teller.account(account), kind, account, depth + 1)
        stack += [(child, depth + 1) for child in reversed(below.get(place, ()))]


def _place(each: Organization, name: str, kind: str, target: str, depth: int) -> Row:
    return Row(("\u2003" * depth + name, kind, target, _attached(each.scps, target), _attached(each.rcps, target)))


def _attached(attached: Mapping[str, tuple[Policy, ...]], target: str) -> str:
    return ", ".join(sorted(short_name(policy.name) for policy in attached.get(target, ())))


def _guardrails(teller: Teller, estate: Estate, each: Organization) -> Iterator[Row]:
    covered: dict[str, set[str]] = defaultdict(set)
    for account in estate.accounts.values():
        if account.organization == each.id and account.id != each.management_account:
            for target in estate.organization_path(account.id):
                covered[target].add(account.id)
    for kind, attached in (("SCP", each.scps), ("RCP", each.rcps)):
        places: dict[str, list[str]] = defaultdict(list)
        for target, policies in attached.items():
            for policy in policies:
                places[short_name(policy.name)].append(target)
        held = {name: set[str]().union(*(covered[target] for target in targets)) for name, targets in places.items()}
        for name in sorted(places, key=lambda name: (-len(held[name]), name)):
            yield Row((name, kind, _listed(teller, each, places[name]), len(held[name])))


def _listed(teller: Teller, each: Organization, targets: list[str]) -> str:
    names = sorted(_spoken(teller, each, target) for target in targets)
    more = len(names) - _MOST_TARGETS
    return ", ".join(names[:_MOST_TARGETS]) + (f" and {more:,} more" if more > 0 else "")


def _spoken(teller: Teller, each: Organization, target: str) -> str:
    unit = each.units.get(target)
    return "Root" if target == each.root else unit.name if unit else teller.account(target)
