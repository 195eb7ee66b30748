"""The ports of local servers."""

import itertools
import socket

import pytest

from run.local import ports
from run.local.ports import HOST, PORTS, free_port


def test_ports_that_are_not_listened_on_yet_are_given_once() -> None:
    given = [free_port() for _ in range(300)]
    assert len(set(given)) == 300
    assert set(given) <= set(PORTS)


def test_a_port_with_a_listener_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = free_port()
    with socket.create_server((HOST, taken)):
        monkeypatch.setattr(ports, "_turns", itertools.count(PORTS.index(taken)))
        assert free_port() != taken
