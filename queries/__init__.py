"""The questions, listed by hand; each is a file of this folder that holds a `QUERY`. Modules are imported when they are asked for."""

from __future__ import annotations

from ._listing import Listing

QUERIES: tuple[Listing, ...] = (
    Listing("paths", "path_between", "Every chain of access from one place to another."),
    Listing("simulate", "simulate", "Whether one principal may do one thing, and why."),
    Listing("explain", "explain", "Why or why not, hop by hop, and what is missing."),
    Listing("who-can", "who_can", "Who may do something to a resource, now or through chains."),
    Listing("what-can", "what_can", "What one principal may do, directly or through chains."),
    Listing("blast-radius", "blast_radius", "All that one principal can become and touch."),
    Listing("exposure", "exposure", "What strangers, vendors, subjects and services can reach."),
    Listing("chokepoints", "chokepoints", "The hops that hold chains together, and the fewest to cut."),
    Listing("find", "find", "Principals, resources and accounts by a part of their name."),
)

__all__ = ["QUERIES", "Listing"]
