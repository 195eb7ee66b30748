"""One origin for everything, as a hosted project has it: data API, functions, grader and pages."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from .binaries import NODE_MODULES, ROOT, caddy_binary
from .http_client import answers
from .keys import DEV_USERS, Keys
from .ports import HOST
from .process import Process
from .settings import write_private

CADDYFILE = Path(__file__).with_name("Caddyfile")
FUNCTIONS = ROOT / "functions"
DEV_TOKEN_SECONDS = 30 * 24 * 3600


class Gateway(Process):
    """`Gateway(port, postgrest_port, functions_port, grader_port, keys).start()`.

    `config` is what pages read at /config.json; without it, `page_config(...)`. `runtime` is a folder for the
    gateway's own files, a temporary one if not given.
    """

    name = "gateway"
    stop_seconds = 5.0

    def __init__(
        self,
        port: int,
        postgrest_port: int,
        functions_port: int,
        grader_port: int,
        keys: Keys,
        web_dir: Path = ROOT / "web",
        *,
        config: Mapping[str, Any] | None = None,
        runtime: Path | None = None,
        log: Path | None = None,
    ) -> None:
        super().__init__(log=log)
        self.port = port
        self.upstreams = {
            "POSTGREST_PORT": postgrest_port, "FUNCTIONS_PORT": functions_port, "GRADER_PORT": grader_port
        }  # fmt: skip
        self.keys = keys
        self.web_dir = web_dir
        self.config = config
        self._runtime = runtime
        self._temporary: Path | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def launch(self) -> Self:
        if self._runtime is None and self._temporary is None:
            self._temporary = Path(tempfile.mkdtemp(prefix="gateway-"))
        runtime = self._folder()
        runtime.mkdir(parents=True, exist_ok=True)
        config = page_config(self.keys) if self.config is None else self.config
        write_private(runtime / "config.json", json.dumps(config))
        return super().launch()

    def stop(self) -> None:
        super().stop()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None

    def command(self) -> Sequence[str]:
        return [str(caddy_binary()), "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"]

    def environment(self) -> Mapping[str, str]:
        """Caddy puts each value into the text of the Caddyfile; a path stands there in quotation marks."""
        own = str(self._folder() / "caddy")
        keys = self.keys
        paths = {"RUNTIME": self._folder(), "WEB": self.web_dir, "FUNCTIONS": FUNCTIONS, "NODE_MODULES": NODE_MODULES}
        return {
            **os.environ,
            "XDG_DATA_HOME": own,
            "XDG_CONFIG_HOME": own,
            "PORT": str(self.port),
            **{name: str(port) for name, port in self.upstreams.items()},
            "PUBLISHABLE_KEY": keys.publishable,
            "SECRET_KEY": keys.secret,
            "ANON_TOKEN": keys.role_token("anon"),
            "SERVICE_TOKEN": keys.role_token("service_role"),
            **{name: str(path).replace("\\", "\\\\").replace('"', '\\"') for name, path in paths.items()},
        }

    def ready(self) -> bool:
        return answers(f"{self.url}/config.json", below=300)

    def _folder(self) -> Path:
        folder = self._runtime or self._temporary
        if folder is None:
            raise RuntimeError("the gateway has not been launched")
        return folder


def page_config(keys: Keys) -> dict[str, Any]:
    """The config of the pages for a local project. It holds users' tokens, so it is for this machine only."""
    played = {"homeowner": "model"} if os.environ.get("OPENAI_API_KEY") else {}
    return {
        **played,
        "supabaseUrl": "/",  # relative, so that the pages work at localhost as well
        "publishableKey": keys.publishable,
        "apiUrl": "/api/training-sessions",
        "devUsers": [
            {"name": name, "id": user_id, "token": keys.user_token(user_id, seconds=DEV_TOKEN_SECONDS)}
            for name, user_id in DEV_USERS.items()
        ],
    }
