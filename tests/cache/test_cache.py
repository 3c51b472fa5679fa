"""The compiled cache says what the snapshot says, or nothing."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import xgraph
from tests.properties.organizations import estate_of, organization
from tests.properties.test_index_honest import differences, goals, grouped
from xgraph import cache
from xgraph.cli import main
from xgraph.graph.access.compiled import CompiledEstate, Damaged, to_tables
from xgraph.graph.access.graph import build_graph
from xgraph.graph.access.holders import holders
from xgraph.graph.access.world import ASSUME_ROLE

EXAMPLE = Path(__file__).parents[2] / "examples" / "acme" / "snapshot"
QUESTION = ("arn:aws:iam::100000000003:user/nadia", "arn:aws:s3:::acme-invoices", "s3:GetObject")


@pytest.fixture
def snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A snapshot of which even the small cache is kept."""
    monkeypatch.setenv("XGRAPH_CACHE", "on")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(cache, "_FEWEST", 0)
    shutil.copytree(EXAMPLE, tmp_path / "snapshot")
    return tmp_path / "snapshot"


def answer(snapshot: Path) -> tuple[bool, list[str]]:
    """Whether the cache was used, and the answer."""
    workspace = xgraph.load(snapshot)
    found = workspace.graph().paths(*QUESTION, show_blocked=True)
    return workspace.is_cached, [repr(item) for item in found.items]


@pytest.mark.parametrize("seed", range(25))
def test_cache_honest(seed: int) -> None:
    """What was compiled and read back gives every principal the verdict that asking about that one principal gives."""
    built = build_graph(estate_of(organization(seed)))
    tables = dict(to_tables(built))
    compiled = CompiledEstate(tables.__getitem__)
    graph = compiled.graph()

    assert tuple(graph.principals) == tuple(built.principals)
    for goal in (*goals(graph), *(graph.world.goal(p.arn, ASSUME_ROLE) for p in graph.principals if p.trust is not None)):
        assert list(differences(graph, goal, grouped(holders(graph, goal).groups))) == []


def test_estate_is_the_same(snapshot: Path) -> None:
    before = xgraph.load(snapshot)
    _ = before.graph().access.trust
    after = xgraph.load(snapshot)

    assert (before.is_cached, after.is_cached) == (False, True)
    assert dict(after.estate.principals) == dict(before.estate.principals)
    for name in before.estate.__slots__:
        if name != "principals":
            assert getattr(after.estate, name) == getattr(before.estate, name), name
    for number, principal in enumerate(before.graph().access.principals):
        index = after.graph().access.index
        assert index.by_arn[principal.arn] == number
        assert number in index.by_account[principal.account]


def test_second_question_is_answered_from_the_cache(snapshot: Path) -> None:
    first, second = answer(snapshot), answer(snapshot)

    assert first[0] is False
    assert second == (True, first[1])


@pytest.mark.parametrize("name", ["coverage.jsonl", "snapshot.json", "accounts/100000000007/iam.global.json"])
def test_changed_snapshot_makes_it_stale(snapshot: Path, name: str) -> None:
    expected = answer(snapshot)[1]
    os.utime(snapshot / name, ns=(0, 0))
    if name == "snapshot.json":
        (snapshot / name).write_bytes((snapshot / name).read_bytes() + b"\n")

    assert answer(snapshot) == (False, expected)
    assert answer(snapshot) == (True, expected)


def test_snapshot_that_was_tampered_with_is_found_by_verify(snapshot: Path) -> None:
    answer(snapshot)
    path = snapshot / "coverage.jsonl"
    times = path.stat()
    content = path.read_bytes()
    path.write_bytes(content.replace(b"1", b"2", 1))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    with pytest.raises(ValueError, match=r"coverage\.jsonl"):
        xgraph.load(snapshot, verify=True)


def file_of(snapshot: Path) -> Path:
    answer(snapshot)
    return cache.places(snapshot)[0]


