"""Credentials: who asks, and as whom in which account."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.collect.outcome import DENIED, describe

_FALLBACK_REGION = "us-east-1"  # where partition-wide services answer when nobody has configured a region
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


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose credentials we were given."""

    account: str
    arn: str
    partition: str


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach AWS. `role_names` are tried in order in every account but the caller's; a name may have a path."""

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    role_names: tuple[str, ...] = ()
    external_id: str | None = None
    max_attempts: int = 10
    _sessions: dict[str, boto3.Session] = field(default_factory=dict, repr=False)
    _making_clients: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def own(self) -> boto3.Session:
        """The session of the caller.

        Raises UsageError for a profile that nobody has configured.
        """
        if "" not in self._sessions:
            try:
                self._sessions[""] = boto3.Session(profile_name=self.profile, region_name=self.region)
            except ProfileNotFound:
                raise UsageError(f"there is no AWS profile `{self.profile}`") from None
        return self._sessions[""]

    def caller(self) -> Caller:
        """Raises CollectError when AWS does not know us."""
        try:
            answer = self.client(self.own(), "sts").get_caller_identity()
        except (BotoCoreError, ClientError) as error:
            raise CollectError(f"AWS does not say who we are: {describe(error)}") from None
        except ValueError:
            raise UsageError(f"`{self.endpoint_url}` is not the URL of an endpoint") from None
        arn = parse_arn(answer["Arn"])
        return Caller(answer["Account"], answer["Arn"], arn.partition if arn else "aws")

    def session(self, account: str, caller: Caller) -> boto3.Session:
        """A session in `account`: ours if it is our own, else one with the first of the roles that can be assumed.

        Raises NoAccess with the reason of the last role when none can.
        """
        if account == caller.account:
            return self.own()
        sts = self.client(self.own(), "sts")
        last = NoAccess(Outcome.NOT_TRIED, "no role to assume")
        for name in self.role_names:
            arn = f"arn:{caller.partition}:iam::{account}:role/{name}"
            extra = {"ExternalId": self.external_id} if self.external_id else {}
            try:
                credentials = sts.assume_role(RoleArn=arn, RoleSessionName=_SESSION_NAME, **extra)["Credentials"]
            except (BotoCoreError, ClientError) as error:
                code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
                last = NoAccess(Outcome.DENIED if code in DENIED else Outcome.FAILED, f"assuming `{name}`: {describe(error)}")
                continue
            return boto3.Session(
                aws_access_key_id=credentials["AccessKeyId"],
                aws_secret_access_key=credentials["SecretAccessKey"],
                aws_session_token=credentials["SessionToken"],
                region_name=self.own().region_name,
            )
        raise last

    def client(self, session: boto3.Session, service: str, region: str | None = None) -> Any:
        """A client with adaptive retries."""
        custom: dict[str, Any] = {"s3": {"addressing_style": "path"}} if self.endpoint_url else {}
        config = Config(
            retries={"mode": "adaptive", "total_max_attempts": self.max_attempts},
            connect_timeout=10,
            read_timeout=60,
            user_agent_extra="xgraph",
            **custom,
        )
        where = region or session.region_name or _FALLBACK_REGION
        with self._making_clients:  # a client may be shared between threads, making one may not
            client = session.client(service, region_name=where, endpoint_url=self.endpoint_url, config=config)
        if self.endpoint_url:
            client.meta.events.register("before-sign.s3-control", self._without_account_in_host)
        return client

    def _without_account_in_host(self, request: Any, **_: Any) -> None:
        """Undoes what the S3 control client does to a custom endpoint, whose name server knows no `ACCOUNT.host`."""
        here = urlsplit(self.endpoint_url or "")
        request.url = urlunsplit(urlsplit(request.url)._replace(netloc=here.netloc))
