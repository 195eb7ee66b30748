"""The command `./scripts/stack`."""

from __future__ import annotations

import argparse
import sys
import time
import uuid
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from . import lifecycle, state
from .binaries import MissingBinary
from .database import MigrationFailed, pending_migrations
from .keys import DEV_USERS
from .lifecycle import StackError
from .postgres import WrongVersion
from .process import ProcessFailed
from .settings import BadSettings, Settings

TOKEN_SECONDS = 24 * 3600
LOG_LINES = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status: 0 done, 1 failed, 2 wrongly called."""
    asked = _parser().parse_args(arguments)
    try:
        settings = Settings.load()
        status: int = asked.command(settings, asked)
        return status
    except WrongVersion as error:
        _say(f"{error}.\nKeep it by using that version, or start anew with ./scripts/stack reset")
    except (StackError, BadSettings, ProcessFailed, MigrationFailed, MissingBinary, RuntimeError) as error:
        _say(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
    return 1


def _up(settings: Settings, asked: argparse.Namespace) -> int:
    if asked.detach:
        seconds = lifecycle.up_detached(settings, _say)
        if seconds is None:
            return _already_up(settings)
        _show_ready(settings, seconds)
        print("It runs in the background; ./scripts/stack down stops it.")
        return 0
    began = False

    def on_ready(ready: Settings, seconds: float) -> None:
        nonlocal began
        began = True
        _show_ready(ready, seconds)
        print("Ctrl-C stops it.", flush=True)

    lifecycle.up(settings, _say, on_ready)
    return 0 if began else _already_up(settings)


def _already_up(settings: Settings) -> int:
    print(f"The stack is up already: {settings.url('gateway')}")
    pending = pending_migrations(settings.database_url)
    if pending:
        print(f"New migrations ({len(pending)}) are applied by ./scripts/stack down and up.")
    return 0


def _run(settings: Settings, _: argparse.Namespace) -> int:
    """The background half of `up --detach`."""
    lifecycle.run(settings, _say, lambda: _say(lifecycle.READY))
    return 0


def _down(settings: Settings, _: argparse.Namespace) -> int:
    stopped = lifecycle.down(settings, _say)
    print("The stack is down; its data is kept." if stopped else "The stack was not up.")
    return 0


def _reset(settings: Settings, _: argparse.Namespace) -> int:
    was_up = lifecycle.reset(settings, _say)
    print("The database is gone; the next start makes a new one.")
    if was_up:
        seconds = lifecycle.up_detached(settings, _say)
        _show_ready(settings, seconds or 0.0)
    return 0


def _env(settings: Settings, _: argparse.Namespace) -> int:
    for key, value in settings.environment().items():
        print(f"{key}={value}")
    if not state.is_running(settings.folder):
        _say("(the stack is not up: ./scripts/stack up)")
    return 0


def _token(settings: Settings, asked: argparse.Namespace) -> int:
    print(settings.keys.user_token(asked.user, seconds=TOKEN_SECONDS))
    return 0


def _status(settings: Settings, _: argparse.Namespace) -> int:
    current = state.of_living_supervisor(settings.folder)
    if not current:
        print("The stack is down.")
        return 1
    print(f"The stack is {current.phase} (pid {current.pid}): {settings.url('gateway')}")
    for service in current.services:
        health = "answers" if service.answering else "starting"
        restarts = f"{service.restarts} restarts" if service.restarts else ""
        line = f"  {service.name:<10} {service.port or '':<6} pid {service.pid or '-':<8} {health:<9} {restarts}"
        print(line.rstrip())
    return 0


def _logs(settings: Settings, asked: argparse.Namespace) -> int:
    files = sorted((settings.folder / "logs").glob("*.log"))
    if asked.name:
        known = ", ".join(file.stem for file in files) or "none yet"
        files = [file for file in files if file.stem == asked.name]
        if not files:
            raise StackError(f"no log is named {asked.name}; there are: {known}")
    places = {}
    for file in files:
        with file.open(errors="replace") as opened:
            for line in deque(opened, LOG_LINES if asked.name else LOG_LINES // 10):
                _log_line(file, line, alone=bool(asked.name))
            places[file] = opened.tell()
    while asked.follow:
        time.sleep(0.25)
        for file, place in places.items():
            if file.exists() and file.stat().st_size != place:
                with file.open(errors="replace") as opened:
                    opened.seek(place if file.stat().st_size > place else 0)
                    for line in opened.readlines():
                        _log_line(file, line, alone=bool(asked.name))
                    places[file] = opened.tell()
    return 0


def _log_line(file: Path, line: str, *, alone: bool) -> None:
    print(line.rstrip("\n") if alone else f"{file.stem:<10} | {line.rstrip()}", flush=True)


def _show_ready(settings: Settings, seconds: float) -> None:
    values = settings.environment()
    print(f"The stack is up ({seconds:.1f} s).")
    print(f"  pages     {values['WEB_URL']}")
    print(f"  API       {values['API_URL']}")
    print(f"  database  {values['DATABASE_URL']}")
    print("  keys      ./scripts/stack env", flush=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a UUID") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stack",
        description="The whole project on this machine: PostgreSQL, PostgREST, the functions, the grader's "
        "schedule and the pages, behind one address. Everything it writes is in .stack/.",
        epilog="STACK_PORT_BASE chooses other ports (default 54320), STACK_DIR another folder.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: object, about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, description=about, help=about)
        added.set_defaults(command=command)
        return added

    # Not for people, so it is not listed.
    commands.add_parser("run").set_defaults(command=_run)
    add("up", _up, "start everything and apply new migrations").add_argument(
        "--detach", "-d", action="store_true", help="return when it is ready and leave it running"
    )
    add("down", _down, "stop everything; the data stays")
    add("reset", _reset, "throw the database away and start anew if it was up")
    add("env", _env, "print addresses and keys as KEY=VALUE lines")
    add("token", _token, "print a user's token, valid for a day").add_argument(
        "--user",
        type=_uuid,
        metavar="UUID",
        default=DEV_USERS["Dana"],
        help="whose (default: Dana, a developer)",
    )
    add("status", _status, "show what runs; exit status 1 when it is down")
    logs = add("logs", _logs, "print the ends of the logs")
    logs.add_argument("name", nargs="?", metavar="NAME", help="postgres, functions, grader, gateway, ...")
    logs.add_argument("-f", "--follow", action="store_true", help="go on as lines come")
    return parser


if __name__ == "__main__":
    sys.exit(main())
