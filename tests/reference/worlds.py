"""Finite lists of worlds for a request, and what the reference says in them (semantics.md R3.21, R3.30, R3.36)."""

from __future__ import annotations

import random
from collections.abc import Iterable

from .caller import Kind, caller_kind
from .conditions import MULTIVALUED, moment
from .decide import Result, decide_call, jointly
from .documents import Json, once
from .halves import dice_of, key_half, world_of_half
from .keys import MORE_VPC_KEYS, VPC_KEYS, KeyState, State, given_context, key_state, world_of
from .matching import Pattern, Wild, glob, is_resource_set, literal_resource, takes_no_resource, wildcards, with_variables
from .readings import Explorer, Unread
from .values import Keys, candidates, combinations, filled, fragments, principal_texts, resource_texts, written

NETWORK = (*VPC_KEYS, "aws:sourceip")
MFA = ("aws:multifactorauthpresent", "aws:multifactorauthage", "aws:tokenissuetime")
TIME = ("aws:currenttime", "aws:epochtime")


# ------------------------------------------------------------------------------------------------------------ what worlds say


def results_in(request: Json, keys: Keys, *, limit: int = 400) -> set[Result]:
    """The results in one world under every combination of the readings that the decision asks for. What is asked of KMS is asked in
    some world of its own that agrees with this one."""
    found: set[Result] = set()
    pending = [Explorer()]
    half = key_half(request, keys)
    keys_of_half = world_of_half(half, one_world(half, dice_of(keys)), keys) if half else keys
    decisions = 0
    while pending and len(found) < 3 and decisions < limit:
        readings = pending.pop(decisions % len(pending))
        decisions += 1
        try:
            result = decide_call(request, keys, readings)
            found.add(jointly({result, decide_call(half, keys_of_half, readings)}) if half else result)
        except Unread as unread:
            pending += [Explorer({**readings, unread.name: True}), Explorer({**readings, unread.name: False})]
    return found


def verdict_by_sampling(request: Json, worlds: Iterable[Keys]) -> set[Result]:
    """The results over all given worlds: ALLOWED => {"allow"}; a denial => no "allow"; EXPLICITLY_DENIED => {"deny-explicit"}."""
    return {result for keys in worlds for result in results_in(request, keys)}


def worlds_of_witness(request: Json, witness: dict[str, str | list[str]], rng: random.Random, n: int = 12) -> list[Keys]:
    """Worlds of the known keys and a witness's keys, which win. Keys that may be absent are; keys that must be present have some value,
    and so may keys that are open points (U-01, U-16, U-31), since a witness names neither.

    A witness may spell the caller's session as R3.38 does, `sts:RoleSessionName`; it then counts as the pseudo-key `session` too.
    """
    stated = {key.lower(): [value] if isinstance(value, str) else list(value) for key, value in witness.items()}
    _, states = world_of(request)
    if "session" in states and "sts:rolesessionname of the caller" in stated:
        stated["session"] = stated.pop("sts:rolesessionname of the caller")
    elif "session" in states and "sts:rolesessionname" in stated:
        stated.setdefault("session", stated["sts:rolesessionname"])
    if not str(request["action"]).lower().startswith("sts:"):
        stated.pop("sts:rolesessionname", None)
    pseudo: Keys = {key: stated.pop(key) for key in ("resource", "session") if key in stated}
    context: dict[str, Json] = dict(request.get("context", {}))
    context.update(stated)
    given: dict[str, Json] = {**request, "context": context}
    found: list[Keys] = []
    for _ in range(n):
        keys = one_world(given, rng)
        keys.update(pseudo)
        for key in list(keys):
            if key not in {"resource", "session", *OPEN_KEYS} and key_state(given, key).state is State.DYN:
                del keys[key]
        found.append(keys)
    return found


OPEN_KEYS = frozenset("aws:principalarn aws:principalaccount aws:multifactorauthpresent aws:sourceowner".split())


def witness_allows(request: Json, witness: dict[str, str | list[str]], rng: random.Random) -> bool:
    """True if the witness leads to an allow under some reading of what is open, and names no key that the request does not have."""
    stated = {key.lower() for key in witness if ":" in key} - OPEN_KEYS
    if any(key_state(request, key).state is State.ABSENT for key in stated if not key.startswith("sts:rolesessionname")):
        return False
    return any("allow" in results_in(request, keys) for keys in worlds_of_witness(request, witness, rng))


# -------------------------------------------------------------------------------------------------------------- making worlds


