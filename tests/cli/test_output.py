"""`-o FILE`: whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from xgraph.cli._errors import BadInput
from xgraph.cli._output import check, opened


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with opened(str(tmp_path / "answer")) as stream:
            stream.write("whole\ud800\n")
    finally:
        os.umask(before)

    assert (tmp_path / "answer").read_text(encoding="utf-8") == "whole\\ud800\n"
    assert (tmp_path / "answer").stat().st_mode & 0o777 == 0o640


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    old = tmp_path / "answer"
    old.write_text("old", encoding="utf-8")

    with pytest.raises(ZeroDivisionError), opened(str(old)) as stream:
        print("half", 1 / 0, file=stream)

    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [("answer", "old")]


def test_links_stay_links_and_modes_stay(tmp_path: Path) -> None:
    old = tmp_path / "answer"
    old.write_text("old", encoding="utf-8")
    old.chmod(0o600)
    link = tmp_path / "link"
    link.symlink_to(old)

    with opened(str(link)) as stream:
        stream.write("new")

    assert link.is_symlink()
    assert old.read_text(encoding="utf-8") == "new"
    assert old.stat().st_mode & 0o777 == 0o600


def test_a_device_is_written_to_and_stays_a_device() -> None:
    with opened(os.devnull) as stream:
        stream.write("gone")

    assert Path(os.devnull).is_char_device()


def test_a_place_that_takes_no_file_is_refused_early(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none" / "answer"):
        with pytest.raises(BadInput):
            check(str(place))
