"""`./scripts/hooks`: the endpoints that are told when a session ends or is graded. docs/VOICE.md explains them."""

import argparse
import base64
import os
import secrets
import sys
import time
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from operate.project import HELP, UNREACHABLE, Project, explain, find
from worker.webhooks import url_trouble

EVENTS = ("session.ended", "session.graded")
TEST_SECONDS = 45.0
"""For the outcome of a test: the schedule calls the worker every minute at the latest, a wake-up at once."""
WHY = {
    "bad_url": "it is not an http(s) address",
    "not_https": "it does not begin with https://",
    "private_address": "it belongs to a private network",
}


def main() -> int:
    asked = _parser().parse_args()
    try:
        status: int = asked.command(asked)
    except UNREACHABLE as error:
        print(explain(error), file=sys.stderr)
        return 2
    return status


def _project() -> Project:
    project = find()
    print(project.name, flush=True)
    return project


def _add(asked: argparse.Namespace) -> int:
    private_hosts = frozenset(os.environ.get("WEBHOOK_PRIVATE_HOSTS", "").split(","))
    if trouble := url_trouble(asked.url, private_hosts):
        print(f"Refused: {WHY[trouble]}.", file=sys.stderr)
        return 1
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    params = {"url": asked.url, "secret": secret, "events": asked.events or list(EVENTS)}
    id_ = _project().rpc("add_webhook", params)
    print(f"Endpoint {id_} is added. Its secret is shown this once; the receiver verifies with it:\n{secret}")
    return 0


def _list(_: argparse.Namespace) -> int:
    hooks = _hooks(_project())
    address = Column(
        "address", overflow="fold", min_width=max((len(each["url"]) for each in hooks["endpoints"]), default=0)
    )
    endpoints = Table("endpoint", address, "events", "waiting", "dead", "last delivered")
    for each in hooks["endpoints"]:
        last = "disabled: 410 Gone" if each["disabled_at"] else each["last_delivered_at"] or "-"
        endpoints.add_row(
            str(each["id"]), each["url"], ", ".join(each["events"]), str(each["waiting"]), str(each["dead"]), last
        )
    console = Console(highlight=False)
    console.print(endpoints)
    if hooks["failed"]:
        failed = Table("delivery", "endpoint", "event", "session", "tries", "trouble", "next try")
        for each in hooks["failed"]:
            row = (each["id"], each["endpoint_id"], each["event"], each["session_id"], each["tries"], each["trouble"])
            failed.add_row(*map(str, row), "dead" if each["dead_at"] else each["try_after"])
        console.print(failed)
    return 0


def _remove(asked: argparse.Namespace) -> int:
    removed = _project().rpc("remove_webhook", {"id": asked.id})
    print(f"Endpoint {asked.id} is removed." if removed else f"Endpoint {asked.id} does not exist.")
    return 0 if removed else 1


def _test(asked: argparse.Namespace) -> int:
    project = _project()
    delivery = project.rpc("test_webhook", {"id": asked.id})
    if delivery is None:
        print(f"Endpoint {asked.id} does not exist.", file=sys.stderr)
        return 1
    ends_at = time.monotonic() + TEST_SECONDS
    while time.monotonic() < ends_at:
        outcome: Any = project.rpc("webhook_outcome", {"id": delivery})
        if outcome["delivered_at"]:
            print("Delivered: the endpoint accepted the test event.")
            return 0
        if outcome["trouble"]:
            print(f"Not delivered: {outcome['trouble']}. It is tried again; ./scripts/hooks list shows when.")
            return 1
        time.sleep(0.2)
    print("Not sent yet: is the grader running? ./scripts/health")
    return 1


def _replay(asked: argparse.Namespace) -> int:
    count = _project().rpc("replay_webhooks", {"id": asked.delivery})
    print("Queued again: 1 delivery." if count == 1 else f"Queued again: {count} deliveries.")
    return 0 if count or asked.delivery is None else 1


def _hooks(project: Project) -> dict[str, Any]:
    found: Any = project.rpc("list_webhooks", {})
    hooks: dict[str, Any] = found
    return hooks


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hooks", description=__doc__, epilog=HELP)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: object, about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, description=about, help=about)
        added.set_defaults(command=command)
        return added

    new = add("add", _add, "add an endpoint and print its secret")
    new.add_argument("url", help="https://…, at a public address")
    new.add_argument("--events", nargs="+", choices=EVENTS, help="default: all")
    add("list", _list, "print the endpoints, and the deliveries that failed")
    for name, command, about in (
        ("test", _test, "send a test event and print what came of it"),
        ("remove", _remove, "remove an endpoint with its deliveries"),
    ):
        add(name, command, about).add_argument("id", type=int, help="the endpoint")
    again = add("replay", _replay, "send again, under the same message id")
    which = again.add_mutually_exclusive_group(required=True)
    which.add_argument("delivery", type=int, nargs="?", help="one delivery, as list names it")
    which.add_argument("--dead", action="store_true", help="every dead one")
    return parser


if __name__ == "__main__":
    sys.exit(main())
