"""What each kind of node looks like: an outline and a sign, as SVG paths that browsers and SVG files draw alike."""

from __future__ import annotations

from typing import Final

WIDTH: Final = 224
HEIGHT: Final = 54

# Signs on a field of 24 by 24, drawn as strokes.
GLYPHS: Final = {
    "user": "M12 12a4 4 0 1 0 0-8a4 4 0 0 0 0 8M4 21c0-4.5 3.6-7 8-7s8 2.5 8 7",
    "group": "M9 11a3.5 3.5 0 1 0 0-7a3.5 3.5 0 0 0 0 7M2 20c0-4 3-6 7-6s7 2 7 6M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5c2.5.7 4 2.6 4 5.500",
    "role": "M4 7c3 1.500 5.500 1 8-1c2.500 2 5 2.500 8 1c0 7-2.500 11.500-8 14c-5.500-2.500-8-7-8-14ZM9 12.500l2.200 2.200L15.500 10.500",
    "root": "M4 18h16M4 18L3 8l5 4l4-7l4 7l5-4l-1 10",
    "session": "M4 12a8 8 0 1 0 8-8M12 8v4l3 2M4 4v4h4",
    "service": "M12 9a3 3 0 1 0 0 6a3 3 0 0 0 0-6M12 3v3M12 18v3M3 12h3M18 12h3M5.600 5.600l2.200 2.200M16.200 16.200l2.200 2.200M18.400 5.600l-2.200 2.200M7.800 16.200l-2.200 2.200",
    "account": "M5 21V5l8-2v18M13 9h6v12M3 21h18M8 8h2M8 12h2M8 16h2M16 13h.500M16 17h.500",
    "everyone": "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M3 12h18M12 3c3 3 4 6 4 9s-1 6-4 9c-3-3-4-6-4-9s1-6 4-9",
    "provider": "M14 10a5 5 0 1 0-3.500 4.800L13 17h2v2h2v2h4v-3.500l-7-7M8 9h.010",
    "compute": "M6 6h12v12H6ZM9 9h6v6H9ZM9 3v3M15 3v3M9 18v3M15 18v3M3 9h3M3 15h3M18 9h3M18 15h3",
    "bucket": "M4 6c0 4 16 4 16 0s-16-4-16 0l2 13c0 3 12 3 12 0l2-13",
    "queue": "M3 8h4v8H3ZM10 8h4v8h-4ZM17 8h4v8h-4ZM7 12h3M14 12h3",
    "topic": "M4 10v4h3l8 5V5L7 10H4M18 9c1.500 1.800 1.500 4.200 0 6",
    "table": "M4 5h16v14H4ZM4 10h16M4 14.500h16M10 5v14",
    "key": "M8 8a4.500 4.500 0 1 0 3.800 6.800L14 13h2v-2h2V9h3V5h-4l-5.800 5.800A4.500 4.500 0 0 0 8 8",
    "function": "M5 4h5l7 16h3M11 11L5 20",
    "secret": "M5 11h14v9H5ZM8 11V8a4 4 0 0 1 8 0v3M12 15v2",
    "folder": "M3 6h6l2 2h10v11H3Z",
    "many": "M4 8h12v12H4ZM8 8V4h12v12h-4",
    "resource": "M12 3l8 4.500v9L12 21l-8-4.500v-9ZM4 7.500l8 4.500l8-4.500M12 12v9",
}

_KINDS = {
    "user": "user", "group": "group", "role": "role", "root": "root", "session": "session", "service": "service",
    "account": "account", "external-account": "account", "ou": "folder", "org": "folder",
    "anonymous": "everyone", "any-aws-principal": "everyone", "canonical": "account",
    "oidc": "provider", "saml": "provider", "idc-user": "user", "idc-group": "group", "compute": "compute",
}  # fmt: skip
_SERVICES = {
    "s3": "bucket", "sqs": "queue", "sns": "topic", "dynamodb": "table", "kms": "key", "lambda": "function",
    "secretsmanager": "secret", "ec2": "compute", "ecs": "compute",
}  # fmt: skip
_OUTLINES = {"user": "pill", "group": "pill", "service": "octagon", "account": "house", "everyone": "octagon", "provider": "octagon"}
_PRINCIPALS = frozenset({"role", "root", "session", "compute"})


def glyph_of(kind: str, service: str | None) -> str:
    """The sign for a node of this kind; for a resource, that of its service."""
    return _KINDS.get(kind) or _SERVICES.get(service or "", "resource")


def outline_of(glyph: str) -> str:
    """Which outline goes with a sign: each class of node has its own, so that shape tells as much as colour."""
    return _OUTLINES.get(glyph) or ("round" if glyph in _PRINCIPALS else "box")


def _outlines() -> dict[str, str]:
    right, low = WIDTH / 2, HEIGHT / 2
    left, top = -right, -low

    def rounded(radius: float) -> str:
        arc = f"a{radius} {radius} 0 0 1"
        return (
            f"M{left + radius} {top}H{right - radius}{arc} {radius} {radius}V{low - radius}{arc} {-radius} {radius}"
            f"H{left + radius}{arc} {-radius} {-radius}V{top + radius}{arc} {radius} {-radius}Z"
        )

    cut = 14
    octagon = f"M{left + cut} {top}H{right - cut}L{right} {top + cut}V{low - cut}L{right - cut} {low}H{left + cut}L{left} {low - cut}V{top + cut}Z"
    house = f"M{left} {top + cut}L{left + cut} {top}H{right - cut}L{right} {top + cut}V{low}H{left}Z"
    return {"pill": rounded(low), "round": rounded(12), "box": rounded(2), "octagon": octagon, "house": house}


OUTLINES: Final = _outlines()
