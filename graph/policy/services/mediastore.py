"""MediaStore: the policy of a container speaks for its folders and objects.

Source: AWS Elemental MediaStore User Guide, "Container policies".
"""

from __future__ import annotations

from ._rules import Rules

_CONTAINER = ":container/"


def _container_of(arn: str) -> str:
    """The container that a folder or an object is in."""
    head, mark, rest = arn.partition(_CONTAINER)
    return f"{head}{mark}{rest.partition('/')[0]}" if mark else arn


MEDIASTORE = Rules("mediastore", holder=_container_of, description="the policy of a container speaks for its folders and objects")
