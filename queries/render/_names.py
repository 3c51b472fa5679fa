"""Short names that people recognise: `prod/deploy` for a role, `prod/deploy trust policy #0 (AllowCi)` for a statement."""

from __future__ import annotations

import re
from collections.abc import Mapping

from xgraph.graph.access.chain import Hop, Node
from xgraph.graph.access.families import Family
from xgraph.graph.model.arn import account_of, is_account_id, parse_arn, short_name
from xgraph.graph.policy.decision import Blocker, Condition, Evidence, Verdict
from xgraph.queries._query import Answer
from xgraph.queries.render._text import short

_PARTS = {"trust": "trust policy", "resource-policy": "resource policy", "acl": "ACL"}
_TYPES = {"scp": "SCP", "rcp": "RCP"}
_ARN = re.compile(r"arn:aws[a-z-]*:[^\s`,;()]+")
_ACCOUNT_KINDS = ("account", "external-account")


_NO_FAMILIES: Mapping[str, Family] = {}


class Names:
    """Short names for one answer. Two accounts never share one: the second to come gets its account id behind it.

    `families`: nodes that stand for a family and go by its name.
    """

    def __init__(self, answer: Answer, families: Mapping[str, Family] = _NO_FAMILIES) -> None:
        self._nodes = answer.nodes
        self._families = families
        self._accounts: dict[str, str] = {}
        self._labels: dict[str, str] = {}
        self._buckets: dict[str, Node] = {}

    def node(self, name: str) -> str:
        """`account/name` of a node, or its own name where no account owns it."""
        family = self._families.get(name)
        if family is not None:
            return short(family.words)
        known = self._labels.get(name)
        return known if known is not None else self._labels.setdefault(name, short(self._name(name)))

    def kind(self, name: str) -> str:
        """What the node is, in a few words: `role`, `s3 bucket`, `sqs queue eu-west-1, not collected`."""
        node = self._nodes.get(name)
        arn = parse_arn(name)
        words = [node.kind] if node else []
        if arn is not None and arn.service not in ("iam", "sts"):
            words = [arn.service, *(word for word in words if word not in ("resource", arn.service)), *([arn.region] if arn.region else [])]
        text = " ".join(words)
        unseen = node is not None and not node.collected and node.kind not in ("anonymous", "any-aws-principal", "service")
        return "" if text == self.node(name) else short(f"{text}, not collected" if unseen and text else text)

    def accounts(self) -> dict[str, str]:
        """Account id → short name, of every account that was named so far."""
        return {account: short(name) for account, name in sorted(self._accounts.items())}

    def statement(self, record: Evidence | Blocker) -> str:
        """`policy #index (Sid)`, the index as in the document, counted from 0."""
        index = "" if record.statement is None else f" #{record.statement}"
        sid = f" ({short(record.sid)})" if record.sid else ""
        return f"{self.policy(record.policy, record.policy_type)}{index}{sid}"

    def policy(self, name: str, policy_type: str) -> str:
        """A policy by its owner's short name and its kind."""
        owner, _, part = name.partition("#") if name.startswith("arn:") else (name, "", "")
        if part:
            return f"{self.node(owner)} {short(_PARTS.get(part, part))}"
        arn = parse_arn(name)
        if arn is None:
            return short(name)
        if policy_type in _TYPES:
            return f"{_TYPES[policy_type]} {short(short_name(name))}"
        return short(f"aws/{short_name(name)}") if arn.account == "aws" else self.node(name)

    def sentence(self, text: str) -> str:
        """`text` with the ARNs of identities, policies and nodes of the answer by their short names."""
        return short(_ARN.sub(lambda match: self._spoken(match.group()), text))

    def condition(self, condition: Condition) -> str:
        """The condition as a sentence that follows the word "if"."""
        more = "" if condition.exact else " (there are more alternatives)"
        return self.sentence(condition.text).removeprefix("if ") + more

    def place(self, name: str) -> str:
        """Where a policy is attached: an account, an OU or a node."""
        if is_account_id(name):
            return f"account {short(self._account(name, None))}"
        return self.node(name) if name in self._nodes or name.startswith("arn:") else short(name)

    def _spoken(self, name: str) -> str:
        arn = parse_arn(name)
        if name in self._nodes or (arn is not None and arn.service == "iam" and account_of(name)):
            return self.node(name)
        return short_name(name) if arn is not None and arn.service == "organizations" else name

    def _name(self, name: str) -> str:
        node = self._nodes.get(name)
        if node is not None and name.startswith("arn:") and ":s3:::" in name:
            self._buckets[name.partition("/")[0]] = node  # the name of a bucket or object does not say whose it is
        owner = node or self._buckets.get(name)
        account = (owner.account if owner else None) or account_of(name)
        if node is not None and (node.kind in _ACCOUNT_KINDS or name == f"account:{node.account}"):
            return self._account(node.account or name, node)
        own = node.name if node and node.name else short_name(name)
        return f"{self._account(account, owner)}/{own}" if account else own

    def _account(self, account: str, node: Node | None) -> str:
        known = self._accounts.get(account)
        if known is not None:
            return known
        nodes = (node,) if node is not None else self._nodes.values()
        name = next((other.account_name for other in nodes if other.account == account and other.account_name), None)
        if name is None:
            return account
        self._accounts[account] = f"{name}~{account}" if name in self._accounts.values() else name
        return self._accounts[account]


def verdict_words(verdict: Verdict, condition: Condition | None) -> str:
    """The verdict as people read it: benign conditions are `ALLOWED over TLS`."""
    return "ALLOWED over TLS" if verdict is Verdict.CONDITIONAL and condition is not None and condition.benign else str(verdict)


def edge_words(hop: Hop) -> str:
    """What a picture writes on a hop."""
    verdict = "" if hop.verdict is Verdict.ALLOWED else f" [{verdict_words(hop.verdict, hop.condition)}]"
    return short(f"{hop.mechanism} {hop.action}{verdict}")
