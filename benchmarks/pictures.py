"""Measures pictures of 40, 300 and 5,000 nodes in a real browser, and a picture of a large organization and the report on it.

    python benchmarks/pictures.py [--report 200x300] [--out benchmarks/PICTURES.md]

Goals: a picture of 40, 300 and 5,000 nodes stands after 2, 3 and 5 seconds, making and opening taken together. Making is processor time of one
thread; opening is what a person waits, from the request to the drawn page, in headless Chromium with software rendering.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.webdriver import WebDriver

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from run import Size, generated  # noqa: E402

import xgraph  # noqa: E402
from xgraph.queries._query import Answer  # noqa: E402
from xgraph.queries.picture.page import html_of  # noqa: E402
from xgraph.queries.picture.scene import scene_of  # noqa: E402
from xgraph.queries.picture.svg import svg_of  # noqa: E402
from xgraph.queries.report import Report, report_of  # noqa: E402
from xgraph.queries.report.page import write_html  # noqa: E402

T = TypeVar("T")
GOALS = {40: 2, 300: 3, 5_000: 5}


def main() -> int:
    parser = argparse.ArgumentParser(description="measures pictures and the report")
    parser.add_argument("--report", default="200x300", help="accounts x principals of the organization that is reported on")
    parser.add_argument("--out", help="write the tables here too")
    options = parser.parse_args()
    driver = _browser()
    text = f"# Pictures and the report\n\nWritten by `make bench`.\n\n{pictures(driver)}\n\n{large(options.report, driver)}\n"
    driver.quit()
    print(text)
    if options.out:
        Path(options.out).write_text(text, encoding="utf-8")
    return 0


def pictures(driver: WebDriver) -> str:
    """Made-up pictures by their number of nodes."""
    from tests.picture.made import crowd

    html_of(scene_of(crowd(10)))  # imports are not what is measured
    lines = ["| nodes | page made | page opened | goal for both | page | SVG made | SVG |", "|---:|---:|---:|---:|---:|---:|---:|"]
    for nodes, goal in GOALS.items():
        made, page = _timed(lambda nodes=nodes: html_of(scene_of(crowd(nodes))))
        drawn, picture = _timed(lambda nodes=nodes: svg_of(scene_of(crowd(nodes))))
        cells = (f"{nodes:,}", f"{made:.2f} s", f"{_opened(driver, page):.2f} s", f"{goal} s", _size(len(page)))
        lines.append(f"| {' | '.join(cells)} | {drawn:.2f} s | {_size(len(picture))} |")
    return "\n".join(lines)


def large(size: str, driver: WebDriver) -> str:
    """One organization: everybody's ways to the target of its first planted chain as a picture, then the report on all of it."""
    folder = generated(Size(*map(int, size.split("x"))), 1)
    target = json.loads((folder / "truth.json").read_text(encoding="utf-8"))[0]["target"]
    graph = xgraph.load(folder / "snapshot").graph()
    asked, answer = _timed(lambda: _read(graph.paths("any", target["resource"], target["action"], limit=1000)))
    made, page = _timed(lambda: html_of(scene_of(answer)))
    told, report = _timed(lambda: _written(report_of(graph.access)))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    head = "| organization | principals | question, with reading the cache | chains | its picture | opened | page | report | page | peak memory |"
    cells = [size, f"{len(graph.access.principals):,}", f"{asked:.1f} s", f"{len(list(answer.items)):,}", f"{made:.2f} s"]
    cells += [f"{_opened(driver, page):.2f} s", _size(len(page)), f"{told:.1f} s", _size(len(report)), _size(memory)]
    return f"{head}\n|{'---|' * len(cells)}\n| {' | '.join(cells)} |"


def _read(answer: Answer) -> Answer:
    for _ in answer.items:
        pass
    return answer


def _written(report: Report) -> str:
    page = io.StringIO()
    write_html(report, page)
    return page.getvalue()


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds of processor time, and what came of it."""
    began = time.process_time()
    found = work()
    return time.process_time() - began, found


def _browser() -> WebDriver:
    flags = webdriver.ChromeOptions()
    flags.binary_location = shutil.which("chromium") or "chromium"
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1500,850"):
        flags.add_argument(flag)
    return webdriver.Chrome(options=flags, service=Service(shutil.which("chromedriver")))


def _opened(driver: WebDriver, page: str) -> float:
    """Seconds from the request to the drawn page."""
    with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as file:
        file.write(page)
        file.flush()
        began = time.monotonic()
        driver.get(Path(file.name).as_uri())
        while driver.execute_script("return document.documentElement.dataset.ready") != "1":
            time.sleep(0.01)
        return time.monotonic() - began


def _size(count: float) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


if __name__ == "__main__":
    sys.exit(main())
