"""Ports of 127.0.0.1: a free one, and who holds a taken one."""

from __future__ import annotations

import itertools
import os
import secrets
import socket
from collections.abc import Collection
from pathlib import Path

HOST = "127.0.0.1"
PORTS = range(10_000, 20_000)  # below those that the system gives to clients
_turns = itertools.count(secrets.randbelow(len(PORTS)))


def free_port() -> int:
    """A port without a listener, another one at each call. Each process begins somewhere else, so that two processes that look
    at the same moment find different ones."""
    for turn in itertools.islice(_turns, len(PORTS)):
        if is_free(port := PORTS[turn % len(PORTS)]):
            return port
    raise OSError("no free ports are left")


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:`port` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def is_listening(port: int) -> bool:
    """Whether a server takes connections on 127.0.0.1:`port`."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0


def free_base(offsets: Collection[int], first: int = 55320) -> int:
    """The first of `first`, `first` + 100, ... that gives a free port with each of `offsets` added."""
    for base in range(first, 65_000, 100):
        if all(is_free(base + offset) for offset in offsets):
            return base
    raise OSError("no free ports are left")


def owner(port: int) -> str | None:
    """The process that listens on `port`, as "name (pid 123)"; None where the system does not tell."""
    try:
        inodes = {
            fields[9]
            for table in ("tcp", "tcp6")
            for fields in map(str.split, Path(f"/proc/net/{table}").read_text().splitlines()[1:])
            if fields[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == port
        }
    except OSError:
        return None
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            if any(os.readlink(link) in wanted for link in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
        except OSError:
            continue
    return None
