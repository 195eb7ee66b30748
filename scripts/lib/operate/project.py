"""Which project a command speaks to, and how. Sources in this order: the environment, the .env beside README.md, the
local stack when it is up. Each names SUPABASE_URL and SUPABASE_SECRET_KEY, or DATABASE_URL, or both; the first wins.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
from dotenv import dotenv_values
from postgrest import APIError
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from supabase import create_client

from run.local import state
from run.local.binaries import ROOT
from run.local.settings import Settings

UNREACHABLE = (APIError, httpx.HTTPError, psycopg.Error)
"""The exceptions of a call to a project that refuses or does not answer."""

HELP = (
    "The project is that of the environment, else of .env, else the local stack when it is up: "
    "SUPABASE_URL and SUPABASE_SECRET_KEY, or DATABASE_URL."
)


@dataclass(frozen=True)
class Project:
    """`url` and `key` for the Data API, or else `database_url`; `source` is where they were found."""

    source: str
    url: str | None
    key: str | None
    database_url: str | None

    @property
    def name(self) -> str:
        """The address without a password: what a command prints in its first line."""
        parts = urlsplit(self.url or self.database_url or "")
        port = f":{parts.port}" if parts.port else ""
        place = self.url or f"the database {parts.hostname or ''}{port}{parts.path}"
        return f"Project: {place} (from {self.source})"

    def rows(self, relation: str, newest: int | None = None, **equal: list[Any]) -> list[dict[str, Any]]:
        """The rows of a table or view of `public` whose columns are among the given values; with `newest`, the last ones
        by id."""
        if self.url and self.key:
            query = create_client(self.url, self.key).table(relation).select("*")
            for column, values in equal.items():
                query = query.in_(column, values)
            if newest is not None:
                query = query.order("id", desc=True).limit(newest)
            found: Any = query.execute().data
            return list(found)
        where = [sql.SQL("{} = any (%s)").format(sql.Identifier(column)) for column in equal]
        condition = sql.SQL(" where {}").format(sql.SQL(" and ").join(where)) if where else sql.SQL("")
        if newest is not None:
            condition += sql.SQL(" order by id desc limit {}").format(sql.Literal(newest))
        with psycopg.connect(self.database_url or "", row_factory=dict_row) as connection:
            statement = sql.SQL("select * from public.{}{}").format(sql.Identifier(relation), condition)
            return connection.execute(statement, list(equal.values())).fetchall()

    def rpc(self, function: str, params: Mapping[str, Any]) -> Any:
        """The answer of a function of `public`."""
        if self.url and self.key:
            return create_client(self.url, self.key).rpc(function, dict(params)).execute().data
        arguments = sql.SQL(", ").join(sql.SQL("{} => %s").format(sql.Identifier(name)) for name in params)
        values = [Jsonb(value) if isinstance(value, dict) else value for value in params.values()]
        with psycopg.connect(self.database_url or "") as connection:
            statement = sql.SQL("select public.{}({})").format(sql.Identifier(function), arguments)
            row = connection.execute(statement, values).fetchone()
        return row[0] if row else None


def find(environment: Mapping[str, str] = os.environ) -> Project:
    """The project. SystemExit with what is missing when none is named."""
    own = {name: value for name, value in environment.items() if value}
    dotenv = {name: value for name, value in dotenv_values(ROOT / ".env").items() if value}
    for source, known in (("the environment", own), (".env", {**dotenv, **own})):
        if named := _named(source, known):
            return named
    half = [name for name in ("SUPABASE_URL", "SUPABASE_SECRET_KEY") if name in {**dotenv, **own}]
    if half:
        raise SystemExit(
            f"{half[0]} alone names no project: set SUPABASE_URL and SUPABASE_SECRET_KEY, or DATABASE_URL."
        )
    settings = Settings.load()
    if not state.is_running(settings.folder):
        raise SystemExit(
            "Which project? Set SUPABASE_URL and SUPABASE_SECRET_KEY, or DATABASE_URL, in the environment or in .env; "
            "or start the local stack: ./scripts/stack up --detach"
        )
    local = settings.environment()
    return Project("the local stack", local["SUPABASE_URL"], local["SUPABASE_SECRET_KEY"], local["DATABASE_URL"])


def _named(source: str, known: Mapping[str, str]) -> Project | None:
    url, key, database_url = (known.get(name) for name in ("SUPABASE_URL", "SUPABASE_SECRET_KEY", "DATABASE_URL"))
    if url and key:
        return Project(source, url, key, database_url)
    return Project(source, None, None, database_url) if database_url else None


def explain(error: Exception) -> str:
    """One line that repeats no data."""
    if isinstance(error, APIError):
        return f"The project refused: {error.code} {error.message}"
    if isinstance(error, psycopg.Error) and error.sqlstate:
        return f"The project refused: {error.sqlstate} {error.diag.message_primary}"
    return f"The project does not answer ({type(error).__name__}). Is the stack up, or the address right?"


def counted(count: int, noun: str) -> str:
    """ "1 session", "2 sessions"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
