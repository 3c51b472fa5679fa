"""Colours that people with any colour vision tell apart, on light and on dark ground."""

from __future__ import annotations

from typing import Final

# Okabe and Ito's set and four more of the same kind; after them the label alone tells accounts apart.
ACCOUNTS: Final = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a7300", "#56b4e9", "#7a5ac8", "#b04a5a", "#3c7d7d", "#6b6b6b",
)  # fmt: skip
NOBODY: Final = "#7b8794"

LIGHT: Final = {
    "ground": "#fbfcfd", "ink": "#16202c", "soft": "#5b6876", "card": "#ffffff", "rule": "#d5dce4",
    "allowed": "#1d6fb8", "conditional": "#a65a00", "blocked": "#c4162a",
}  # fmt: skip
DARK: Final = {
    "ground": "#10161d", "ink": "#e8eef4", "soft": "#9fb0c0", "card": "#1b2530", "rule": "#33414f",
    "allowed": "#62b0f0", "conditional": "#f0a948", "blocked": "#ff6b74",
}  # fmt: skip


def colours_of(accounts: list[str]) -> dict[str, str]:
    """A colour for each account, in order."""
    return {account: ACCOUNTS[number % len(ACCOUNTS)] for number, account in enumerate(accounts)}
