"""The one error every path answers with: PostgREST's shape, `{"code", "message", "details", "hint"}`."""

from collections.abc import Mapping


class ApiError(Exception):
    """An answer that is an error. `code` is stable and listed in the README; `details` is a field's path."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: str | None = None,
        hint: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)  # the code alone: a printed exception shows no words of a user
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.hint = hint
        self.headers = dict(headers or {})

    def body(self) -> dict[str, str | None]:
        return {"code": self.code, "message": self.message, "details": self.details, "hint": self.hint}


def invalid_field(field: str, rule: str, hint: str | None = None) -> ApiError:
    """422: `field` (a path such as `duration_seconds`) breaks `rule` (such as "must be a whole number")."""
    return ApiError(422, "invalid_field", f"{field} {rule}", field, hint)


def not_authenticated() -> ApiError:
    return ApiError(
        401,
        "not_authenticated",
        "Sign in first: this needs a user's valid token.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def method_not_allowed(allow: str) -> ApiError:
    message = "This path does not know that method."
    return ApiError(405, "method_not_allowed", message, hint=f"allowed: {allow}", headers={"Allow": allow})


def session_not_found() -> ApiError:
    return ApiError(404, "session_not_found", "You have no session with this id.")


def database_unavailable() -> ApiError:
    return ApiError(
        503,
        "database_unavailable",
        "The database did not answer in time. Nothing is lost: send the same request again.",
        headers={"Retry-After": "1"},
    )
