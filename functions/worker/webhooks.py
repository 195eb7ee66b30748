"""Sends one webhook: signed by the Standard Webhooks specification, only to public addresses, without following redirects."""

import ipaddress
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
from aiohttp.abc import AbstractResolver, ResolveResult
from standardwebhooks import Webhook

TIMEOUT = aiohttp.ClientTimeout(total=15, sock_connect=5)


class PrivateAddress(OSError):
    """The host is not, or not only, at public addresses."""


@dataclass(frozen=True)
class Outcome:
    """`trouble` None: accepted. `gone`: the endpoint wants no more."""

    trouble: str | None = None
    gone: bool = False


class Sender:
    """Posts deliveries. `private_hosts` (`host:port`) may have private addresses, for development."""

    def __init__(self, private_hosts: frozenset[str] = frozenset()) -> None:
        self._private_hosts = private_hosts
        self._client: aiohttp.ClientSession | None = None

    async def send(self, delivery: dict[str, Any]) -> Outcome:
        """Posts `{"url", "secret", "message_id", "payload"}` once. An error that the endpoint causes is an Outcome, not an exception."""
        trouble = url_trouble(delivery["url"], self._private_hosts)
        if trouble:
            return Outcome(trouble)
        body = orjson.dumps(delivery["payload"])
        now = datetime.now(UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": delivery["message_id"],
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(delivery["secret"]).sign(delivery["message_id"], now, body.decode()),
        }
        try:
            async with self._open().post(
                delivery["url"], data=body, headers=headers, allow_redirects=False
            ) as response:
                status = response.status
        except TimeoutError:
            return Outcome("timeout")
        except aiohttp.ClientError as error:
            private = isinstance(error.__cause__, PrivateAddress) or isinstance(error, PrivateAddress)
            return Outcome("private_address" if private else "unreachable")
        except (ValueError, OSError):
            return Outcome("unreachable")
        return Outcome() if 200 <= status < 300 else Outcome(f"status_{status}", gone=status == 410)

    async def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _open(self) -> aiohttp.ClientSession:
        if self._client is None:
            # trust_env stays off: a proxy would connect without our check of the address.
            self._client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=_PublicOnly(self._private_hosts), use_dns_cache=False),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "training-sessions-webhooks"},
                timeout=TIMEOUT,
            )
        return self._client


def url_trouble(url: str, private_hosts: frozenset[str] = frozenset()) -> str | None:
    """Why this address is refused before any connection: `bad_url`, `not_https` or `private_address`; None where it is not."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "bad_url"
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        return "bad_url"
    if f"{host}:{port or (443 if parts.scheme == 'https' else 80)}" in private_hosts:
        return None
    if parts.scheme != "https":
        return "not_https"
    try:
        return None if is_public(host) else "private_address"
    except ValueError:  # a name: its addresses are checked when it is resolved
        return None


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet. ValueError where it is not an address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None and not inner.is_global:
            return False
        if ip.ipv4_mapped is not None:
            return True
    return ip.is_global and not ip.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class _PublicOnly(AbstractResolver):
    """Resolves names and refuses those with a private address. The connection goes to the address that was checked, so a name that
    changes between check and connection gains nothing."""

    def __init__(self, private_hosts: frozenset[str]) -> None:
        self._resolver = aiohttp.ThreadedResolver()
        self._private_hosts = private_hosts

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if f"{host}:{port}" not in self._private_hosts and not all(is_public(each["host"]) for each in found):
            raise PrivateAddress(host)
        return found

    async def close(self) -> None:
        await self._resolver.close()
