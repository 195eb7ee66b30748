"""The OpenAPI document is served as it is, is valid, and tells of the code what is true."""

import re
import unicodedata
from typing import Any

import httpx
import jsonschema
from openapi_spec_validator import validate

from endpoint_cases import SERVED
from http_request import WHITE_SPACE
from support import ROOT, Stack, User, assert_error, line, transcript_lines


def test_it_is_valid_and_served(stack: Stack, openapi: dict[str, Any]) -> None:
    validate(openapi)
    assert httpx.get(f"{stack.functions_url}/api/openapi.json").json() == openapi


def test_it_has_exactly_the_routes_of_the_code(openapi: dict[str, Any]) -> None:
    documented = {
        (path, method.upper()) for path, item in openapi["paths"].items() for method in item if method != "parameters"
    }
    served = {(path, method) for path, methods in SERVED.items() for method in methods if "{file}" not in path}
    assert documented == served


def test_every_code_it_names_is_raised_somewhere_and_stands_in_the_readme(openapi: dict[str, Any]) -> None:
    source = "".join(
        file.read_text()
        for folder in ("functions", "sql")
        for file in (ROOT / folder).rglob("*.*")
        if file.suffix in (".py", ".sql")
    )
    raised = set(re.findall(r'ApiError\(\s*\d+,\s*"([a-z_]+)"', source)) | set(
        re.findall(r"training\.fail\(\d+, '([a-z_]+)'", source)
    )
    described = " ".join(response["description"] for response in openapi["components"]["responses"].values())
    readme = (ROOT / "README.md").read_text()
    internal = {"not_found", "method_not_allowed"}
    assert {code for code in raised - internal if code not in described} == set()
    assert {code for code in raised if f"`{code}`" not in readme} == set()


def test_what_the_code_answers_fits_the_schemas(stack: Stack, user: User, openapi: dict[str, Any]) -> None:
    def fits(response: httpx.Response, schema: str) -> Any:
        document = {"$ref": f"#/components/schemas/{schema}", "components": openapi["components"]}
        jsonschema.Draft202012Validator(document).validate(response.json())
        return response.json()

    session_id = fits(user.call("POST", body={"agent_name": "Austin"}), "Created")["id"]
    fits(user.call("GET", f"/{session_id}"), "Session")
    fits(user.call("PATCH", f"/{session_id}", {"transcript_lines": transcript_lines()}), "Appended")
    fits(user.call("POST", f"/{session_id}/complete", {}), "Completed")
    stack.grade(session_id)
    session = fits(user.call("GET", f"/{session_id}"), "Session")
    properties = openapi["components"]["schemas"]["Session"]["properties"]
    assert set(session) == set(properties)
    fits(user.call("GET", "/progress?time_zone=Europe/Berlin"), "Progress")
    page = fits(user.call("GET"), "Page")
    assert set(page["sessions"][0]) == set(openapi["components"]["schemas"]["SessionRow"]["properties"])
    fits(user.call("PATCH", f"/{session_id}", {"transcript_line": line(9)}), "Error")


def test_schema_route_and_database_mean_the_same_by_white_space(user: User, openapi: dict[str, Any]) -> None:
    pattern = re.compile(openapi["components"]["schemas"]["Text"]["pattern"])
    characters = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    blank = "".join(each for each in characters if not pattern.search(each))
    assert set(blank) == set(WHITE_SPACE)

    session_id = user.start()
    assert_error(user.call("POST", body={"agent_name": blank}), 422, "invalid_field", "agent_name")
    refused = user.call("PATCH", f"/{session_id}", {"transcript_line": line(1, text=blank)})  # the database's word
    assert_error(refused, 422, "invalid_field", "transcript_line.text")
    unseen = [each for each in characters if unicodedata.category(each) in ("Zs", "Zl", "Zp", "Cc", "Cf")]
    texts = [each for each in unseen if each not in blank]
    assert {"\x1e", "\x85", "\u200b"} < set(texts)  # white space to Python alone, or not at all
    for each in "\x1e", "\x85", "\u200b":
        assert user.call("POST", body={"agent_name": each}).status_code == 201
    for start in range(0, len(texts), 100):
        lines = [line(text=each) for each in texts[start : start + 100]]
        assert user.call("PATCH", f"/{session_id}", {"transcript_lines": lines}).status_code == 200
