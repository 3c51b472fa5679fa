"""Values worth trying for one condition key: what the policies mention, near-misses, boundaries (semantics.md R3.36)."""

from __future__ import annotations

import base64
import ipaddress
import itertools
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from .caller import entries
from .conditions import MULTIVALUED, PLAIN, moment, number, taken_apart, text_of
from .documents import Json, Statement, every_policy, listed, once
from .matching import Token, Wild, with_variables

Keys = dict[str, list[str]]

BOOLEAN_KEYS = frozenset("aws:securetransport aws:viaawsservice aws:multifactorauthpresent aws:principalisawsservice".split())
ADDRESS_KEYS = frozenset("aws:sourceip aws:vpcsourceip".split())
DATE_KEYS = frozenset("aws:currenttime aws:tokenissuetime".split())
NUMBER_KEYS = frozenset("s3:max-keys aws:multifactorauthage".split())
FILLERS = ("", "x", "a", "zz")


# ------------------------------------------------------------------------------------------------------ what policies mention


@once
def statements_of(request: Json) -> list[Statement]:
    return [statement for policy in every_policy(request) for statement in policy.statements or []]


@once
def condition_entries(request: Json) -> list[tuple[str, str, list[str]]]:
    """(operator, key in lower case, values) of every condition of the request's policies."""
    return [
        (operator, key.lower(), [text_of(value) for value in listed(values)])
        for statement in statements_of(request)
        for operator, block in statement.condition.items()
        for key, values in block.items()
    ]


@once
def resource_texts(request: Json) -> list[str]:
    return [text for statement in statements_of(request) for text in (statement.resources or []) + (statement.not_resources or [])]


@once
def principal_texts(request: Json) -> list[str]:
    elements = [each for statement in statements_of(request) for each in (statement.principal, statement.not_principal) if each is not None]
    return [value for element in elements for _, value in entries(element)]


def variables_in(text: str) -> list[str]:
    """The keys of `${...}`, in lower case."""
    inside = [piece.split("}")[0] for piece in text.split("${")[1:]]
    return [each.split(",")[0].strip().lower() for each in inside if each not in {"*", "?", "$"}]


@once
def mentioned_keys(request: Json) -> list[str]:
    """Every key of a condition or a variable, once; those that variables name come first."""
    found: list[str] = []
    texts = resource_texts(request) + [value for _, _, values in condition_entries(request) for value in values]
    for key in [name for text in texts for name in variables_in(text)] + [key for _, key, _ in condition_entries(request)]:
        if key not in found:
            found.append(key)
    return found


# ------------------------------------------------------------------------------------------------------------------ instances


def fragments(texts: Iterable[str]) -> list[str]:
    """The literal pieces between wildcards and variables, the longest dropped to what follows the last colon."""
    found: list[str] = []
    for text in texts:
        plain = text
        for name in ["${*}", "${?}"]:
            plain = plain.replace(name, "*")
        while "${" in plain and "}" in plain:
            plain = plain[: plain.index("${")] + "*" + plain[plain.index("${") :].split("}", 1)[1]
        for piece in plain.replace("?", "*").split("*"):
            short = piece.split(":")[-1]
            found += [each for each in (short, short.strip("/"), short.split("/", 1)[-1]) if each and each not in found]
    return found


def filled(pattern: list[Token], pieces: list[str], rng: random.Random) -> str:
    """One text that fits the pattern, its wildcards filled with short pieces."""
    text = ""
    for token in pattern:
        if token in {Wild.ANY, Wild.ANY_IN_PART}:
            choice = [rng.choice((*FILLERS, *pieces, *pieces)) for _ in range(rng.choice((1, 1, 2, 3)))]
            text += "".join(choice)
        elif isinstance(token, Wild):
            text += rng.choice([*"xab", *(piece for piece in pieces if len(piece) == 1)])
        else:
            text += token
    return text


def near(text: str) -> list[str]:
    """The text and its near-misses."""
    return [text, text + "x", text[:-1], text.swapcase(), "x" + text]


def combinations(pieces: list[str]) -> list[str]:
    """Short pieces one after the other in every order: three patterns at once may be open for `acb` alone (R3.36)."""
    short = sorted({piece for piece in pieces if len(piece) <= 4})[:5]
    return ["".join(order) for count in (1, 2, 3) for order in itertools.permutations(short, count)]


# ------------------------------------------------------------------------------------------------------ candidates for one key


