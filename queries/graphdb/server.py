"""A Neo4j server: how to reach it, and what its errors mean."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neo4j import Driver

OLDEST = (5, 0)
logging.getLogger("neo4j").addHandler(logging.NullHandler())  # else the driver tells of each retry on standard error


class DatabaseError(Exception):
    """The database did not do its part; the message says what, where and what to do."""


class WrongInput(ValueError):
    """What the user gave does not fit: a parameter, a query's name, an address."""


@dataclass(frozen=True, slots=True)
class Server:
    """An address and how to log in. `user` None: without authentication. `database` None: the user's default one."""

    uri: str
    user: str | None = None
    password: str = ""
    database: str | None = None

    def __repr__(self) -> str:
        return f"Server({self.uri!r}, {self.user!r}, database={self.database!r})"  # never the password


@contextmanager
def connected(server: Server) -> Iterator[Driver]:
    """A driver whose server answers and is new enough. Raises DatabaseError, WrongInput."""
    try:
        import neo4j  # noqa: PLC0415  an extra, and slow to import
    except ImportError as error:
        raise DatabaseError("the Neo4j driver is not installed: pip install 'xgraph-aws[neo4j]'") from error
    auth = (server.user, server.password) if server.user is not None else None
    try:
        driver = neo4j.GraphDatabase.driver(
            server.uri,
            auth=auth,
            user_agent="xgraph",
            connection_timeout=15,
            max_transaction_retry_time=30,
            notifications_min_severity="OFF",
        )
    except (neo4j.exceptions.ConfigurationError, ValueError) as error:
        raise WrongInput(f"`{server.uri}` is no address of a Neo4j server such as bolt://localhost:7687: {_first_line(error)}") from error
    with driver, translated(server):
        check_version(server, driver.get_server_info().agent, OLDEST)
        yield driver


def check_version(server: Server, agent: str, oldest: tuple[int, ...], who: str = "xgraph needs") -> None:
    """Whether a server that calls itself `agent` is new enough. Raises DatabaseError with the version that would be."""
    if version_of(agent) < oldest:
        raise DatabaseError(f"`{server.uri}` is {agent}; {who} Neo4j {'.'.join(map(str, oldest))} or newer")


def version_of(agent: str) -> tuple[int, ...]:
    """`Neo4j/5.26.30` → (5, 26, 30); what can't be read counts as new."""
    numbers = agent.rpartition("/")[2].split("-")[0].split(".")
    try:
        return tuple(int(number) for number in numbers)
    except ValueError:
        return (9999,)


@contextmanager
def translated(server: Server) -> Iterator[None]:
    """The driver's errors as DatabaseError, each one sentence."""
    from neo4j import exceptions  # noqa: PLC0415  an extra

    try:
        yield
    except exceptions.AuthError as error:
        raise DatabaseError(f"`{server.uri}` refuses user `{server.user}`: wrong user or password") from error
    except exceptions.ServiceUnavailable as error:
        hint = "; start it, or name another one with `--uri`; a load that was cut goes on where it stopped when it is run again"
        raise DatabaseError(f"no Neo4j server answers at `{server.uri}`{hint}") from error
    except exceptions.SessionExpired as error:
        raise DatabaseError(f"the connection to `{server.uri}` was lost; run the command again and it goes on where it stopped") from error
    except exceptions.Neo4jError as error:
        raise DatabaseError(sentence_of(error, server)) from error
    except exceptions.DriverError as error:
        raise DatabaseError(f"`{server.uri}`: {_first_line(error)}") from error


def sentence_of(error: Any, server: Server) -> str:
    """What an error code of the server means for the user."""
    code = error.code or ""
    for part, text in _CODES.items():
        if part in code:
            return f"`{server.uri}` {text.format(database=server.database or 'the default database')}"
    return f"`{server.uri}` answered {code}: {_first_line(error.message or error)}"


_CODES = {
    "CredentialsExpired": "wants the password changed first: `ALTER CURRENT USER SET PASSWORD FROM … TO …` in Neo4j Browser",
    "DatabaseNotFound": "has no database {database}; name one with `--database`",
    "ReadOnly": "holds {database} read-only: allow writing, or name another one with `--database`",
    "MemoryPoolOutOfMemoryError": (
        "is out of memory for one transaction: raise `dbms.memory.transaction.total.max`, load with a smaller `--batch`, or ask for fewer hops"
    ),
    "OutOfMemoryError": "is out of memory: give it more heap (`server.memory.heap.max_size`), or ask for fewer hops",
    "StackOverFlowError": "is out of memory: give it more heap (`server.memory.heap.max_size`), or ask for fewer hops",
    "TransactionTimedOut": "stopped the query at its time limit (`db.transaction.timeout`): ask for fewer hops",
    "Forbidden": "does not allow this user to do that: it needs the rights to read, write and make constraints",
}


def _first_line(error: object) -> str:
    text = str(error).strip().splitlines()
    return text[0].rstrip(".") if text else type(error).__name__
