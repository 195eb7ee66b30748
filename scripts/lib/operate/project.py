"""Which project a command speaks to: SUPABASE_URL and SUPABASE_SECRET_KEY of the environment or the .env beside
README.md, else the local stack."""

import os

import httpx
from dotenv import dotenv_values
from postgrest import APIError
from supabase import Client, create_client

from run.local.binaries import ROOT
from run.local.settings import Settings

UNREACHABLE = (APIError, httpx.HTTPError)
"""What calls on the client raise when the project refuses or does not answer."""


def connect() -> Client:
    """A client with the secret key. SystemExit, saying what is missing, when only half of the two is set."""
    known = {**dotenv_values(ROOT / ".env"), **os.environ}
    url, key = known.get("SUPABASE_URL"), known.get("SUPABASE_SECRET_KEY")
    if not url and not key:
        local = Settings.load().environment()
        url, key = local["SUPABASE_URL"], local["SUPABASE_SECRET_KEY"]
    if not url or not key:
        raise SystemExit("Set both SUPABASE_URL and SUPABASE_SECRET_KEY, or neither for the local stack.")
    return create_client(url, key)


def explain(error: Exception) -> str:
    """One line that repeats no data."""
    if isinstance(error, APIError):
        return f"The project refused: {error.code} {error.message}"
    return f"The project does not answer ({type(error).__name__}). Is the stack up, or SUPABASE_URL right?"