def worlds_of(request: Json, rng: random.Random, n: int, *, most_members: int = 120) -> list[Keys]:
    """About `n` different worlds, each consistent with the key states and with R3.21; fewer where there are fewer.

    A question about a set of resources gets at least one world for each member that its policies may tell apart (at most `most_members`).
    """
    found: list[Keys] = []
    members: list[str] = []
    if is_resource_set(request["resource"]) and not takes_no_resource(request["action"]):
        members = resources_in_set(request, world_of(request)[0], rng)[:most_members]
    n = max(n, len(members))
    for number in range(3 * n):
        keys = one_world(request, rng, members[number % len(members)] if members else None)
        if keys not in found:
            found.append(keys)
        if len(found) >= n:
            break
    return found


def one_world(request: Json, rng: random.Random, member: str | None = None) -> Keys:
    """A world picked at random, key by key; keys that depend on each other are picked together."""
    known, states = states_of(request)
    keys: Keys = {name: list(values) for name, values in known.items()}
    if "resource" in states:
        keys["resource"] = [member if member is not None and rng.random() < 0.7 else rng.choice(resources_in_set(request, keys, rng))]
    if "session" in states and "session" not in keys:
        keys["session"] = [rng.choice(session_names(request))]
    owner_keys = {"aws:resourceaccount", "s3:resourceaccount"}
    for name, state in states.items():
        if name in keys or name in {"resource", "session"} or name in NETWORK or name in TIME:
            continue
        if name in owner_keys and owner_keys & set(keys):  # both say the same
            keys[name] = next(keys[each] for each in owner_keys if each in keys)
            continue
        pick(request, name, state, keys, rng)
    pick_network(request, states, keys, rng)
    pick_time(request, states, keys, rng)
    settle(request, states, keys, rng)
    return keys


@once
def states_of(request: Json) -> tuple[Keys, dict[str, KeyState]]:
    """As world_of, with the whole of each group of keys that R3.21 couples, and both keys of an unknown organization."""
    known, states = world_of(request)
    states = dict(states)
    groups = (NETWORK, MFA, TIME)
    for group in groups:
        if any(name in states for name in group):
            states.update({name: key_state(request, name) for name in group})
    return {**known, **{name: list(state.values) for name, state in states.items() if state.state is State.KNOWN}}, states


def pick(request: Json, name: str, state: KeyState, keys: Keys, rng: random.Random) -> None:
    """Give one key a value that its state permits, or leave it absent."""
    if state.state is State.ABSENT or (state.state is State.DYN and rng.random() < 0.3):
        return
    found = values_for(request, name, state, keys, rng)
    if not found:
        return
    if name in MULTIVALUED:
        keys[name] = rng.sample(found, min(len(found), rng.choice((1, 1, 2, 3))))
    else:
        keys[name] = [rng.choice(found)]


def values_for(request: Json, name: str, state: KeyState, keys: Keys, rng: random.Random) -> list[str]:
    """Candidates that fit the key's state."""
    found = candidates(request, name, keys, rng)
    caller = str(request["principal"])
    if name == "aws:userid" and caller_kind(caller) is Kind.ROLE:
        session = keys["session"][0] if "session" in keys else caller.rsplit("/", 1)[-1]
        prefixes = {each.split(":")[0] for each in found if each.startswith("AROA")} | {"AROAXXXXXXXXXXXXXXXXX"}
        return sorted(f"{prefix}:{session}" for prefix in prefixes)
    if name in {"aws:principalorgpaths", "aws:resourceorgpaths"}:
        organization = keys.get(name.replace("orgpaths", "orgid"), [])
        own = [each for each in found if each.startswith(f"{organization[0]}/")] if organization else []
        return own or [f"{organization[0]}/r-1/ou-1-prod/"] if organization else []
    if not state.fits:
        return found
    fitting = [each for each in found if any(glob(wildcards(shape), each) for shape in state.fits)]
    return fitting + [each for each in shaped(state) if each not in fitting]


def shaped(state: KeyState) -> list[str]:
    """One value for each shape that the state permits."""
    return [filled(wildcards(shape), ["p"], random.Random(1)).replace("//", "/p/") for shape in state.fits if "?" not in shape]


def pick_network(request: Json, states: dict[str, KeyState], keys: Keys, rng: random.Random) -> None:
    """Either through a VPC endpoint (the three VPC keys) or not (aws:SourceIp), by R3.21."""
    if request.get("context_complete") or not any(name in states for name in NETWORK):
        return
    through = any(name in keys or states[name].state is State.PRESENT for name in VPC_KEYS)
    outside = "aws:sourceip" in keys
    if not through and not outside:
        through = rng.random() < 0.5
    for name in VPC_KEYS if through else ("aws:sourceip",):
        if name not in keys and states[name].state is not State.ABSENT:
            keys[name] = [rng.choice(values_for(request, name, states[name], keys, rng))]
    if not through:
        for name in MORE_VPC_KEYS:
            if name not in given_context(request):
                keys.pop(name, None)


