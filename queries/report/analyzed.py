"""What was analyzed and what was not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from xgraph.graph.model.coverage import CallOutcome, Outcome
from xgraph.graph.model.estate import Estate

from ._report import Row, Section, Teller, table

_MOST_ERRORS = 5


def analyzed(teller: Teller) -> Section:
    """Accounts, identities and resources that were read, and every call that was not answered."""
    estate = teller.graph.world.estate
    unread = sum(not account.is_collected for account in estate.accounts.values())
    notes = [f"{unread:,} accounts of the organization were not collected: what they allow or forbid is not known"] if unread else []
    if not estate.organizations and not estate.states_no_organization:
        notes.append("no organization was collected: SCPs and RCPs are not known")
    return Section(
        "analyzed", "What was analyzed, and what was not",
        "An answer is only as good as what was read. Access that depends on something below that was not read is reported as CONDITIONAL, never as denied.",
        (
            table("Accounts", ("account", "id", "organization", "users", "roles", "resources", "read"), _accounts(estate)),
            table("Calls that were not answered", ("call", "outcome", "accounts", "regions", "how often"), _unanswered(teller, estate),
                  empty="every call was answered"),
        ),
        tuple(notes),
    )  # fmt: skip


def _accounts(estate: Estate) -> Iterator[Row]:
    users = Counter(each.account for each in estate.principals.values() if each.trust is None)
    roles = Counter(each.account for each in estate.principals.values() if each.trust is not None)
    resources = Counter(each.account for each in estate.resources.values())
    for account in sorted(estate.accounts.values(), key=lambda each: (not each.is_collected, each.name, each.id)):
        yield Row(
            (
                account.name or account.alias or account.id, account.id, account.organization or "none known", users[account.id],
                roles[account.id], resources[account.id], "yes" if account.is_collected else "no",
            )
        )  # fmt: skip


def _unanswered(teller: Teller, estate: Estate) -> Iterator[Row]:
    alike: dict[tuple[str, str, Outcome], list[CallOutcome]] = defaultdict(list)
    for each in estate.outcomes:
        if not each.outcome.is_known:
            alike[each.service, each.call, each.outcome].append(each)
    for (service, call, outcome), calls in sorted(alike.items(), key=lambda item: (-len(item[1]), item[0])):
        accounts = sorted({teller.account(each.account) for each in calls if each.account})
        errors = tuple(dict.fromkeys(each.error for each in calls if each.error))[:_MOST_ERRORS]
        details = (("Accounts", tuple(accounts)), *((("AWS said", errors),) if errors else ()))
        yield Row((f"{service}: {call}", str(outcome), len(accounts), len({each.region for each in calls}), len(calls)), details)
