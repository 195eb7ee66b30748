"""Keeps one stack running: starts its servers in order, restarts what dies, stops all in reverse."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from . import database, orphans, state
from .process import Interrupted, Process, ProcessFailed
from .services import Services, build
from .settings import PORTS, Settings
from .state import ServiceState, StackState

TICK_SECONDS = 0.1
CHECK_SECONDS = 10.0
FIRST_CHECK_SECONDS = 0.3
# A server that lives and does not answer for this long is stopped and started again.
SILENT_SECONDS = 60.0
SHORTEST_WAIT, LONGEST_WAIT = 0.1, 10.0
# A server that ran this long is restarted without a pause.
STEADY_SECONDS = 30.0
LOG_LIMIT_BYTES = 5_000_000


@dataclass
class Watched:
    """A server and what the supervisor knows of it; times are of the monotonic clock."""

    process: Process
    launched: float = 0.0
    answered: float = 0.0
    next_check: float = 0.0
    next_launch: float | None = None
    wait: float = SHORTEST_WAIT
    restarts: int = 0
    answering: bool = False


class Supervisor:
    """`run()` returns after a signal or `stop.set()`; `report` receives one line for each event."""

    def __init__(self, settings: Settings, report: Callable[[str], None]) -> None:
        self.settings = settings
        self.report = report
        self.stop = threading.Event()
        self.services: Services = build(settings)
        self.watched = [Watched(process) for process in self.services.all()]
        self._phase = "starting"

    def run(self, on_ready: Callable[[], None]) -> None:
        """Start everything, call `on_ready`, then watch. The caller holds the supervisor's lock.

        Raises what made the start fail, after stopping what had been started.
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stop.set())
        try:
            self._start()
            self._set_phase("ready")
            on_ready()
            while not self.stop.wait(TICK_SECONDS):
                changes = [self._tend(one, time.monotonic()) for one in self.watched]
                if any(changes):
                    self._save()
        except Interrupted:
            pass
        finally:
            self._set_phase("stopping")
            for one in reversed(self.watched):
                one.process.stop()
            state.clear(self.settings.folder)

    def _start(self) -> None:
        services, settings = self.services, self.settings
        self._set_phase("starting")
        for one in self.watched:
            one.process.extra_env[orphans.MARKER] = str(settings.folder)
            log = one.process.log
            if log and log.exists() and log.stat().st_size > LOG_LIMIT_BYTES:
                log.replace(log.with_suffix(".old"))
        services.postgres.init()
        # The functions take a second to import, so they start while the database is made ready.
        self._launch(services.postgres, services.functions, services.grader)
        self._await_postgres()
        self._prepare_database()
        self._launch(services.postgrest, services.gateway)
        for process in (services.postgrest, services.gateway, services.functions, services.grader):
            process.wait_ready(self.stop)
        self._launch(services.schedule)
        for one in self.watched:
            one.answering = True

    def _await_postgres(self) -> None:
        """After a crash the old server's last processes may hold its memory for a moment: try again."""
        for pause in (0.2, 1.0, 3.0):
            try:
                self.services.postgres.wait_ready(self.stop)
                return
            except ProcessFailed:
                if self.stop.wait(pause):
                    raise Interrupted from None
                self._launch(self.services.postgres)
        self.services.postgres.wait_ready(self.stop)

    def _prepare_database(self) -> None:
        url = self.settings.database_url
        applied = database.migrate(url)
        if applied:
            self.report(f"applied {len(applied)} migration{'s' if len(applied) > 1 else ''}")
        database.set_authenticator_password(self.settings.admin_url, self.settings.authenticator_password)
        database.configure_voice(url, self.settings.elevenlabs_webhook_secret)
        seeded = self.settings.data_dir.parent / "seeded"
        if not seeded.exists():
            database.seed(url)
            seeded.touch()

    def _launch(self, *processes: Process) -> None:
        for one in self.watched:
            if one.process in processes:
                one.process.launch()
                one.launched = one.answered = time.monotonic()
                self._save()

    def _tend(self, one: Watched, now: float) -> bool:
        """Look after one server; whether anything changed."""
        if one.process.exited():
            if one.next_launch is None:
                steady = now - one.launched > STEADY_SECONDS
                one.wait = SHORTEST_WAIT if steady else min(LONGEST_WAIT, one.wait * 2)
                one.next_launch = now + one.wait
                one.answering = False
                self.report(f"{one.process.name} stopped; starting it again in {one.wait:.1f} s")
                return True
            if now < one.next_launch:
                return False
            one.process.launch()
            one.launched = one.answered = now
            one.next_launch, one.next_check = None, now + FIRST_CHECK_SECONDS
            one.restarts += 1
            return True
        if now < one.next_check:
            return False
        was, one.answering = one.answering, one.process.ready()
        now = time.monotonic()
        one.next_check = now + (CHECK_SECONDS if one.answering else FIRST_CHECK_SECONDS)
        if one.answering:
            one.answered = now
        elif now - one.answered > SILENT_SECONDS and one.process is not self.services.postgres:
            # PostgreSQL is not restarted: it may be recovering, and a restart would begin the recovery anew.
            self.report(f"{one.process.name} does not answer for {SILENT_SECONDS:.0f} s; stopping it")
            one.process.kill()
        return was != one.answering

    def _set_phase(self, phase: str) -> None:
        self._phase = phase
        self._save()

    def _save(self) -> None:
        services = [
            ServiceState(
                name=one.process.name,
                port=self.settings.port(one.process.name) if one.process.name in PORTS else None,
                pid=one.process.pid,
                identity=state.identity(one.process.pid) if one.process.pid else None,
                restarts=one.restarts,
                answering=one.answering,
            )
            for one in self.watched
        ]
        StackState(self._phase, self.settings.port_base, services=services).save(self.settings.folder)
