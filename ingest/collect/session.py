"""Credentials: who asks, and as whom in which account."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver, RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ProfileNotFound
from botocore.loaders import create_loader
from botocore.utils import parse_timestamp

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.collect.outcome import DENIED, describe
from xgraph.ingest.collect.retry import EXPIRED, Patience, Retries, refuse_cut
from xgraph.ingest.snapshot.tally import NOT_ENTERED

_FALLBACK_REGION = "us-east-1"  # where partition-wide services answer when nobody has configured a region
_MOST_CONNECTIONS = 32
_LOADER = create_loader()  # reads each service's model once, however many accounts there are
_SESSION_NAME = "xgraph"  # constant: it is part of the messages of denied calls


class CollectError(Exception):
    """Nothing can be collected: AWS, the network or the credentials don't do their part. One sentence."""


class UsageError(ValueError):
    """What was asked for can't be done. One sentence."""


class NoAccess(Exception):
    """Why no credentials were to be had for an account: an outcome for the manifest."""

    def __init__(self, outcome: Outcome, error: str) -> None:
        super().__init__(error)
        self.outcome = outcome
        self.error = error


class Expired(BotoCoreError):  # type: ignore[misc]  # botocore has no types
    """The caller's credentials have come to their end: nobody can go on."""

    fmt = "the credentials have expired: {reason}"

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose credentials we were given."""

    account: str
    arn: str
    partition: str


class Entered:
    """An account that we are in: a session, and the role by which we came, "" in the caller's own account."""

    def __init__(self, session: boto3.Session, role: str = "", renew: Callable[[], bool] = lambda: False) -> None:
        self.session = session
        self.role = role
        self.renew = renew


class _RoleCredentials(RefreshableCredentials):  # type: ignore[misc]  # botocore has no types
    """Credentials of a role, renewed before their hour ends, and when AWS has called them expired."""

    is_rejected = False

    def refresh_needed(self, refresh_in: int | None = None) -> bool:
        return self.is_rejected or bool(super().refresh_needed(refresh_in))


