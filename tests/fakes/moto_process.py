"""moto's server as a process of its own, with signatures and permissions enforced.

Run as `python moto_process.py LOCK ACCOUNT`: it writes its address and the key of an administrator to ACCOUNT
once it answers, and ends when nobody holds a shared lock of LOCK any more, however they ended.
"""

import fcntl
import json
import os
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server


def main(lock: str, account: str) -> None:
    """Serve until the lock is free."""
    threading.Thread(target=_end_when_free, args=(lock,), daemon=True).start()
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    key = _administrator(url)
    _enforce(url)
    half = Path(account).with_suffix(".half")
    half.write_text(json.dumps({"url": url, "key_id": key["AccessKeyId"], "secret": key["SecretAccessKey"]}))
    half.rename(account)
    threading.Event().wait()


def _administrator(url: str) -> Any:
    iam = boto3.client(
        "iam", "us-east-1", endpoint_url=url, aws_access_key_id="none", aws_secret_access_key="none"
    )
    iam.create_user(UserName="administrator")
    rule = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [rule]})
    iam.put_user_policy(UserName="administrator", PolicyName="all", PolicyDocument=policy)
    return iam.create_access_key(UserName="administrator")["AccessKey"]


def _enforce(url: str) -> None:
    """From now on each call is checked: no call is free. A form's content type would eat the body."""
    said = {"Content-Type": "text/plain"}
    asked = urllib.request.Request(f"{url}/moto-api/reset-auth", b"0", said)  # noqa: S310 - our own
    with urllib.request.urlopen(asked) as answer:  # noqa: S310 - our own
        assert answer.status == 200


def _end_when_free(lock: str) -> None:
    with Path(lock).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
