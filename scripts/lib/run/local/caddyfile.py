"""The text of the gateway's Caddyfile: routes, API keys, page rules. No process, no files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from .binaries import ROOT
from .keys import Keys
from .ports import HOST

# The sources that pages may load from. Voice needs its service, and audio worklets from blobs.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' blob:",
        "worker-src 'self' blob:",
        "media-src 'self' blob:",
        "img-src 'self' data:",
        "connect-src 'self' https://api.elevenlabs.io wss://api.elevenlabs.io wss://livekit.rtc.elevenlabs.io",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

# Pages with an address of their own.
PAGES = {"/": "/index.html", "/sessions": "/sessions.html", "/analytics/*": "/analytics.html"}
# The data that the functions and the pages share.
PERSONAS = ROOT / "functions" / "api" / "personas.json"
# The other readable files of web/: these kinds, at its top or in these folders.
PAGE_KINDS = ("html", "js", "css", "svg", "png", "ico", "webmanifest")
PAGE_FOLDERS = ("pages", "parts", "assets", "portraits")
# /vendor/<name>/ → folder in node_modules.
VENDOR = {
    "supabase-js": "@supabase/supabase-js/dist/umd",
    "elevenlabs-client": "@elevenlabs/client/dist",
    "livekit-client": "livekit-client/dist",
}

MAX_BODY = "2MB"  # the functions and the database have closer limits of their own
MAX_HOOK_BODY = "64MB"  # a hook's body may have 16 MiB; the function refuses a larger one in its own words
REST_METHODS = "GET, HEAD, POST, PATCH, PUT, DELETE, OPTIONS"
REST_REQUEST_HEADERS = (
    "authorization, apikey, content-type, x-client-info, x-supabase-api-version, prefer, range, range-unit, "
    "accept, accept-profile, content-profile, x-retry-count, idempotency-key"
)
REST_RESPONSE_HEADERS = "Content-Range, Content-Location, Content-Encoding, Location, Range-Unit, Date"


@dataclass(frozen=True)
class Upstreams:
    """Ports on 127.0.0.1."""

    postgrest: int
    functions: int
    grader: int


def caddyfile(port: int, upstreams: Upstreams, keys: Keys, web: Path, node_modules: Path, runtime: Path) -> str:
    """The whole file. `runtime` is a folder that holds config.json and is Caddy's own."""
    # Names are checked, so that no foreign web page reaches this server under its own name (DNS rebinding).
    return f"""
{{
	admin off
	persist_config off
	auto_https off
	storage file_system {_quoted(runtime / "caddy")}
	log {{
		level ERROR
		exclude http.log.error
	}}
	servers {{
		timeouts {{
			read_header 10s
			read_body 20s
			idle 2m
		}}
	}}
}}

http://{HOST}:{port}, http://localhost:{port} {{
	bind {HOST}
{_rest(upstreams.postgrest, keys)}
{_functions(upstreams)}
{_pages(web, node_modules, runtime)}
{_errors(web)}
}}

http://:{port} {{
	bind {HOST}
	{_answer(421, "not_found", "this server answers to the names 127.0.0.1 and localhost only")}
}}
"""


def _rest(port: int, keys: Keys) -> str:
    """PostgREST behind API keys: a key without a user's token becomes the token of the key's role."""
    # PostgREST closes the connection of a HEAD request without saying so: it must not be used for another.
    anon, service = keys.role_token("anon"), keys.role_token("service_role")
    roles = {keys.publishable: anon, keys.secret: service, anon: anon, service: service}
    known = "\n".join(f"\t\t\t\t{key} {token}" for key, token in roles.items())
    no_key = _answer(401, "not_authenticated", "no API key: send one in the apikey header")
    bad_key = _answer(401, "not_authenticated", "the API key is not one of this project's")
    return f"""
	@rest path /rest/v1 /rest/v1/*
	handle @rest {{
		route {{
			vars rest yes
			uri strip_prefix /rest/v1
			header {{
				>Access-Control-Allow-Origin *
				>Access-Control-Expose-Headers "{REST_RESPONSE_HEADERS}"
			}}
			@preflight {{
				method OPTIONS
				header Access-Control-Request-Method *
			}}
			handle @preflight {{
				header Access-Control-Allow-Methods "{REST_METHODS}"
				header Access-Control-Allow-Headers "{REST_REQUEST_HEADERS}"
				header Access-Control-Max-Age 3600
				respond 204
			}}
			@key_in_query {{
				not header Apikey *
				query apikey=*
			}}
			request_header @key_in_query Apikey {{query.apikey}}
			uri query -apikey
			@no_key not header Apikey *
			handle @no_key {{
				{no_key}
			}}
			map {{header.Apikey}} {{role_token}} {{
{known}
				default unknown
			}}
			@bad_key vars {{role_token}} unknown
			handle @bad_key {{
				{bad_key}
			}}
			@key_alone {{
				not header Authorization *
			}}
			@key_twice vars {{header.Authorization}} "Bearer {{header.Apikey}}"
			request_header @key_alone Authorization "Bearer {{role_token}}"
			request_header @key_twice Authorization "Bearer {{role_token}}"
			request_header -Apikey
			request_body {{
				max_size {MAX_BODY}
			}}
			@head method HEAD
			handle @head {{
{_proxy(port, idle="off")}
			}}
{_proxy(port, idle="20s")}
		}}
	}}"""


