"""The processes of a server."""

from __future__ import annotations

import contextlib

import psutil

from run.local.process import Process


def processes(server: Process) -> list[psutil.Process]:
    """The server's process and all below it, also those that left its process group, as PostgreSQL's do."""
    if server.pid is None or server.exited():
        return []
    with contextlib.suppress(psutil.NoSuchProcess):
        parent = psutil.Process(server.pid)
        return [parent, *parent.children(recursive=True)]
    return []
