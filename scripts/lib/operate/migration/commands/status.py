"""`status`: where the migration is, on one screen."""

from __future__ import annotations

import argparse

from ..catalog import read_state
from ..database import Connection
from ..progress import read_status
from ..terminal import show_status

HELP = "where it stands, and the next step"


def add_options(parser: argparse.ArgumentParser) -> None:
    pass


def run(connection: Connection, asked: argparse.Namespace) -> int:
    show_status(read_status(connection, read_state(connection)))
    return 0
