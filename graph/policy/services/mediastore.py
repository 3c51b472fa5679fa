"""MediaStore: the policy of a container speaks for its folders and objects.

Source: AWS Elemental MediaStore User Guide, "Container policies".
"""

from __future__ import annotations

from ._rules import Rules, named_after

MEDIASTORE = Rules(
    "mediastore", holder=named_after(":container/"), description="the policy of a container speaks for its folders and objects"
)
