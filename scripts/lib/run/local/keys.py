"""The keys of a project, shaped like those of hosted Supabase, and the tokens signed with them."""

from __future__ import annotations

import json
import secrets
import time
import uuid
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

# Two people who are ready to practise on the local stack.
DEV_USERS = {
    "Dana": "d0000000-0000-4000-8000-000000000001",
    "Robin": "d0000000-0000-4000-8000-000000000002",
}
TEN_YEARS_SECONDS = 10 * 365 * 24 * 3600
Algorithm = Literal["HS256", "ES256"]


@dataclass(frozen=True)
class Keys:
    """`publishable` and `secret` are opaque keys for the `apikey` header; `jwt_secret` signs HS256 tokens, as projects
    once did; `signing_key`, a private JWK, signs ES256 tokens, as new projects do.
    """

    jwt_secret: str
    publishable: str
    secret: str
    signing_key: str

    @classmethod
    def generate(cls) -> Self:
        """A fresh set."""
        private = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
        return cls(
            jwt_secret=secrets.token_hex(32),
            publishable=f"sb_publishable_{secrets.token_urlsafe(22)}",
            secret=f"sb_secret_{secrets.token_urlsafe(32)}",
            signing_key=json.dumps({**private, "alg": "ES256", "use": "sig", "kid": str(uuid.uuid4())}),
        )

    def jwks(self) -> str:
        """The JWK set that verifies tokens of both kinds: for PostgREST alone, since HS256 has one key for both sides."""
        shared = urlsafe_b64encode(self.jwt_secret.encode()).rstrip(b"=").decode()
        public = {key: value for key, value in json.loads(self.signing_key).items() if key != "d"}
        return json.dumps({"keys": [public, {"kty": "oct", "k": shared, "alg": "HS256"}]})

    def sign(self, claims: dict[str, Any], algorithm: Algorithm = "HS256") -> str:
        """A token with exactly these claims."""
        if algorithm == "HS256":
            return jwt.encode(claims, self.jwt_secret, algorithm="HS256")
        key = jwt.PyJWK.from_json(self.signing_key)
        return jwt.encode(claims, key.key, algorithm="ES256", headers={"kid": key.key_id})

    def user_token(self, user_id: str, *, seconds: int = 3600, algorithm: Algorithm = "HS256") -> str:
        """A token as Supabase Auth gives it to this user, valid for `seconds`."""
        now = int(time.time())
        role = {"role": "authenticated", "aud": "authenticated"}
        return self.sign({"sub": user_id, **role, "iat": now, "exp": now + seconds}, algorithm)

    def role_token(self, role: str) -> str:
        """The lasting token of "anon" or "service_role", which is also that role's older kind of API key."""
        # A fixed time of issue, so that the key is the same each time.
        issued = 1_700_000_000
        return self.sign({"role": role, "iss": "supabase", "iat": issued, "exp": issued + TEN_YEARS_SECONDS})

    def as_dict(self) -> dict[str, str]:
        return asdict(self)
