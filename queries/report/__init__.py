"""A page about a whole snapshot that a security lead can send: one file a section."""

from __future__ import annotations

from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.model import reference
from xgraph.graph.model.principal import PrincipalKind

from ._report import Part, Report, Section, Table, Teller
from .analyzed import analyzed
from .chains import chains
from .chokes import chokes
from .exposed import exposed
from .guardrails import guardrails
from .organization import organization
from .third_parties import third_parties
from .trust_matrix import trust_matrix

SECTIONS: tuple[Part, ...] = (analyzed, organization, trust_matrix, exposed, third_parties, chains, chokes, guardrails)

__all__ = ["SECTIONS", "Report", "Section", "Table", "report_of"]


def report_of(graph: AccessGraph) -> Report:
    """The report on everything in the graph."""
    estate = graph.world.estate
    teller = Teller(graph)
    sections = []
    for done, part in enumerate(SECTIONS):
        if graph.progress:
            graph.progress("report", done, len(SECTIONS))
        sections.append(part(teller))
    kinds = [each.kind for each in graph.principals]
    summary = (
        ("accounts read", sum(account.is_collected for account in estate.accounts.values())),
        ("users", kinds.count(PrincipalKind.USER)),
        ("roles", kinds.count(PrincipalKind.ROLE)),
        ("resources", len(estate.resources)),
        ("gaps", sum(not each.outcome.is_known for each in estate.outcomes)),
    )
    return Report(f"Access report: {estate.name}", estate.snapshot_id, summary, tuple(sections), dict(reference.reference_data()))