def test_damaged_cache_is_never_believed(snapshot: Path) -> None:
    path = file_of(snapshot)
    whole, key = path.read_bytes(), cache.Cache(snapshot)._key()
    places = {*range(200), len(whole) - 1, *random.Random(1).sample(range(len(whole)), 300)}

    for place in sorted(places):
        for bit in (0, 3, 7):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << bit
            with pytest.raises(cache.NoCache):
                cache._read(bytes(damaged), key)
    for length in (0, 1, 14, 30, 100, len(whole) // 2, len(whole) - 1):
        with pytest.raises(cache.NoCache):
            cache._read(whole[:length], key)
    with pytest.raises(cache.NoCache):
        cache._read(whole + b"x", key)
    with pytest.raises(cache.NoCache):
        cache._read(whole, key[::-1])


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, cache.MAGIC + b"\xff" * 5000, b"{\"cos\nsystem\n(S'true'\ntR.\": 1}"])
def test_hostile_file_is_rebuilt(snapshot: Path, content: bytes) -> None:
    expected = answer(snapshot)[1]
    cache.places(snapshot)[0].write_bytes(content)

    assert answer(snapshot) == (False, expected)
    assert answer(snapshot) == (True, expected)


def test_tables_that_do_not_fit_are_refused() -> None:
    """Whoever can write right checksums still can't make xgraph step out of its tables."""
    tables = dict(to_tables(build_graph(estate_of(organization(3)))))
    numbers = [name for name in tables if name.startswith(("census/", "trust/")) and tables[name]]

    flags = {"census/is_linked", "census/allows", "census/is_opaque", "census/marks"}  # any byte is a flag, or part of a mark
    lists = {"trust/unread"}  # of any length
    accepted = []
    for name in numbers:
        changed = [] if name in flags else [b"\x7f" * len(tables[name])]
        resized = [] if name in lists else [tables[name][:-1], tables[name] * 2]
        for forged in (*changed, *resized):
            try:
                CompiledEstate({**tables, name: forged}.__getitem__).graph()
            except Damaged:
                continue
            accepted.append((name, len(forged) - len(tables[name])))
    assert accepted == []
    for name in ("rest", "lists"):
        with pytest.raises(Damaged):
            CompiledEstate({**tables, name: b"\x93\x01"}.__getitem__).graph()


def test_cache_goes_to_the_users_folder_when_the_snapshot_is_read_only(snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside, at_home = cache.places(snapshot)
    monkeypatch.setattr(
        cache, "_write", lambda path, key, tables, write=cache._write: fail(path) if path == beside else write(path, key, tables)
    )

    first = answer(snapshot)

    assert not beside.exists()
    assert at_home.is_file()
    assert answer(snapshot) == (True, first[1])


def fail(path: Path) -> None:
    raise PermissionError(13, "read-only", str(path))


def test_no_place_for_a_cache_is_no_error(snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_write", lambda path, _key, _tables: fail(path))

    assert answer(snapshot)[1] == answer(snapshot)[1]
    assert not any(path.exists() for path in cache.places(snapshot))


def test_interrupted_write_leaves_nothing(snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(self: Path, _target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        answer(snapshot)

    assert [path.name for path in snapshot.parent.iterdir() if "cache" in path.name or path.name.startswith(".xgraph")] == []


def test_cache_can_be_turned_off(snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XGRAPH_CACHE", "off")

    assert (answer(snapshot)[0], answer(snapshot)[0]) == (False, False)


def test_question_of_one_moment_does_not_use_it(snapshot: Path) -> None:
    answer(snapshot)
    graph = xgraph.load(snapshot).graph(at="2026-01-01T00:00:00Z").access

    assert "trust" not in vars(graph)


@pytest.mark.parametrize("name", ["principals/", "documents/"])
@pytest.mark.parametrize("content", [b"", b"\x90", b"\xc1 no msgpack", b"\x93\x01\x02\x03"])
def test_forged_section_found_in_the_middle_of_a_question_is_removed(snapshot: Path, name: str, content: bytes) -> None:
    """With right checksums: that a section says something else is seen when a question touches it."""
    expected = answer(snapshot)[1]
    key = cache.Cache(snapshot)._key()
    tables = {each: bytes(table) for each, table in cache.read(snapshot, key).items()}
    forged = {each: content if each.startswith(name) else table for each, table in tables.items()}
    assert cache.write(snapshot, key, list(forged.items()))

    source, target, action = QUESTION
    result = CliRunner().invoke(main, ["paths", "--snapshot", str(snapshot), "--from", source, "--to", target, "--action", action])

    assert (result.exit_code, result.stdout) == (4, "")
    assert result.stderr.startswith("xgraph: error: the compiled cache of the snapshot was damaged and has been removed")
    assert not any(path.exists() for path in cache.places(snapshot))
    assert answer(snapshot) == (False, expected)
