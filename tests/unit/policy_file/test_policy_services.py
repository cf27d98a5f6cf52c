"""Services of a policy: where a value may go that an agent never sees, and what is refused."""

import pytest

from envaccess.domain.policy.services import AllowedCall
from envaccess.domain.variable import Variable
from envaccess.policy_file.services import profiles
from tests.unit.policy_file.written import HEAD, faults, read

RULES = (
    "rules:\n  - {match: p/*, requesters: [team, agents], approvers: [leads], delivery: [cli, broker]}\n"
    "  - {match: q/*, approvers: [leads, team]}\n"
)
WHOLE = {
    "base": "https://api.github.com",
    "header": "Authorization",
    "format": "'Bearer {value}'",
    "variable": "p/TOKEN",
    "allow": "['GET /repos/acme/**', 'POST /repos/acme/shop/issues']",
}


def service(**changed: str | None) -> str:
    """A file with one service; its fields begin in line 5."""
    fields = {name: text for name, text in {**WHOLE, **changed}.items() if text is not None}
    lines = "".join(f"    {name}: {text}\n" for name, text in fields.items())
    return f"{HEAD}services:\n  s:\n{lines}{RULES}"


def test_a_service_says_where_how_and_what_alone_may_be_called() -> None:
    (found,) = read(service()).services
    assert (found.base, found.header, found.format) == (
        "https://api.github.com",
        "Authorization",
        "Bearer {value}",
    )
    assert (found.name, found.variable, found.line) == ("s", Variable("p", "TOKEN"), 4)
    assert found.allow == (
        AllowedCall("GET", "/repos/acme/**"),
        AllowedCall("POST", "/repos/acme/shop/issues"),
    )


@pytest.mark.parametrize(
    ("base", "read_as"),
    [
        ("https://API.acme.com:8443/v1/", "https://api.acme.com:8443/v1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost", "http://localhost"),
        ("'http://[::1]:80/'", "http://[::1]:80"),
    ],
)
def test_a_base_has_no_slash_at_its_end(base: str, read_as: str) -> None:
    assert read(service(base=base)).services[0].base == read_as


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("base", "http://api.github.com", "it is not https"),
        ("base", "http://127.0.0.1.evil.example", "it is not https"),
        ("base", "http://localhost.evil.example", "it is not https"),
        ("base", "ftp://api.github.com", "it is not https"),
        ("base", "file:///etc/passwd", "this is no address"),
        ("base", "https://user@api.github.com", "it holds a user or a password"),
        ("base", "https://:pw@api.github.com", "it holds a user or a password"),
        ("base", "https://api.github.com/?a=b", "a query or a fragment"),
        ("base", "'https://api.github.com#x'", "a query or a fragment"),
        ("base", "https://api.github.com/a/../b", "is no plain path"),
        ("base", "https://api.github.com/%2e%2e", "is no plain path"),
        ("base", "https://api.github.com//a", "is no plain path"),
        ("base", "https://api.github.com/*", "is no plain path"),
        ("base", "'https://api.github.com\\@evil.example'", "it holds a user"),
        ("base", "'https://evil.example\\.api.github.com'", "this is no address"),
        ("base", "https://", "this is no address"),
        ("base", "api.github.com", "this is no address"),
        ("base", "'https://[::1'", "this is no address"),
        ("base", '"https://\\u0430pi.github.com"', "this is no address"),
        ("header", "Host", "is the connection's own"),
        ("header", "content-length", "is the connection's own"),
        ("header", "CONNECTION", "is the connection's own"),
        ("header", "Transfer-Encoding", "is the connection's own"),
        ("header", "Accept-Encoding", "is the connection's own"),
        ("header", "'X: y'", "is no header's name"),
        ("header", '"X\\r\\nHost"', "is no header's name"),
        ("format", "Bearer", "it must have {value} once"),
        ("format", "'{value} {value}'", "it must have {value} once"),
        ("format", '"{value}\\r\\nHost: evil"', "characters that no header may have"),
        ("format", "'{value} ü'", "characters that no header may have"),
        ("variable", "p/TOK*", "is no variable's name"),
        ("variable", "'@set'", "is no variable's name"),
        ("allow", "GET", "begins with no method"),
        ("allow", "[/repos]", "begins with no method"),
        ("allow", "['get /repos']", "begins with no method"),
        ("allow", "['* /repos']", "begins with no method"),
        ("allow", "['CONNECT /x']", "begins with no method"),
        ("allow", "['GET repos']", "has no plain path"),
        ("allow", "['GET https://evil.example/']", "has no plain path"),
        ("allow", "['GET /a/../b']", "has no plain path"),
        ("allow", "['GET /a//b']", "has no plain path"),
        ("allow", "['GET //']", "has no plain path"),
        ("allow", "['GET /a/.../b']", "has no plain path"),
        ("allow", "['GET /%2e']", "has no plain path"),
        ("allow", "['GET /a b']", "has no plain path"),
        ("allow", "['GET /a?x=y']", "no queries"),
        ("allow", "['GET /a**']", "stands for whole parts"),
        ("allow", "[]", "nobody and nothing"),
        ("profile", "nobody", "no service is known as `nobody`"),
    ],
)
def test_where_a_value_would_leak_is_refused(field: str, text: str, problem: str) -> None:
    found = [fault for fault in faults(service(**{field: text})) if problem in fault.problem]
    assert len(found) == 1, faults(service(**{field: text}))
    assert found[0].field.startswith(f"services.s.{field}")


def test_a_path_may_end_with_a_slash_or_be_one() -> None:
    (found,) = read(service(allow="['GET /', 'GET /v1/items/']")).services
    assert [call.path for call in found.allow] == ["/", "/v1/items/"]


def test_a_password_in_a_base_is_not_repeated() -> None:
    assert "hunter22" not in str(faults(service(base="https://u:hunter22@api.github.com")))


@pytest.mark.parametrize("field", ["base", "header", "format", "allow", "variable"])
def test_what_a_service_lacks_is_told(field: str) -> None:
    found = faults(service(**{field: None}))
    assert [(fault.field, fault.problem) for fault in found] == [(f"services.s.{field}", "it is missing")]


def test_a_variable_that_no_rule_is_about_or_no_agent_may_ask_for_is_a_fault() -> None:
    assert "no rule matches r/TOKEN" in faults(service(variable="r/TOKEN"))[0].problem
    assert "does not let agents ask for q/TOKEN" in faults(service(variable="q/TOKEN"))[0].problem


def test_a_profile_says_the_rest_and_what_is_said_beside_it_holds() -> None:
    text = f"{HEAD}services: {{s: {{profile: github, variable: p/TOKEN}}}}\n{RULES}"
    (found,) = read(text).services
    assert (found.base, found.header) == ("https://api.github.com", "Authorization")
    assert found.allow
    (narrowed,) = read(text.replace("p/TOKEN", "p/TOKEN, allow: 'GET /user'")).services
    assert narrowed.allow == (AllowedCall("GET", "/user"),)
    assert set(profiles()) == {"github", "openai", "anthropic", "stripe", "slack"}


@pytest.mark.parametrize("name", ["Github", "a b", "'../x'", "''"])
def test_a_service_has_a_plain_name(name: str) -> None:
    assert any(
        "is no name of a service" in f.problem for f in faults(service().replace("  s:", f"  {name}:"))
    )
