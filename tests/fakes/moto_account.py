"""An AWS account of moto for a run's tests, shared by its workers: each test makes names of its own."""

import fcntl
import json
import os
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from envaccess.sources.aws.signing import AwsCredentials

REGION = "eu-central-1"
ACCOUNT = "123456789012"
PROGRAM = Path(__file__).parent / "moto_process.py"
SECONDS = 300
PATIENT = Config(connect_timeout=60, read_timeout=500, retries={"max_attempts": 0})
"""On a busy machine an answer may take a minute, and a repeated write would find what it wrote itself."""


@dataclass(frozen=True)
class MotoAccount:
    """The account: its address and who administers it."""

    url: str
    root: AwsCredentials
    clients: dict[str, Any] = field(default_factory=dict, repr=False)

    def boto(self, service: str, credentials: AwsCredentials | None = None) -> Any:
        """AWS's own client; the administrator's unless it is told otherwise."""
        who = credentials or self.root
        name = f"{service} {who.key_id} {who.secret}"
        if name not in self.clients:
            self.clients[name] = boto3.client(
                service,
                REGION,
                endpoint_url=self.url,
                aws_access_key_id=who.key_id,
                aws_secret_access_key=who.secret,
                aws_session_token=who.token or None,
                config=PATIENT,
            )
        return self.clients[name]

    def user(self, *actions: str, policy: Mapping[str, Any] | None = None) -> tuple[str, AwsCredentials]:
        """A new user who may do these things and no others, and a key of theirs."""
        name = f"user-{uuid.uuid4().hex[:12]}"
        iam = self.boto("iam")
        iam.create_user(UserName=name)
        rule = {"Effect": "Allow", "Action": list(actions) or ["none:None"], "Resource": "*"}
        document = json.dumps(policy or {"Version": "2012-10-17", "Statement": [rule]})
        iam.put_user_policy(UserName=name, PolicyName="given", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return name, AwsCredentials(key["AccessKeyId"], key["SecretAccessKey"])


@contextmanager
def moto_account(folder: Path) -> Iterator[MotoAccount]:
    """The account of whoever shares the folder: the first starts its server, which ends with the last."""
    lock, account = folder / "moto.lock", folder / "moto.json"
    lock.touch()
    with lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        with (folder / "moto.start").open("wb") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if not account.exists():
                _start(lock, account)
        said = json.loads(account.read_text())
        yield MotoAccount(said["url"], AwsCredentials(said["key_id"], said["secret"]))


def _start(lock: Path, account: Path) -> None:
    silent = [(os.POSIX_SPAWN_OPEN, out, os.devnull, os.O_WRONLY, 0) for out in (1, 2)]
    command = [sys.executable, "-P", str(PROGRAM), str(lock), str(account)]
    given = {"HOME": str(lock.parent), "AWS_EC2_METADATA_DISABLED": "true"}
    os.posix_spawn(sys.executable, command, given, file_actions=silent, setsid=True)
    until = time.monotonic() + SECONDS
    while not account.exists():
        assert time.monotonic() < until, "moto did not start"
        time.sleep(0.02)
