"""The real PostgREST before a database, set up as hosted Supabase does."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from .binaries import postgrest_binary
from .http_client import answers
from .ports import HOST, free_port
from .process import Process


class Postgrest(Process):
    """`Postgrest(db_url, port, jwks).start()`, ready when its schema cache is loaded.

    `db_url` logs in as `authenticator`, which may become anon, authenticated and service_role. `jwks` is the JWK set
    that tokens are verified with. `pool` is the number of database connections.
    """

    name = "postgrest"
    stop_seconds = 5.0

    def __init__(
        self,
        db_url: str,
        port: int,
        jwks: str,
        *,
        admin_port: int | None = None,
        pool: int = 20,
        log: Path | None = None,
    ) -> None:
        super().__init__(log=log)
        self.db_url = db_url
        self.port = port
        self.jwks = jwks
        self.admin_port = admin_port or free_port()
        self.pool = pool

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def command(self) -> Sequence[str]:
        return [str(postgrest_binary())]

    def environment(self) -> Mapping[str, str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PGRST_", "PG"))}
        return inherited | {
            "PGRST_DB_URI": self.db_url,
            "PGRST_DB_SCHEMAS": "public",
            "PGRST_DB_EXTRA_SEARCH_PATH": "public,extensions",
            "PGRST_DB_ANON_ROLE": "anon",
            "PGRST_DB_POOL": str(self.pool),
            "PGRST_DB_CHANNEL_ENABLED": "true",
            "PGRST_DB_MAX_ROWS": "1000",
            "PGRST_JWT_SECRET": self.jwks,
            "PGRST_SERVER_HOST": HOST,
            "PGRST_SERVER_PORT": str(self.port),
            "PGRST_ADMIN_SERVER_PORT": str(self.admin_port),
            "PGRST_LOG_LEVEL": "error",
        }

    def ready(self) -> bool:
        return answers(f"http://{HOST}:{self.admin_port}/ready", below=300)
