"""The keys of a project, shaped like those of hosted Supabase, and the tokens signed with them."""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict, dataclass
from typing import Any, Self

import jwt

# Two people who are ready to practise on the local stack.
DEV_USERS = {
    "Dana": "d0000000-0000-4000-8000-000000000001",
    "Robin": "d0000000-0000-4000-8000-000000000002",
}
TEN_YEARS_SECONDS = 10 * 365 * 24 * 3600


@dataclass(frozen=True)
class Keys:
    """`publishable` and `secret` are opaque keys for the `apikey` header; `jwt_secret` signs HS256 tokens."""

    jwt_secret: str
    publishable: str
    secret: str

    @classmethod
    def generate(cls) -> Self:
        """A fresh set."""
        return cls(
            jwt_secret=secrets.token_hex(32),
            publishable=f"sb_publishable_{secrets.token_urlsafe(22)}",
            secret=f"sb_secret_{secrets.token_urlsafe(32)}",
        )

    def sign(self, claims: dict[str, Any]) -> str:
        """A token with exactly these claims."""
        return jwt.encode(claims, self.jwt_secret, algorithm="HS256")

    def user_token(self, user_id: str, *, seconds: int = 3600) -> str:
        """What Supabase Auth would give this user, valid for `seconds`."""
        now = int(time.time())
        role = {"role": "authenticated", "aud": "authenticated"}
        return self.sign({"sub": user_id, **role, "iat": now, "exp": now + seconds})

    def role_token(self, role: str) -> str:
        """The lasting token of "anon" or "service_role", which is also that role's older kind of API key."""
        # A fixed time of issue: the same key every time it is asked for.
        issued = 1_700_000_000
        return self.sign({"role": role, "iss": "supabase", "iat": issued, "exp": issued + TEN_YEARS_SECONDS})

    def as_dict(self) -> dict[str, str]:
        return asdict(self)