def _functions(upstreams: Upstreams) -> str:
    """The functions under each of their addresses, and the grader under one."""
    # The functions' server closes an idle connection after two seconds: let go of it before that.
    return f"""
	handle /api/hooks/* {{
		request_body {{
			max_size {MAX_HOOK_BODY}
		}}
{_proxy(upstreams.functions, idle="1s")}
	}}
	@functions path /api /api/* /healthz /functions/v1/*
	handle @functions {{
		request_body {{
			max_size {MAX_BODY}
		}}
{_proxy(upstreams.functions, idle="1s")}
	}}
	handle /grader {{
		rewrite * /
		request_body {{
			max_size {MAX_BODY}
		}}
{_proxy(upstreams.grader, idle="1s")}
	}}"""


def _proxy(port: int, *, idle: str) -> str:
    return f"""
			reverse_proxy {HOST}:{port} {{
				header_down -Server
				header_down -Via
				transport http {{
					dial_timeout 2s
					response_header_timeout 150s
					keepalive {idle}
					keepalive_idle_conns_per_host 128
					compression off
				}}
			}}"""


def _pages(web: Path, node_modules: Path, runtime: Path) -> str:
    """Static files, each by an entry of the lists above."""
    vendors = "\n".join(
        f"""
		handle_path /vendor/{name}/* {{
			root * {_quoted(node_modules / folder)}
			file_server
		}}"""
        for name, folder in VENDOR.items()
    )
    rewrites = "\n".join(f"\t\trewrite {path} {page}" for path, page in PAGES.items())
    pattern = rf"^/((?:{'|'.join(PAGE_FOLDERS)})/)*[A-Za-z0-9_.-]+\.({'|'.join(PAGE_KINDS)})$"
    return f"""
	handle {{
		encode gzip
		header {{
			Content-Security-Policy "{CONTENT_SECURITY_POLICY}"
			X-Content-Type-Options nosniff
			Referrer-Policy no-referrer
			Permissions-Policy "microphone=(self), camera=(), geolocation=()"
			Cache-Control no-cache
		}}
{vendors}
		handle /config.json {{
			root * {_quoted(runtime)}
			file_server
		}}
		handle /personas.json {{
			root * {_quoted(PERSONAS.parent)}
			file_server
		}}
		route {{
{rewrites}
			@page path_regexp {pattern}
			file_server @page {{
				root {_quoted(web)}
			}}
			error 404
		}}
	}}"""


def _errors(web: Path) -> str:
    """Every failure in the one error shape; a browser that asks for a page gets one."""
    unavailable = _answer(503, "database_unavailable", "the service does not answer at the moment; try again")
    return f"""
	handle_errors {{
		header Cache-Control no-store
		@from_rest vars rest yes
		header @from_rest Access-Control-Allow-Origin *
		@down expression `{{err.status_code}} in [502, 503, 504]`
		handle @down {{
			header Retry-After 1
			{unavailable}
		}}
		@large expression `{{err.status_code}} == 413`
		handle @large {{
			{_answer(413, "body_too_large", "the request body is too large")}
		}}
		@page {{
			expression `{{err.status_code}} == 404`
			header Accept *text/html*
			not path /api* /rest/* /functions/*
		}}
		handle @page {{
			rewrite * /missing.html
			file_server {{
				root {_quoted(web)}
				status 404
			}}
		}}
		@missing expression `{{err.status_code}} == 404`
		handle @missing {{
			{_answer(404, "not_found", "there is nothing at this address")}
		}}
		handle {{
			{_answer("{err.status_code}", "internal", "the gateway could not pass on the request")}
		}}
	}}"""


def _answer(status: int | str, code: str, message: str) -> str:
    body = json.dumps({"code": code, "message": message, "details": None, "hint": None})
    return f"header Content-Type application/json\n\t\t\trespond `{body}` {status}"


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
