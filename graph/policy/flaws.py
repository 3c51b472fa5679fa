"""ARNs and principals that can never match, with what was probably meant (L01 to L05, L12, L14), and what
organization policies ignore (L29).

Sources: AWS service authorization reference (ARN formats), IAM User Guide "JSON policy elements: Principal".
"""

from __future__ import annotations

from collections.abc import Iterator

from xgraph.graph.model import reference
from xgraph.graph.model.arn import is_account_id, parse_arn

from .glob import action_pattern
from .statement import PrincipalElement, Statement

_IAM_TYPES = ("role", "user", "group", "policy", "instance-profile", "saml-provider", "oidc-provider", "mfa", "server-certificate")
# The separator between type and name, where people get it wrong.
_SEPARATORS = {
    ("dynamodb", "table"): "/",
    ("ecr", "repository"): "/",
    ("kms", "key"): "/",
    ("iam", "role"): "/",
    ("iam", "user"): "/",
    ("iam", "policy"): "/",
    ("lambda", "function"): ":",
    ("secretsmanager", "secret"): ":",
    ("logs", "log-group"): ":",
}


# Sessions are known to STS, the identities behind them to IAM.
_MISPLACED = {
    ("iam", "assumed-role"): "sts",
    ("iam", "federated-user"): "sts",
    ("sts", "role"): "iam",
    ("sts", "user"): "iam",
}


