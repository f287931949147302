"""uri, wait_for, stat, assert, fail: what only looks, as a `command` that is a query.

A check hangs at such a command that does nothing, as its `preflight`: so it is asked at its place, and
in a preview only if nothing before it would change.
"""

from __future__ import annotations

import re
import shlex
from typing import Any

from hardener.ansible import expressions
from hardener.ansible.arguments import Arguments, Params, Turned, given
from hardener.ansible.notes import Left
from hardener.playbook.templates import has_template

NOTHING: Params = {"cmd": "true", "query": True}
PATIENCE = ("register", "until", "retries", "delay", "changed_when")
"""Keywords that a check does not leave beside it."""
LONGEST = 30
"""Seconds between two questions, at most: each wait is twice as long as the one before."""


def uri(args: Arguments) -> Turned:
    status = args.take("status_code")
    listed = status if isinstance(status, list) else [status or 200]
    codes = [int(each) for each in listed if str(each).isdigit()]
    args.spare(http_agent="`headers` may name one: `User-Agent`")
    args.taken.update(
        ("return_content", "force", "use_proxy", "decompress", "use_netrc", "unredirected_headers")
    )
    if args.text("follow_redirects") not in (None, "none", "no"):
        raise Left("it follows redirects, which are judged by their own status here")
    check = given(
        {
            "url": args.needed("url"),
            "method": args.text("method"),
            "status": codes[0] if len(codes) == 1 else codes,
            "headers": args.take("headers"),
            "timeout": args.number("timeout"),
            "insecure": True if args.known("validate_certs") is False else None,
        }
    )
    args.differs("it follows no redirects, and proxies of the environment are not used")
    return _asked(args, {"http": check, **_patience(args)})


def _patience(args: Arguments) -> Params:
    """Turn `until` that waits for success into `retries` of the check."""
    name, until = args.keywords.get("register", ""), args.keywords.get("until")
    if args.keywords.get("failed_when") is not None:
        raise Left("a check has no `failed_when`")
    if until is None:
        return {}
    success = rf"{name}(\.status(_code)? *== *\d+| is (success|succeeded|not failed))"
    if not name or not re.fullmatch(success, str(until)):
        raise Left(f"`until: {until}` asks for more than that it succeeds")
    args.differs(f"between two attempts it waits twice as long each time, up to {LONGEST} s")
    return {"retries": args.keywords.get("retries", 3), "delay": args.keywords.get("delay", 5)}


def wait_for(args: Arguments) -> Turned:
    for name in ("search_regex", "exclude_hosts", "active_connection_states"):
        if args.take(name):
            raise Left(f"`{name}` of `wait_for`: write a `command` that asks, with `until`")
    args.taken.update(("connect_timeout", "sleep", "msg"))
    state, path = args.choice("state", "started"), args.text("path")
    timeout = args.whole("timeout", 300)
    first = args.whole("delay", 0) or 1
    there = state in ("started", "present")
    if not there and state not in ("stopped", "absent"):
        raise Left(f"`state: {state}`: write a `command` `ss` that is a `query`, with `until`")
    check = _path(path, there) if path else _port(args, there)
    args.taken.update(("port", "host"))
    return _asked(args, {**check, "retries": _attempts(timeout, first), "delay": first})


def _path(path: str, there: bool) -> Params:
    return {"file": {"path": path, **({"min": 0} if there else {"absent": True})}}


def _port(args: Arguments, there: bool) -> Params:
    port, host = args.take("port"), args.text("host") or "127.0.0.1"
    if port is None:
        raise Left("it waits for neither a port nor a path")
    port = int(port) if str(port).isdigit() else port
    if host in ("127.0.0.1", "localhost", "0.0.0.0"):  # noqa: S104 - as it is written there
        return {"port": {"port": port, **({} if there else {"listening": False})}}
    if not there:
        raise Left("it waits until a port of another host is closed")
    return {"tcp": {"host": host, "port": port}}


def _attempts(timeout: int, first: int) -> int:
    """Count the attempts that last as long as that."""
    count, waited, delay = 0, 0, first
    while waited < timeout:
        count, waited, delay = count + 1, waited + delay, min(2 * delay, LONGEST)
    return count


def _asked(args: Arguments, check: Params) -> Turned:
    args.beside["preflight"] = [check]
    args.without = PATIENCE
    return "command", dict(NOTHING)


def fail(args: Arguments) -> Turned:
    """Fail as a check does: in a preview only if nothing before it would change what `when` asks."""
    message = args.text("msg") or "Failed as requested from task"
    words = f"{{{{ ({expressions.inside(message)}) | quote }}}}" if has_template(message) else (
        shlex.quote(message)
    )  # fmt: skip
    return _asked(args, {"command": {"cmd": f"echo {words}; false"}})


def that(args: Arguments) -> Turned:
    """`assert`."""
    conditions = args.take("that")
    listed = conditions if isinstance(conditions, list) else [conditions]
    if not all(isinstance(each, str | bool) for each in listed):
        raise Left("what it asserts is no condition")
    message = args.text("fail_msg", "msg")
    args.taken.update(("success_msg", "quiet"))
    whole = [expressions.condition(str(each)) for each in listed]
    joined = " and ".join(f"({each})" for each in whole)
    args.beside["failed_when"] = f"not ({joined})" if len(whole) > 1 else f"not {joined}"
    return "command", {"argv": ["echo", message], "query": True} if message else dict(NOTHING)


def stat(args: Arguments) -> Turned:
    """Print the type of a file; `stats.py` turns what asks for it."""
    args.taken.update(
        f"get_{each}" for each in ("checksum", "mime", "attributes", "md5", "selinux_context")
    )
    args.taken.update(("checksum_algorithm", "checksum_algo", "checksum", "mime", "mime_type",
                       "mime-type", "attributes", "attr"))  # fmt: skip
    follow = ["-L"] if args.known("follow") else []
    args.beside.update({"failed_when": False, "changed_when": False})
    argv = ["stat", *follow, "-c", "%F", args.needed("path", "dest", "name")]
    return "command", {"argv": argv, "query": True, "environment": {"LC_ALL": "C"}}


def ping(args: Arguments) -> Turned:
    args.taken.add("data")
    return "command", dict(NOTHING)


MODULES: dict[str, Any] = {
    "uri": uri,
    "wait_for": wait_for,
    "fail": fail,
    "assert": that,
    "stat": stat,
    "ping": ping,
}
