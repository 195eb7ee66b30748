"""The only module that speaks to PostgREST, and so the only place to change the transport.

It uses aiohttp and not postgrest-py for speed; ./scripts/bench measures both. The caller's token is a header of each
request, never state of the shared client.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from errors import ApiError, database_unavailable, invalid_field, not_authenticated

TIMEOUT = aiohttp.ClientTimeout(total=10, sock_connect=3)
"""Seconds. Longer than the 8 s after which hosted Supabase cancels a user's statement."""

KEEPALIVE_SECONDS = 15
"""Shorter than each server's own limit, so that we never write into a connection that the server is closing."""


@dataclass(frozen=True, slots=True)
class RpcAnswer:
    """A successful answer: the JSON as it came, and the ETag if the function set one."""

    body: bytes
    etag: str | None = None
    not_modified: bool = False
    """Whether If-None-Match named the current version; the body is empty then."""


class DataApi:
    """PostgREST at `rest_url`, over one pool of HTTP/1.1 connections, made by the first call."""

    def __init__(self, rest_url: str, publishable_key: str) -> None:
        self._rest_url = rest_url.rstrip("/")
        self._publishable_key = publishable_key
        self._client: aiohttp.ClientSession | None = None

    def client(self) -> aiohttp.ClientSession:
        """The process's pooled HTTP client. Made lazily: the framework imports us before it forks its workers."""
        if self._client is None:
            self._client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=100, keepalive_timeout=KEEPALIVE_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=TIMEOUT,
                headers={"Accept-Encoding": "identity", "User-Agent": "training-sessions"},
            )
        return self._client

    async def call(
        self, function: str, params: Mapping[str, Any], token: str, if_none_match: str | None = None
    ) -> RpcAnswer:
        """Calls an SQL function as the user whose JWT `token` is. Raises ApiError."""
        headers = {"apikey": self._publishable_key, "Authorization": f"Bearer {token}"}
        if if_none_match:
            headers["If-None-Match"] = if_none_match
        return await self._post(function, params, headers)

    async def call_as_anyone(self, function: str, params: Mapping[str, Any]) -> RpcAnswer:
        """Calls an SQL function with the publishable key alone, as the role anon. Raises ApiError."""
        return await self._post(function, params, {"apikey": self._publishable_key})

    async def answers(self) -> bool:
        """Whether the database answers. A refusal counts, because PostgreSQL denied anon the table."""
        try:
            async with self.client().get(
                f"{self._rest_url}/training_sessions?select=id&limit=1", headers={"apikey": self._publishable_key}
            ) as response:
                refusal = await response.read()
        except (aiohttp.ClientError, TimeoutError):
            return False
        return response.status in (401, 403) and b'"42501"' in refusal

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _post(self, function: str, params: Mapping[str, Any], headers: dict[str, str]) -> RpcAnswer:
        headers["Content-Type"] = "application/json"
        try:
            payload = orjson.dumps(params)
        except orjson.JSONEncodeError:  # it reads 1,024 levels and writes 254
            raise invalid_field("body", "is nested too deeply") from None
        try:
            async with self.client().post(
                f"{self._rest_url}/rpc/{function}", data=payload, headers=headers
            ) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError):
            raise database_unavailable() from None
        if response.status < 300 or response.status == 304:
            return RpcAnswer(body, response.headers.get("ETag"), response.status == 304)
        raise translate(response.status, body, response.headers.get("Retry-After"))


def translate(status: int, body: bytes, retry_after: str | None = None) -> ApiError:
    """PostgREST's error answer as ours. Errors of the SQL functions pass unchanged; all others get a fixed text."""
    if status >= 500:
        return database_unavailable()
    try:
        error = orjson.loads(body)
        code = str(error["code"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        code, error = "", {}
    if code.islower():  # raised by training.fail: SQLSTATEs and PGRST codes have capitals or digits only
        headers = {"Retry-After": retry_after} if retry_after else None
        return ApiError(status, code, error.get("message", ""), error.get("details"), error.get("hint"), headers)
    if status == 401 or code.startswith("PGRST3"):
        return not_authenticated()
    if code == "42501" or (code == "22023" and str(error.get("message")).startswith('role "')):  # no such role
        return ApiError(403, "forbidden", "This token may not do that.")
    if code.startswith("22"):
        return invalid_field("body", "has a value the database cannot hold, such as a NUL character")
    return database_unavailable()