def pick_time(request: Json, states: dict[str, KeyState], keys: Keys, rng: random.Random) -> None:
    """One instant for both keys."""
    if request.get("context_complete") or not any(name in states for name in TIME):
        return
    known = [moment(keys[name][0]) for name in TIME if name in keys]
    found = known or [moment(each) for name in TIME for each in candidates(request, name, keys, rng)]
    instant = rng.choice([each for each in found if each is not None])
    keys.setdefault("aws:currenttime", [written(instant)])
    keys.setdefault("aws:epochtime", [str(int(instant.timestamp()))])


def settle(request: Json, states: dict[str, KeyState], keys: Keys, rng: random.Random) -> None:
    """Repair what R3.21 forbids among the MFA keys and the organization keys, leaving known keys alone."""
    for left, right in (("aws:principalorgid", "aws:principalorgpaths"), ("aws:principalorgpaths", "aws:principalorgid")):
        if left in keys and right not in keys and left in states and states[left].state is State.DYN:
            del keys[left]
    if request.get("context_complete"):
        return
    present, age, issued = MFA
    if age in keys and keys.get(present) != ["true"]:
        if states[present].state is State.DYN and "true" in states[present].fits:
            keys[present] = ["true"]
        else:
            keys.pop(age)
    if present in keys and issued not in keys:
        if states[issued].state in {State.DYN, State.PRESENT}:
            keys[issued] = [rng.choice(values_for(request, issued, states[issued], keys, rng))]


def consistent(request: Json, keys: Keys) -> bool:
    """True if a world agrees with the key states and with R3.21. Coupling facts bind only what the context leaves open."""
    for name, state in world_of(request)[1].items():
        values = keys.get(name, [])
        if state.state is State.KNOWN and values != list(state.values):
            return False
        if (state.state is State.ABSENT and values) or (state.state is State.PRESENT and not values):
            return False
        if values and state.fits and name != "resource":
            if not all(any(glob(wildcards(shape), value) for shape in state.fits) for value in values):
                return False
    if request.get("context_complete"):
        return True
    through = [bool(keys.get(name)) for name in VPC_KEYS]
    if any(name in keys for name in NETWORK) and (len(set(through)) > 1 or through[0] == bool(keys.get("aws:sourceip"))):
        return False
    present, age, issued = (keys.get(name, []) for name in MFA)
    if (age and present != ["true"]) or (present and not issued):
        return False
    context = given_context(request)
    if "aws:principalorgid" in context or "aws:principalorgpaths" in context:
        return True
    return bool(keys.get("aws:principalorgid")) == bool(keys.get("aws:principalorgpaths"))


# -------------------------------------------------------------------------------------------------- members of sets, sessions


def resources_in_set(request: Json, keys: Keys, rng: random.Random) -> list[str]:
    """Members of the set of resources that the request asks about (R3.37)."""
    known = {name: tuple(values) for name, values in keys.items()}
    question = question_pattern(request["resource"])
    texts = resource_texts(request)
    pieces = fragments(texts) + [values[0] for name, values in keys.items() if name == "aws:username"]
    found = [filled(question, pieces, rng) for _ in range(16)]
    for text in texts:
        pattern = with_variables(text, known, multivalued=MULTIVALUED)
        if pattern is not None and text != "*":
            found += [filled(pattern, pieces, rng) for _ in range(3)]
    found += ["".join(each if isinstance(token, Wild) else token for token in question) for each in combinations(pieces)]
    members = [each for each in dict.fromkeys(found) if glob(question, each) and not each.endswith(("/", ":"))]
    members = members or [filled(question, ["x"], random.Random(2)).removesuffix("/") + "x"]
    return [each.replace("*", "${*}").replace("?", "${?}") for each in members]


def question_pattern(text: str) -> Pattern:
    pattern = with_variables(text, {}, multivalued=MULTIVALUED)
    return wildcards(literal_resource(text)) if pattern is None else pattern


@once
def session_names(request: Json) -> list[str]:
    """Session names that the policies mention, near-misses, and another one."""
    found = [text.split("/", 2)[2] for text in principal_texts(request) if ":assumed-role/" in text and text.count("/") >= 2]
    return [*found, *(f"{each}x" for each in found), "another"]
