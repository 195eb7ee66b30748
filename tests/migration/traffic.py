"""People at work while the migration runs: the old app writing, and owners following every kind of link in their system."""

import json
import random
import threading
import time
from collections.abc import Callable
from typing import Any, LiteralString, Self

import psycopg
from operating import Old

from support import Refused, Role, transcript_lines


class Traffic:
    """Context manager. `failures` is everything anybody saw go wrong; `waits` the seconds of each write of the old app."""

    def __init__(self, database: Old, writes_per_second: float = 100, readers: int = 2) -> None:
        self.database = database
        self.failures: list[str] = []
        self.waits: list[float] = []
        self.reads = 0
        self.flips = 0
        self._pace = 1 / writes_per_second
        self._stop = threading.Event()
        self._links = self._known_links()
        self._followed: list[str] = []
        self._lock = threading.Lock()
        work = [self._write, *[self._read] * readers]
        self._threads = [threading.Thread(target=self._guarded, args=(each,)) for each in work]

    def _known_links(self) -> list[tuple[str, str]]:
        """(owner, old id) of rows whose owner has a profile."""
        return [
            (str(owner), str(old_id))
            for owner, old_id in self.database.sql(
                "select o.user_id, o.id from public.live_sessions o join public.users u on u.id = o.user_id order by random() limit 2000"
            )
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (psycopg.Error, AssertionError, Refused) as error:
            self.failures.append(f"{work.__name__}: {type(error).__name__} {error}"[:500])

    def _write(self) -> None:
        """The old app, as its service: starts, ends, grades and now and then erases sessions, one statement each."""
        chance, people = random.Random(2), self.database.world.people
        said = json.dumps([{"speaker": "rep", "text": "Hello there", "timestamp": "2026-01-01T00:00:00.000Z"}])
        mine: list[tuple[str, str]] = []
        with psycopg.connect(self.database.url, autocommit=True) as app:

            def timed(statement: LiteralString, *params: object) -> Any:
                began = time.perf_counter()
                cursor = app.execute(statement, params)
                self.waits.append(time.perf_counter() - began)
                return cursor.fetchone() if cursor.description else None

            while not self._stop.wait(self._pace * chance.random() * 2):
                if len(mine) < 20 or chance.random() < 0.3:
                    owner = chance.choice(people)
                    mine.append(
                        (
                            owner,
                            timed(
                                "insert into public.live_sessions (user_id, agent_name) values (%s, 'Live') returning id::text",
                                owner,
                            )[0],
                        )
                    )
                    with self._lock:
                        self._links.append(mine[-1])
                elif chance.random() < 0.95:
                    _, old_id = chance.choice(mine if chance.random() < 0.5 else self._links)
                    timed(
                        "update public.live_sessions set full_transcript = %s, ended_at = greatest(now(), started_at), rapport_score = %s where id = %s",
                        said, chance.randint(0, 100), old_id,
                    )  # fmt: skip
                else:
                    link = mine.pop(chance.randrange(len(mine)))
                    with self._lock:  # an erased link is not followed
                        self._links.remove(link)
                        followed = link[1] in self._followed
                    if not followed:
                        timed("delete from public.live_sessions where id = %s", link[1])

    def _read(self) -> None:
        chance = random.Random(threading.get_ident())
        while not self._stop.is_set():
            with self._lock:
                owner, old_id = chance.choice(self._links)
                self._followed.append(old_id)
            person = Role(self.database.url, "authenticated", owner)
            try:
                self._follow(person, old_id)
            finally:
                person.close()
                with self._lock:
                    self._followed.remove(old_id)
            if chance.random() < 0.1:
                self._begin(owner, chance)
            self.reads += 1

    def _follow(self, person: Role, old_id: str) -> None:
        """An old link opens in both systems, whichever this person is in."""
        person.call("select public.session_system()")
        assert person.rows("select count(*) from public.live_sessions where id = %s", old_id) == [1], (
            f"old link {old_id} not found there"
        )
        found = person.call("select public.resolve_legacy_sessions(array[%(id)s]::uuid[])", {"id": old_id})
        assert old_id in found, f"old link {old_id} not found here"
        assert person.rpc("get_training_session", session_id=found[old_id])["legacy_id"] == old_id

    def _begin(self, owner: str, chance: random.Random) -> None:
        """A session in the system of this person; both systems show it."""
        person = Role(self.database.url, "authenticated", owner)
        try:
            if person.rpc("session_system") == "live_sessions":
                self._follow(
                    person,
                    person.call(
                        "insert into public.live_sessions (user_id, agent_name) values (auth.uid(), 'Begun there') returning id::text"
                    ),
                )
                return
            self.flips += 1
            session_id = person.rpc("create_training_session", agent_name="Begun here")["id"]
            person.rpc("append_transcript", session_id=session_id, lines=transcript_lines(2))
            person.rpc("complete_training_session", session_id=session_id, lines=transcript_lines())
            session: dict[str, Any] = person.rpc("get_training_session", session_id=session_id)
            assert session["line_count"] == 6
            self._follow(person, session["legacy_id"])
        finally:
            person.close()
