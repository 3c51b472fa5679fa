"""The documentation against the code: generated parts, links, commands, samples of output."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import click
import pytest

import xgraph
from xgraph.cli import main
from xgraph.cli.import_ import import_
from xgraph.graph.access import schema
from xgraph.ingest.services import SERVICES

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md")
ALL = [ROOT / name for name in PAGES] + sorted((ROOT / "docs").glob("*.md"))
NAMES = [str(page.relative_to(ROOT)) for page in ALL]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# -- generated parts


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "_generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_parts_are_current(generator: ModuleType, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--refresh-golden"):
        generator.main()
    old = [name for name in generator.PAGES if generator.renewed(read(f"docs/{name}")) != read(f"docs/{name}")]

    assert not old, f"run python docs/_generate.py: {old} differ from the code"


def test_every_generated_part_has_its_place(generator: ModuleType) -> None:
    places = re.findall(r"<!-- generated: (\w+) -->", "".join(read(f"docs/{name}") for name in generator.PAGES))

    assert sorted(places) == sorted(generator.PARTS)


def test_the_front_page_counts_the_services_that_are_collected() -> None:
    assert f" {len(SERVICES)} services [are collected]" in read("README.md")


def test_every_kind_of_import_has_its_row_and_no_other_has() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|", read("docs/importing.md").partition("\n## ")[0], re.MULTILINE)
    kinds = import_.list_commands(click.Context(import_))

    assert sorted(rows) == sorted(kinds)
    assert all(f"xgraph import {kind}" in read("docs/importing.md") + read("docs/collecting.md") for kind in kinds)


def test_the_export_holds_what_the_schema_says() -> None:
    graph = xgraph.load(ROOT / "examples/acme/snapshot").graph().to_networkx()
    nodes = {kind.name: {each.name for each in kind.attributes} for kind in schema.NODES}
    edges = {kind.name: {each.name for each in kind.attributes} for kind in schema.EDGES}

    assert [(node, data) for node, data in graph.nodes(data=True) if set(data) != nodes.get(data["kind"])] == []
    assert [(a, b, data) for a, b, data in graph.edges(data=True) if set(data) != edges.get(data["kind"])] == []


# -- numbers of rules, open points, codes, invariants


def numbers_in(pattern: str, folders: Iterable[str], suffixes: tuple[str, ...] = (".py", ".json")) -> set[str]:
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in suffixes]
    return {found for path in paths for found in re.findall(pattern, path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize(
    ("pattern", "folders"),
    [
        pytest.param(r"\bR\d+\.\d+", ("graph", "ingest", "queries", "tests/cases", "tests/reference"), id="rules"),
        pytest.param(r"\bU-\d\d", ("graph", "ingest", "queries", "tests/cases", "tests/reference"), id="open points"),
        pytest.param(r'"(L\d\d)"', ("graph",), id="problem codes"),
        pytest.param(r"INVARIANT \(([^)]+)\)", ("graph", "ingest", "queries"), id="invariants"),
    ],
)
def test_the_rules_name_everything_that_the_code_refers_to(pattern: str, folders: tuple[str, ...]) -> None:
    rules = read("docs/semantics.md")

    assert {each for each in numbers_in(pattern, folders) if not re.search(rf"{re.escape(each)}(?!\d)", rules)} == set()


# -- links


def anchors(page: Path) -> set[str]:
    headings = re.findall(
        r"^#+ (.*)$", re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(text: str) -> list[str]:
    prose = re.sub(r"^```.*?^```|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", prose)


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    broken = []
    for link in links(page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("name", NAMES)
def test_pages_named_in_the_text_exist(name: str) -> None:
    text = re.sub(r"\]\([^)]*\)", "", read(name))
    named = set(re.findall(r"(?<![\w/.-])docs/\w+\.(?:md|py)", text))

    assert {each for each in named if not (ROOT / each).exists()} == set()


def test_every_page_is_in_the_index() -> None:
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}

    assert pages <= set(links(read("docs/README.md")))


# -- commands


def commands(text: str) -> Iterator[str]:
    """Command lines in blocks, fenced or indented, and between backticks."""
    whole = text.replace("\\\n", " ")
    for block in (*re.findall(r"^```.*\n((?s:.*?))^```$", whole, re.MULTILINE), *re.findall(r"^    .*$", whole, re.MULTILINE)):
        yield from re.findall(r"^\s*(?:\$ )?(xgraph [a-z-].*)$", block, re.MULTILINE)
    yield from re.findall(r"`(xgraph [^`\n]*)`", text)


def complaint_about(line: str) -> str | None:
    """What is wrong with a command line, None when nothing is: unknown commands and options, values that no option takes."""
    words = [word for word in shlex.split(line, comments=True)[1:] if word != "…"]
    is_sketch = "…" in line or len(words) < 2
    command: click.Command = main
    context = click.Context(main, info_name="xgraph")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        if found is None:
            return f"no command `{words[0]}`"
        command, words = found, words[1:]
        context = click.Context(command, info_name=command.name, parent=context)
    if isinstance(command, click.Group) or not words:
        return None
    try:
        given, _, _ = command.make_parser(context).parse_args(list(words))
        for parameter in command.params:
            value = given.get(parameter.name or "")
            if value is None or isinstance(parameter.type, click.Path):
                continue
            for each in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(each, str) and not each.isupper():
                    parameter.type.convert(each, parameter, context)
    except click.UsageError as error:
        return error.format_message()
    missing = [each.name for each in command.params if isinstance(each, click.Option) and each.required and each.name not in given]
    return f"`{missing[0]}` is missing" if missing and not is_sketch else None


@pytest.mark.parametrize("name", NAMES)
def test_commands_parse(name: str) -> None:
    wrong = {line: said for line in commands(read(name)) if (said := complaint_about(line))}

    assert wrong == {}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("xgraph pahts --from any", "no command `pahts`"),
        ("xgraph paths --form any --to x", "No such option"),
        ("xgraph paths --from any --to x --format jsno", "is not one of"),
        ("xgraph paths --from any --action s3:GetObject", "`target` is missing"),
        ("xgraph import gaad a.json --out", "requires an argument"),
    ],
)
def test_wrong_commands_are_found(line: str, said: str) -> None:
    assert said in (complaint_about(line) or "")


# -- samples of output


@dataclass(frozen=True)
class Sample:
    """A block of a page with what stands below the command, or below the code that prints it."""

    page: str
    source: str
    shown: str
    start: int
    end: int


def samples() -> Iterator[Sample]:
    for name in NAMES:
        text = read(name)
        for found in re.finditer(r"^```console\n(\$ (?:.*\\\n)*.*\n)((?s:.*?))^```$", text, re.MULTILINE):
            yield Sample(name, found[1].removeprefix("$ ").replace("\\\n", " "), found[2], found.start(2), found.end(2))
        for found in re.finditer(r"^```python\n((?s:.*?))^```\n\nprints\n\n```text\n((?s:.*?))^```$", text, re.MULTILINE):
            yield Sample(name, found[1], found[2], found.start(2), found.end(2))


def output_of(sample: Sample) -> str:
    words = shlex.split(sample.source)[1:] if sample.source.startswith("xgraph ") else []
    command = [sys.executable, "-m", "xgraph", *words] if words else [sys.executable, "-c", sample.source]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True, encoding="utf-8")
    return "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())


def test_samples_show_the_real_output(request: pytest.FixtureRequest) -> None:
    found = list(samples())
    real = {sample: output_of(sample) for sample in found}
    if request.config.getoption("--refresh-golden"):
        for sample in reversed(found):
            text = read(sample.page)
            (ROOT / sample.page).write_text(text[: sample.start] + real[sample] + text[sample.end :], encoding="utf-8")
        return

    assert {sample.page for sample in found} >= {"README.md"}
    assert [(sample.source, sample.shown) for sample in found] == [(sample.source, real[sample]) for sample in found]


def python_blocks(name: str) -> list[str]:
    return re.findall(r"^```python\n((?s:.*?))^```$", read(name), re.MULTILINE)


@pytest.mark.parametrize("name", ["README.md", "docs/graph.md"])
def test_python_examples_run(name: str) -> None:
    blocks = python_blocks(name)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    assert blocks
    for block in blocks:
        subprocess.run([sys.executable, "-W", "error:::xgraph", "-c", block], cwd=ROOT, env=environment, check=True, capture_output=True)
