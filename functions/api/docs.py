"""The OpenAPI document, and a page that shows it with Swagger UI under a strict Content-Security-Policy."""

from functools import cache
from pathlib import Path

from starlette.responses import Response

from api.handlers import Call
from errors import ApiError
from http_response import json_response

HERE = Path(__file__).parent
FOLDERS = (HERE / "swagger-ui", HERE.parents[1] / "web" / "node_modules" / "swagger-ui-dist")
"""Where the files of the npm package swagger-ui-dist are: copied beside this file by ./scripts/deploy, or as installed."""

CONTENT_TYPES = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "start.js": "text/javascript",
}
# Swagger UI sets style attributes from its script and draws icons from data: addresses.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Training sessions: the HTTP API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<main id="api"><p>The document: <a href="openapi.json">openapi.json</a></p></main>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
START = 'SwaggerUIBundle({ url: "openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null })\n'


async def openapi(call: Call) -> Response:
    return json_response(200, (HERE / "openapi.json").read_bytes())


async def page(call: Call) -> Response:
    """The page. Its addresses are relative, so that it works below any prefix."""
    return Response(PAGE, 200, HEADERS, "text/html")


async def asset(call: Call) -> Response:
    """One of the page's files; 404 for any other, and where Swagger UI is not installed."""
    name = call.request.scope["path"].rstrip("/").rpartition("/")[2]
    content = START.encode() if name == "start.js" else _read(name)
    if content is None:
        raise ApiError(404, "not_found", "There is nothing at this path.")
    return Response(content, 200, HEADERS, CONTENT_TYPES[name])


@cache
def _read(name: str) -> bytes | None:
    for folder in FOLDERS:
        if name in CONTENT_TYPES and (folder / name).is_file():
            return (folder / name).read_bytes()
    return None
