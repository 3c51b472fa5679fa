"""A real Neo4j Community server for tests, from its published Maven artifacts, on a free loopback port with authentication on.

Jars and compiled launcher are kept under `~/.cache/xgraph-tests` (or `XGRAPH_TEST_CACHE`). The server ends when this process does, since
its standard input does.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import neo4j

HERE = Path(__file__).parent / "server"
LTS = "5.26.30"  # runs on Java 17 and 21
NEWEST = "2026.08.1"  # needs Java 21
CACHE = Path(os.environ.get("XGRAPH_TEST_CACHE", Path.home() / ".cache" / "xgraph-tests"))
PASSWORD = "a-password-for-tests"
OPENED = ("java.base/java.nio", "java.base/java.io", "java.base/sun.nio.ch", "java.base/java.lang")


class NoServer(RuntimeError):
    """The server could not be fetched or started."""


def java_homes() -> dict[int, Path]:
    """Installed JDKs by version: JAVA_HOME, /usr/lib/jvm, and the one on the PATH."""
    on_path = shutil.which("javac")
    places = [Path(os.environ["JAVA_HOME"])] if "JAVA_HOME" in os.environ else []
    places += sorted(Path("/usr/lib/jvm").glob("*")) + ([Path(on_path).resolve().parents[1]] if on_path else [])
    found: dict[int, Path] = {}
    for home in places:
        if (home / "bin" / "javac").is_file():
            text = subprocess.run([home / "bin" / "javac", "-version"], capture_output=True, text=True, check=False)
            version = re.search(r"javac (\d+)", text.stdout + text.stderr)
            if version:
                found.setdefault(int(version[1]), home)
    return found


def java_for(version: str) -> Path:
    """A JDK that the Neo4j version runs on."""
    wanted = (17, 21) if version.startswith("5.") else (21, 25)
    homes = java_homes()
    for number in sorted(homes):
        if number in wanted:
            return homes[number]
    raise NoServer(f"Neo4j {version} needs a JDK {' or '.join(map(str, wanted))}; there are {sorted(homes) or 'none'}")


def class_path(version: str, home: Path) -> str:
    """The class path with the compiled launcher, fetched by Maven the first time."""
    sources = (HERE / "pom.xml").read_bytes() + (HERE / "Server.java").read_bytes() + str(home).encode()
    place = CACHE / f"neo4j-{version}-{hashlib.sha256(sources).hexdigest()[:12]}"
    done = place / "class-path"
    if not done.is_file() or not all(Path(jar).is_file() for jar in done.read_text().split(os.pathsep)[1:3]):
        maven = shutil.which("mvn")
        if maven is None:
            raise NoServer("Maven is not installed (Debian and Ubuntu: apt-get install maven)")
        place.mkdir(parents=True, exist_ok=True)
        jars = place / f"jars-{os.getpid()}"
        _run(
            [maven, "-q", "-B", "-f", str(HERE / "pom.xml"), f"-Dneo4j.version={version}", f"-Dmdep.outputFile={jars}",
             "dependency:build-classpath"], {"JAVA_HOME": str(home)},
        )  # fmt: skip
        classes = place / f"classes-{os.getpid()}"
        _run([str(home / "bin" / "javac"), "-cp", jars.read_text().strip(), "-d", str(classes), str(HERE / "Server.java")], {})
        draft = place / f"class-path-{os.getpid()}"
        draft.write_text(os.pathsep.join([str(classes), jars.read_text().strip()]))
        draft.replace(done)
    return done.read_text()


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=540, check=False)
    if done.returncode:
        raise NoServer(f"`{' '.join(command[:6])}` failed: {(done.stdout + done.stderr)[-2000:]}")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Neo4jServer:
    """A server over the data in `folder`; kill it and start it again as you like."""

    folder: Path
    version: str = LTS
    settings: dict[str, str] = field(default_factory=dict)
    heap: str = "512m"
    java: tuple[str, ...] = ("-XX:+UseSerialGC",)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    @property
    def uri(self) -> str:
        return f"bolt://127.0.0.1:{self.port}"

    def options(self) -> list[str]:
        """How Java is called, up to the main class."""
        home = java_for(self.version)
        opens = [f"--add-opens={package}=ALL-UNNAMED" for package in OPENED]
        memory = [f"-Xmx{self.heap}", *self.java, "-Dio.netty.tryReflectionSetAccessible=true"]
        return [str(home / "bin" / "java"), *memory, *opens, "-cp", class_path(self.version, home)]

    def configuration(self) -> Path:
        settings = {
            "server.bolt.enabled": "true",
            "server.bolt.listen_address": f"127.0.0.1:{self.port}",
            "dbms.security.auth_enabled": "true",
            "dbms.security.auth_minimum_password_length": "8",
            "dbms.usage_report.enabled": "false",
            "server.memory.pagecache.size": "64m",
            "dbms.security.allow_csv_import_from_file_urls": "true",
            "server.directories.import": str(self.folder / "import"),
            **self.settings,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "import").mkdir(exist_ok=True)
        place = self.folder / "xgraph-test.conf"
        place.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        return place

    def start(self) -> Neo4jServer:
        """Start and wait until it is ready; the first time the password is set."""
        log = self.folder / "out.txt"
        command = [*self.options(), "Server", str(self.folder), str(self.configuration())]
        with log.open("a") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("READY"):
                break
        else:
            raise NoServer(f"Neo4j {self.version} did not start: {log.read_text()[-3000:]}")
        mark = self.folder / "password-is-set"
        if not mark.exists():
            with neo4j.GraphDatabase.driver(self.uri, auth=("neo4j", "neo4j")) as driver:
                driver.execute_query("ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $new", new=PASSWORD, database_="system")
            mark.touch()
        return self

    def kill(self) -> None:
        """End it at once, as a crash does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """Shut down in order."""
        if self.process is not None and self.process.poll() is None and self.process.stdin is not None:
            self.process.stdin.close()
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.kill()
