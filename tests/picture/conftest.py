"""A real browser that opens pages from disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--window-size=1500,850", "--force-device-scale-factor=1",
)  # fmt: skip


class Page:
    """A page in the browser, and what it did."""

    def __init__(self, driver: webdriver.Chrome, path: Path) -> None:
        self.driver = driver
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._log("browser")
        self._log("performance")
        driver.get(path.as_uri())
        self.wait(lambda: self.js("return document.documentElement.dataset.ready") == "1")

    def _log(self, kind: str) -> list[dict[str, Any]]:
        """What the browser noted since this was last asked."""
        entries: list[dict[str, Any]] = self.driver.get_log(kind)  # type: ignore[no-untyped-call]
        return entries

    def js(self, script: str, *arguments: object) -> Any:
        return self.driver.execute_script(script, *arguments)

    def wait(self, holds: Callable[[], object]) -> None:
        WebDriverWait(self.driver, 30, poll_frequency=0.05).until(lambda _: holds())

    def is_clean(self) -> bool:
        """No error on the console, and nothing asked for but the page itself."""
        self.complaints += [entry["message"] for entry in self._log("browser") if entry["level"] in ("SEVERE", "WARNING")]
        for entry in self._log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
        outside = [url for url in self.requests if not url.startswith(("file:", "data:", "blob:"))]
        assert not self.complaints
        assert not outside
        return True


@pytest.fixture(scope="session")
def browser() -> Iterator[webdriver.Chrome]:
    driver_path, binary = shutil.which("chromedriver"), shutil.which("chromium") or shutil.which("google-chrome")
    if driver_path is None or binary is None:
        pytest.fail("pictures are tested in Chromium: install it with its driver (Debian: apt-get install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in _FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(driver_path))
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser: webdriver.Chrome, tmp_path: Path) -> Callable[[str], Page]:
    """Opens a page's text from disk."""

    def open_page(text: str) -> Page:
        path = tmp_path / "page.html"
        path.write_text(text, encoding="utf-8")
        return Page(browser, path)

    return open_page
