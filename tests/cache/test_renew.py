"""After a change in one account only what it touches is worked out anew, and the answers are those of a whole build."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.properties.organizations import estate_of, organization
from tests.properties.test_index_honest import differences, grouped
from xgraph.graph.access.compiled import CompiledEstate, earlier_of, to_tables
from xgraph.graph.access.graph import AccessGraph, build_graph
from xgraph.graph.access.world import ASSUME_ROLE, Actor, Goal, Stated, World
from xgraph.graph.model.document import Policy
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.organization import Account
from xgraph.graph.model.principal import Principal, PrincipalKind
from xgraph.graph.policy.factors import Policies, Request
from xgraph.graph.policy.parse import parse


class Counting(World):
    """A world that counts the questions put together."""

    asked = 0

    def ask(self, actor: Actor, goal: Goal, stated: Stated = Stated()) -> tuple[Request, Policies]:  # noqa: B008  frozen
        self.asked += 1
        return super().ask(actor, goal, stated)


def changed(estate: Estate, dice: random.Random) -> Estate:
    """The estate after a change in one account: policies and trusts exchanged, a principal gone, a principal that is new."""
    account = dice.choice(sorted({one.account for one in estate.principals.values()}))
    everybody = sorted(estate.principals.values(), key=lambda one: one.arn)
    principals = dict(estate.principals)
    for one in everybody:
        if one.account != account:
            continue
        what = dice.randrange(5)
        other = dice.choice(everybody)
        if what == 0:
            principals[one.arn] = replace(one, policies=other.policies, groups=())
        elif what == 1 and one.trust is not None and other.trust is not None:
            principals[one.arn] = replace(one, trust=other.trust)
        elif what == 2:
            del principals[one.arn]
        elif what == 3:
            new = replace(one, arn=f"{one.arn}-new", name=f"{one.name}-new", unique_id="")
            principals[new.arn] = replace(new, policies=other.policies)
    return replace(estate, principals=dict(sorted(principals.items())))


def renewed(before: AccessGraph, estate: Estate) -> AccessGraph:
    tables: Mapping[str, bytes] = dict(to_tables(before))
    return AccessGraph(Counting(estate), earlier=earlier_of(tables.__getitem__))


@pytest.mark.parametrize("seed", range(40))
def test_change_recomputes_what_it_touches(seed: int) -> None:
    dice = random.Random(seed)
    estate = estate_of(organization(seed))
    graph = build_graph(estate)
    for _ in range(2):  # what was renewed can be renewed again
        estate = changed(estate, dice)
        graph = renewed(graph, estate)

        out: list[str] = []
        for number, principal in enumerate(graph.principals):
            if principal.trust is not None:
                sets = tuple(graph.trust.sets[one] for one in graph.trust.into[number])
                out += differences(graph, graph.world.goal(principal.arn, ASSUME_ROLE), grouped(sets))
        assert out == []
        assert graph.trust.unread == build_graph(estate).trust.unread


@pytest.mark.parametrize("seed", range(5))
def test_renewed_graph_can_be_kept(seed: int) -> None:
    estate = changed(estate_of(organization(seed)), random.Random(seed))
    graph = renewed(build_graph(estate_of(organization(seed))), estate)
    tables = dict(to_tables(graph))

    again = CompiledEstate(tables.__getitem__).graph()

    assert [(one.verdict, one.members, one.targets) for one in again.trust.sets] == [
        (one.verdict, one.members, one.targets) for one in graph.trust.sets
    ]


def many_accounts(count: int) -> Estate:
    """Accounts of which each has an administrator who may assume one role there and one of the next account."""
    ids = [f"{100000000001 + number}" for number in range(count)]
    accounts = {one: Account(one) for one in ids}
    principals: dict[str, Principal] = {}
    for place, one in enumerate(ids):
        user, role, following = f"arn:aws:iam::{one}:user/ada", f"arn:aws:iam::{one}:role/deploy", ids[(place + 1) % count]
        may = f'{{"Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::{following}:role/deploy"}}]}}'
        lets = f'{{"Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":["{ids[place - 1]}","{user}"]}}}}]}}'
        principals[user] = Principal(user, PrincipalKind.USER, one, "ada", policies=(Policy(f"{user}#may", may),))
        principals[role] = Principal(role, PrincipalKind.ROLE, one, "deploy", trust=Policy(f"{role}#trust", lets))
    return Estate("s", "many", accounts, principals=principals, states_no_organization=True)


def test_only_the_changed_account_is_read_and_asked_about() -> None:
    count = 60
    estate = many_accounts(count)
    whole = AccessGraph(Counting(estate))
    parse.cache_clear()
    hops = sum(len(one) * len(one.targets) for one in whole.trust.sets)
    read, asked = parse.cache_info().misses, whole.world.asked  # type: ignore[attr-defined]  # it counts

    user = estate.principals["arn:aws:iam::100000000007:user/ada"]
    policy = replace(user.policies[0], document=(user.policies[0].document or "").replace("100000000008", "100000000009"))
    after = replace(estate, principals={**estate.principals, user.arn: replace(user, policies=(policy,))})
    graph = renewed(whole, after)
    parse.cache_clear()
    now = sum(len(one) * len(one.targets) for one in graph.trust.sets)

    assert (hops, now) == (2 * count, 2 * count - 1)  # the role of the account after the next one does not trust
    assert read == 2 * count
    assert parse.cache_info().misses <= 4  # the new policy, and the trusts of the roles that the account has to do with
    assert asked >= count
    assert graph.world.asked <= 8  # type: ignore[attr-defined]  # it counts
