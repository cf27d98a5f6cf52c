"""A database engine of OpenBao over a real PostgreSQL, set up as docs/how-to/sources-vault.md says."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

import asyncpg

from envaccess.domain.sources.kinds.vault import VaultSpec
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.variable import Variable
from tests.fakes.openbao import Bao
from tests.fakes.postgres_server import PostgresServer
from tests.fakes.vault import spec_of

DB_URL = Variable("production", "DB_URL")
ENGINE = "password-for-tests"
BOT = """
path "auth/token/create/envaccess-leases" { capabilities = ["update"] }
path "auth/token/lookup-accessor"         { capabilities = ["update"] }
path "auth/token/renew-accessor"          { capabilities = ["update"] }
path "auth/token/revoke-accessor"         { capabilities = ["update"] }
path "sys/leases/lookup"                  { capabilities = ["update"] }
path "sys/leases/renew"                   { capabilities = ["update"] }
path "sys/leases/revoke"                  { capabilities = ["update"] }
path "kv/data/envaccess/leases/*"         { capabilities = ["create", "read", "update"] }
path "kv/metadata/envaccess/leases/*"     { capabilities = ["delete"] }
path "kv/metadata/envaccess/leases"       { capabilities = ["list"] }
"""
LEASES = """
path "database/creds/app-ro" { capabilities = ["read"] }
"""
_MAKE = """
CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';
GRANT pg_read_all_data TO "{{name}}";
"""


@dataclass(frozen=True, slots=True)
class LeaseSeat:
    """The engine, and the databases behind it."""

    bao: Bao
    postgres: PostgresServer

    @classmethod
    def set_up(cls, bao: Bao, postgres: PostgresServer) -> "LeaseSeat":
        seat = cls(bao, postgres)
        seat.sql(
            f"DO $$ BEGIN CREATE ROLE engine SUPERUSER LOGIN PASSWORD '{ENGINE}'; "
            "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
        bao.do("POST", "sys/mounts/database", {"type": "database"})
        bao.do(
            "POST",
            "database/config/app",
            {
                "plugin_name": "postgresql-database-plugin",
                "connection_url": postgres.dsn("{{username}}", "{{password}}", "postgres"),
                "username": "engine",
                "password": ENGINE,
                "allowed_roles": "*",
            },
        )
        seat.role("app-ro", "1h", "24h")
        bao.policy("envaccess", BOT)
        bao.policy("envaccess-leases", LEASES)
        seat.token_role()
        return seat

    def role(self, name: str, default: str, most: str) -> None:
        self.bao.do(
            "POST",
            f"database/roles/{name}",
            {"db_name": "app", "creation_statements": [_MAKE], "default_ttl": default, "max_ttl": most},
        )

    def token_role(self, **more: object) -> None:
        said = {"allowed_policies": ["envaccess-leases"], "orphan": True, "renewable": True}
        self.bao.do("POST", "auth/token/roles/envaccess-leases", {**said, **more})

    def spec(self, token: str = "", **more: Any) -> VaultSpec:
        given = token or self.bao.token_with("envaccess")
        said = {"token_role": "envaccess-leases", "records": "kv/envaccess/leases", **more}
        return spec_of(self.bao, given, **said)

    def place(self, role: str = "app-ro", **more: str) -> LeasePlace:
        url = f"postgresql://{{user}}:{{password}}@127.0.0.1:{self.postgres.port}/postgres?sslmode=disable"
        return LeasePlace(DB_URL, "vault", {"role": role, "url": url, **more})

    def sql(self, statement: str) -> str:
        """As the superuser, over the unix socket."""
        psql = [
            str(self.postgres.binaries / "psql"),
            "-XAtqv",
            "ON_ERROR_STOP=1",
            self.postgres.admin,
            "-c",
            statement,
        ]
        said = subprocess.run(psql, check=True, capture_output=True, text=True, cwd="/")  # noqa: S603
        return said.stdout.strip()

    def has(self, user: str) -> bool:
        return self.sql(f"SELECT count(*) FROM pg_roles WHERE rolname = '{user}'") == "1"  # noqa: S608

    def valid_for(self, user: str) -> int:
        """Seconds until its password is refused, by the database's own clock."""
        left = "extract(epoch FROM rolvaliduntil - now())::int"
        return int(self.sql(f"SELECT {left} FROM pg_roles WHERE rolname = '{user}'"))  # noqa: S608

    def live_tokens(self) -> list[str]:
        """Whose tokens there are, by what they say of themselves."""
        keys = self.bao.do("GET", "auth/token/accessors?list=true")["data"]["keys"]
        looked = [self.bao.call("POST", "auth/token/lookup-accessor", {"accessor": key}) for key in keys]
        metas = [said["data"]["meta"] or {} for status, said in looked if status == 200]
        return [meta["envaccess_lease"] for meta in metas if "envaccess_lease" in meta]


async def works(value: str) -> bool:
    """Whether a login lets somebody in."""
    try:
        session = await asyncpg.connect(value, timeout=10)
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidPasswordError):
        return False
    await session.close()
    return True


def user_of(value: str) -> str:
    return (
        value.removeprefix("postgresql://").partition(":")[0] if "://" in value else json.loads(value)["user"]
    )
