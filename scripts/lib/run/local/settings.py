"""The settings of a checkout's stack: folder, ports, keys and passwords, made once and kept in `.stack/`."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from .binaries import ROOT
from .keys import Keys
from .ports import HOST
from .postgres import OWNER, SUPERUSER

DEFAULT_PORT_BASE = 54320
# Offsets from the base.
PORTS = {"gateway": 1, "postgres": 2, "postgrest": 3, "functions": 4, "grader": 5, "postgrest admin": 6}


class BadSettings(Exception):
    """The environment asks for something that cannot be; the text says what."""


def _webhook_secret() -> str:
    return f"wsec_{secrets.token_hex(32)}"


@dataclass(frozen=True)
class Settings:
    """Everything `up` needs to know. `folder` holds all that the stack writes."""

    folder: Path
    port_base: int
    keys: Keys
    postgres_password: str
    authenticator_password: str
    grader_secret: str
    elevenlabs_webhook_secret: str = field(default_factory=_webhook_secret)
    """One, or several separated by commas. ELEVENLABS_WEBHOOK_SECRET overrides the saved one."""

    @classmethod
    def load(cls) -> Self:
        """Read the saved settings, or make and save new ones. Raises BadSettings.

        STACK_DIR and STACK_PORT_BASE override the folder and the saved ports.
        """
        folder = Path(os.environ.get("STACK_DIR") or ROOT / ".stack").absolute()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not os.access(folder, os.W_OK):
            raise BadSettings(f"{folder} belongs to another user: run as that user, or set STACK_DIR")
        file = folder / "settings.json"
        if file.exists():
            saved = json.loads(file.read_text())
            keys = Keys(**{**Keys.generate().as_dict(), **saved["keys"]})
            settings = cls(folder=folder, **{**saved, "keys": keys})
            if keys.as_dict() != saved["keys"] or "elevenlabs_webhook_secret" not in saved:  # by an older version
                settings.save()
        else:
            settings = cls(
                folder=folder,
                port_base=DEFAULT_PORT_BASE,
                keys=Keys.generate(),
                postgres_password=secrets.token_urlsafe(18),
                authenticator_password=secrets.token_urlsafe(18),
                grader_secret=secrets.token_urlsafe(24),
            )
            settings.save()
        if own := os.environ.get("ELEVENLABS_WEBHOOK_SECRET"):
            settings = replace(settings, elevenlabs_webhook_secret=own)
        wanted = os.environ.get("STACK_PORT_BASE")
        return replace(settings, port_base=_port_base(wanted)) if wanted else settings

    def save(self) -> None:
        """Write the file, whole or not at all, readable by its owner only."""
        values = {
            "port_base": self.port_base,
            "keys": self.keys.as_dict(),
            "postgres_password": self.postgres_password,
            "authenticator_password": self.authenticator_password,
            "grader_secret": self.grader_secret,
            "elevenlabs_webhook_secret": self.elevenlabs_webhook_secret,
        }
        write_private(self.folder / "settings.json", json.dumps(values, indent=2))

    def port(self, service: str) -> int:
        """The port of one of PORTS."""
        return self.port_base + PORTS[service]

    def url(self, service: str) -> str:
        return f"http://{HOST}:{self.port(service)}"

    @property
    def data_dir(self) -> Path:
        return self.folder / "postgres"

    def log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    @property
    def database_url(self) -> str:
        """The owner's: `postgres`, which as on hosted Supabase is not a superuser."""
        return self._database_url(OWNER)

    @property
    def admin_url(self) -> str:
        """The superuser's."""
        return self._database_url(SUPERUSER)

    def _database_url(self, user: str) -> str:
        return f"postgresql://{user}:{self.postgres_password}@{HOST}:{self.port('postgres')}/postgres"

    def environment(self) -> dict[str, str]:
        """The lines of `./scripts/stack env`: the settings that a client, a test or an operator's command needs."""
        origin = self.url("gateway")
        return {
            "SUPABASE_URL": origin,
            "SUPABASE_PUBLISHABLE_KEY": self.keys.publishable,
            "SUPABASE_SECRET_KEY": self.keys.secret,
            "SUPABASE_JWT_SECRET": self.keys.jwt_secret,
            "ELEVENLABS_WEBHOOK_SECRET": self.elevenlabs_webhook_secret,
            "DATABASE_URL": self.database_url,
            "API_URL": f"{origin}/api/training-sessions",
            "GRADER_URL": f"{origin}/grader",
            "GRADER_SECRET": self.grader_secret,
            "WEB_URL": origin,
        }


def write_private(path: Path, text: str) -> None:
    """Replace `path` in one step by a file that only its owner can read."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


def _port_base(text: str) -> int:
    highest = 65535 - max(PORTS.values())
    if not text.isdigit() or not 1024 <= int(text) <= highest:
        raise BadSettings(f"STACK_PORT_BASE must be a number from 1024 to {highest}, not {text!r}")
    return int(text)