def resource_flaws(text: str, actions: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(code, sentence) for each flaw of one Resource text; `actions` are those of its statement."""
    if text == "*" or "${" in text.split("/", 1)[0]:
        return
    if not text.startswith("arn:"):
        if not text.startswith("*"):
            yield "L01", f"`{text}` is no ARN: it never matches"
        return
    arn = parse_arn(text)
    if arn is None:
        if not any(part.endswith("*") for part in text.split(":")):
            meant = _mend_short(text)
            yield "L01", f"`{text}` is not a valid ARN: it has fewer than six parts" + (f"; did you mean `{meant}`" if meant else "")
        return
    yield from _six_parts(text, actions)


def _six_parts(text: str, actions: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    arn = parse_arn(text)
    if arn is None:
        return
    kind = _type_of(arn.resource)
    if arn.service != "iam" and kind == "role" and any(a.lower().startswith(("sts:", "iam:")) for a in actions):
        yield (
            "L01",
            f"`{text}` is not a valid role ARN: roles live in `iam`; did you mean `arn:{arn.partition}:iam::{arn.account}:{arn.resource}`",
        )
    elif arn.service == "iam" and arn.region not in ("", "*"):
        yield (
            "L01",
            f"`{text}` is not a valid IAM ARN: it has no region; did you mean `arn:{arn.partition}:iam::{arn.account}:{arn.resource}`",
        )
    elif arn.account.replace("-", "").isdigit() and not is_account_id(arn.account):
        yield "L01", f"`{text}` is not a valid ARN: an account id has 12 digits and no hyphens"
    elif (arn.service, kind) in _MISPLACED:
        yield "L01", f"`{text}` is not a valid ARN: `{kind}` belongs to `{_MISPLACED[arn.service, kind]}`"
    elif arn.service == "s3":
        yield from _bucket(text)
    else:
        wanted = _SEPARATORS.get((arn.service, kind))
        rest = arn.resource[len(kind) :]
        if wanted and rest[:1] in (":", "/") and rest[0] != wanted:
            meant = text[: len(text) - len(rest)] + wanted + rest[1:]
            yield "L02", f"`{text}` has the wrong separator after `{kind}`: it never matches; did you mean `{meant}`"


def _bucket(text: str) -> Iterator[tuple[str, str]]:
    arn = parse_arn(text)
    if arn is None or arn.resource.startswith(("accesspoint/", "job/", "storage-lens", "access-grants")):
        return
    bucket, slash, key = arn.resource.partition("/")
    meant = f"arn:{arn.partition}:s3:::{bucket.lower()}{slash}{key}"
    if arn.region not in ("", "*") or arn.account not in ("", "*"):
        yield "L04", f"`{text}` is not a valid bucket ARN: region and account are empty in S3; did you mean `{meant}`"
    if any(char.isupper() for char in bucket) and "$" not in bucket:
        yield "L05", f"`{bucket}` is no bucket name: upper case is not allowed; did you mean `{meant}`"


def _type_of(resource: str) -> str:
    cut = min((i for i in (resource.find("/"), resource.find(":")) if i >= 0), default=len(resource))
    return resource[:cut]


def _mend_short(text: str) -> str | None:
    """`arn:aws:iam:111111111111/root` → `arn:aws:iam::111111111111:root`."""
    parts = text.split(":")
    if len(parts) < 4:
        return None
    tail = ":".join(parts[3:])
    account, separator, rest = tail.lstrip(":").replace(":", "/", 1).partition("/")
    if parts[2] == "iam" and is_account_id(account) and separator:
        return f"{parts[0]}:{parts[1]}:iam::{account}:{rest}"
    return None


def principal_flaws(principal: PrincipalElement, actions: tuple[str, ...], *, allows: bool) -> Iterator[tuple[str, str]]:
    """(code, sentence) for each flaw of a Principal element."""
    for text in sorted(principal.arns):
        arn = parse_arn(text)
        meant = _mend_short(text)
        if "*" in text or "?" in text:
            yield "L03", f"`{text}`: a wildcard inside a principal never matches; name the account and test `aws:PrincipalArn` instead"
        elif arn is None:
            yield "L01", f"`{text}` is not a valid IAM ARN" + (f"; did you mean `{meant}`" if meant else "")
        elif arn.resource.startswith("group/"):
            yield "L01", f"`{text}`: a group is no principal; name its users or a role"
        elif (arn.service, _type_of(arn.resource)) not in _PRINCIPAL_TYPES or arn.region:
            yield "L01", f"`{text}` is not a valid principal ARN"
    if principal.negated and allows:
        yield "L12", "`NotPrincipal` with `Allow` grants to everyone who is not listed, anonymous callers included"
    yield from _sts_mismatch(principal, actions)


_PRINCIPAL_TYPES = frozenset(
    (("iam", "user"), ("iam", "role"), ("sts", "assumed-role"), ("sts", "federated-user")),
)


def _sts_mismatch(principal: PrincipalElement, actions: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """R5.7: the STS action has to fit the kind of principal."""
    named = {action.lower() for action in actions}
    if any("*" in action for action in named) or not named & {"sts:assumerole", "sts:assumerolewithwebidentity", "sts:assumerolewithsaml"}:
        return
    federated_only = principal.federated and not (principal.accounts or principal.arns or principal.services or principal.aws_star)
    if federated_only and not named & {"sts:assumerolewithwebidentity", "sts:assumerolewithsaml"}:
        yield "L14", "a federated principal can't call sts:AssumeRole: use sts:AssumeRoleWithWebIdentity or sts:AssumeRoleWithSAML"
    if (principal.accounts or principal.arns) and not principal.federated and "sts:assumerole" not in named:
        yield "L14", "an AWS principal calls sts:AssumeRole: the statement allows only federated calls"


def guardrail_flaws(statement: Statement, policy_type: str) -> Iterator[tuple[str, str]]:
    """(code, sentence) for what an SCP or RCP says in vain: elements that it can't have, services that RCPs don't reach (R2.6, R4.53)."""
    if statement.unreadable:
        return
    if policy_type == "scp":
        if statement.principal is not None:
            yield "L29", "an SCP has no `Principal`: it is ignored, and the statement applies to every principal below"
        return
    if statement.actions.negated:
        yield "L29", "an RCP can't use `NotAction`: it names the actions that it denies"
        return
    for text in statement.actions.texts:
        service, colon, _ = text.partition(":")
        if colon and not any(_covers(service, name) for name in reference.RCP_SERVICES):
            yield "L29", f"RCPs don't reach the service of `{text}`: the statement does nothing there"
    if not statement.allows and not _names_everyone(statement):
        yield "L29", "the `Principal` of an RCP is `*`: the statement denies nothing"


def _covers(pattern: str, service: str) -> bool:
    found = action_pattern(f"{pattern}:*")
    return found is not None and found.matches(f"{service}:x")


def _names_everyone(statement: Statement) -> bool:
    return statement.principal is not None and (statement.principal.everyone or statement.principal.aws_star)