def candidates(request: Json, key: str, chosen: Keys, rng: random.Random) -> list[str]:
    """Single values of a key, given the values already chosen for the keys that variables name."""
    found: list[str] = []
    keys = {name: tuple(values) for name, values in chosen.items()}
    for operator, name, texts in condition_entries(request):
        if name == key:
            for text in texts:
                found += around(taken_apart(operator)[1], text, fragments(texts), keys, rng)
        elif key in [each for text in texts for each in variables_in(text)]:
            found += chosen.get(name, [])
    if key in [name for text in resource_texts(request) for name in variables_in(text)]:
        found += pieces_of((chosen.get("resource") or [str(request["resource"])])[0])
    patterns = [
        text for operator, name, texts in condition_entries(request) if name == key and "like" in operator.lower() for text in texts
    ]
    if len(patterns) > 1:
        found += combinations(fragments(patterns))
    if key in {"aws:resourceaccount", "s3:resourceaccount"}:
        found += possible_owners(request)
    found += generic(key)
    return [each for each in dict.fromkeys(found) if each and is_of_type(key, each)]


def possible_owners(request: Json) -> list[str]:
    """Accounts that stand out: an unknown owner may be the caller's own account, the object's owner, or the management account."""
    settings = request.get("resource_settings") or {}
    stated = settings.get("ObjectOwner")
    owner = (settings.get("CanonicalIds") or {}).get(stated, stated)
    caller = request["principal"].split(":")[4] if request["principal"].startswith("arn:") else None
    return [each for each in (caller, owner, (request.get("resource_organization") or {}).get("management_account")) if each]


def around(base: str, text: str, pieces: list[str], keys: dict[str, tuple[str, ...]], rng: random.Random) -> list[str]:
    """Values around one value of a policy."""
    if base in PLAIN:
        return around_plain(base, text)
    pattern = with_variables(text, keys, multivalued=MULTIVALUED)
    if pattern is None:
        return []
    literal = "".join("*" if token is Wild.ANY else "?" if isinstance(token, Wild) else token for token in pattern)
    if base == "bool":
        return ["true", "false"]
    if base in {"stringequals", "stringnotequals", "stringequalsignorecase", "stringnotequalsignorecase"}:
        return near(literal)
    if base == "null":
        return []
    return [filled(pattern, pieces, rng) for _ in range(4)] + near(filled(pattern, [], rng))


def around_plain(base: str, text: str) -> list[str]:
    if base.startswith("numeric"):
        value = number(text)
        return [] if value is None else [str(value + step) for step in (Decimal(-1), Decimal(0), Decimal(1), Decimal("0.5"))]
    if base.startswith("date"):
        date = moment(text)
        return [] if date is None else [written(date + timedelta(seconds=step)) for step in (-1, 0, 1)]
    if base == "binaryequals":
        return [text, base64.b64encode(b"other").decode()]
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return []
    first, last = int(network.network_address), int(network.broadcast_address)
    kind = type(network.network_address)
    top = 2**network.max_prefixlen - 1
    return [str(kind(each)) for each in (first, last, first - 1, last + 1, (first + last) // 2) if 0 <= each <= top]


def written(date: datetime) -> str:
    return date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def pieces_of(resource: str) -> list[str]:
    """Substrings of the resource part between separators, and runs of them."""
    last = resource.split(":", 5)[-1]
    words = last.replace(":", "/").split("/")
    return words + ["/".join(words[start:end]) for start in range(len(words)) for end in range(start + 2, len(words) + 1)]


def generic(key: str) -> list[str]:
    """Values that no policy need mention."""
    if key in BOOLEAN_KEYS:
        return ["true", "false"]
    if key in ADDRESS_KEYS:
        return ["198.51.100.7", "10.1.2.3", "2001:db8::1"]
    if key in DATE_KEYS:
        return ["2026-06-01T00:00:00Z", "2020-01-01T00:00:00Z"]
    if key in NUMBER_KEYS:
        return ["1", "5000"]
    if key == "aws:epochtime":
        return ["1780272000"]
    if key.endswith("account"):
        return ["111111111111", "222222222222", "333333333333"]
    if key.endswith("arn"):
        return ["arn:aws:sns:eu-west-1:333333333333:zz"]
    if key.endswith("orgpaths"):
        return ["o-zz/r-9/ou-9-zz/"]
    return ["zz", "a"]


def is_of_type(key: str, value: str) -> bool:
    """Key typing (R3.30)."""
    if key in BOOLEAN_KEYS:
        return value in {"true", "false"}
    if key in ADDRESS_KEYS:
        try:
            ipaddress.ip_address(value)
        except ValueError:
            return False
        return True
    if key in DATE_KEYS:
        return moment(value) is not None and "T" in value
    if key in NUMBER_KEYS:
        found = number(value)
        return found is not None and found >= 0 and found == int(found)
    if key == "aws:epochtime":
        return value.isdigit() and len(value) > 4
    if key.endswith("account"):
        return len(value) == 12 and value.isdigit()
    if key.endswith("arn"):
        return value.startswith("arn:") and len(value.split(":", 5)) == 6
    return "${" not in value