class _Provider(CredentialProvider):  # type: ignore[misc]  # botocore has no types
    """Hands a session the credentials that were made for it."""

    METHOD = "xgraph-assume-role"

    def __init__(self, credentials: _RoleCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> _RoleCredentials:
        return self._credentials


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach AWS. `role_names` are tried in order in every account but the caller's; a name may have a path.

    `now`: the clock by which sessions of roles are renewed, a quarter of an hour before they end.
    """

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    role_names: tuple[str, ...] = ()
    external_id: str | None = None
    patience: Patience = field(default_factory=Patience)
    read_timeout: float = 60
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _sessions: dict[str, boto3.Session] = field(default_factory=dict, repr=False)
    _making_clients: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def own(self) -> Entered:
        """The session of the caller.

        Raises UsageError for a profile that nobody has configured.
        """
        if "" not in self._sessions:
            try:
                self._sessions[""] = boto3.Session(profile_name=self.profile, region_name=self.region)
            except ProfileNotFound:
                raise UsageError(f"there is no AWS profile `{self.profile}`") from None
        return Entered(self._sessions[""])

    def caller(self) -> Caller:
        """Raises CollectError when AWS does not know us."""
        own = self.own()
        try:
            answer = self.client(own, "sts").get_caller_identity()
        except NoCredentialsError:
            raise CollectError("there are no AWS credentials: choose a profile with --profile, or sign in as for the AWS CLI") from None
        except (BotoCoreError, ClientError) as error:
            raise CollectError(f"AWS does not say who we are: {describe(error)}") from None
        except ValueError:
            raise UsageError(f"`{self.endpoint_url}` is not the URL of an endpoint") from None
        arn = parse_arn(answer["Arn"])
        return Caller(answer["Account"], answer["Arn"], arn.partition if arn else "aws")

    def enter(self, account: str, caller: Caller) -> Entered:
        """A session in `account`: ours if it is our own, else one with the first of the roles that can be assumed.

        Raises NoAccess with the reason of every role when none can, and Expired when our own credentials are.
        """
        if account == caller.account:
            return self.own()
        reasons: list[NoAccess] = []
        for name in self.role_names:
            arn = f"arn:{caller.partition}:iam::{account}:role/{name}"
            try:
                first = self._assume(arn)
            except Expired:
                raise
            except (BotoCoreError, ClientError) as error:
                code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
                reasons.append(NoAccess(Outcome.DENIED if code in DENIED else Outcome.FAILED, f"{NOT_ENTERED}{name}`: {describe(error)}"))
                continue
            return self._entered(arn, name, first)
        raise _together(reasons)

    def _assume(self, role: str) -> Mapping[str, str]:
        """Credentials as botocore renews them. Raises Expired when our own are."""
        extra = {"ExternalId": self.external_id} if self.external_id else {}
        try:
            made = self.client(self.own(), "sts").assume_role(RoleArn=role, RoleSessionName=_SESSION_NAME, **extra)["Credentials"]
        except ClientError as error:
            if error.response["Error"]["Code"] in EXPIRED:
                raise Expired(describe(error)) from None
            raise
        expiry = made["Expiration"]
        return {
            "access_key": made["AccessKeyId"],
            "secret_key": made["SecretAccessKey"],
            "token": made["SessionToken"],
            "expiry_time": expiry.isoformat() if isinstance(expiry, datetime) else str(expiry),
        }

    def _entered(self, role: str, name: str, first: Mapping[str, str]) -> Entered:
        def again() -> Mapping[str, str]:
            made = self._assume(role)
            credentials.is_rejected = False
            return made

        credentials = _RoleCredentials(
            first["access_key"], first["secret_key"], first["token"], parse_timestamp(first["expiry_time"]), again, "assume-role", self.now
        )
        inner = botocore.session.Session()
        inner.register_component("data_loader", _LOADER)
        inner.register_component("credential_provider", CredentialResolver([_Provider(credentials)]))

        def renew() -> bool:
            credentials.is_rejected = True
            return True

        return Entered(boto3.Session(botocore_session=inner, region_name=self.own().session.region_name), name, renew)

    def client(self, entered: Entered, service: str, region: str | None = None) -> Any:
        """A client that makes calls again as `patience` says."""
        custom: dict[str, Any] = {"s3": {"addressing_style": "path"}} if self.endpoint_url else {}
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 1},
            connect_timeout=10,
            read_timeout=self.read_timeout,
            user_agent_extra="xgraph",
            max_pool_connections=_MOST_CONNECTIONS,
            **custom,
        )
        where = region or entered.session.region_name or _FALLBACK_REGION
        with self._making_clients:  # a client may be shared between threads, making one may not
            client = entered.session.client(service, region_name=where, endpoint_url=self.endpoint_url, config=config)
        retries = Retries(self.patience, entered.renew)
        events = client.meta.events
        events.register_first("needs-retry", retries)
        events.register("before-send", retries.pace.wait)
        events.register("after-call", refuse_cut)
        if self.endpoint_url:
            events.register("before-sign.s3-control", self._without_account_in_host)
        return client

    def _without_account_in_host(self, request: Any, **_: Any) -> None:
        """Undoes what the S3 control client does to a custom endpoint, whose name server knows no `ACCOUNT.host`."""
        here = urlsplit(self.endpoint_url or "")
        request.url = urlunsplit(urlsplit(request.url)._replace(netloc=here.netloc))


def _together(reasons: list[NoAccess]) -> NoAccess:
    """Why no role could be assumed: denied only when all were."""
    if not reasons:
        return NoAccess(Outcome.NOT_TRIED, "no role to assume")
    outcome = Outcome.DENIED if all(each.outcome is Outcome.DENIED for each in reasons) else Outcome.FAILED
    return NoAccess(outcome, "; ".join(each.error for each in reasons))
