"""apt, dnf, yum, apk, package: our `package`."""

from __future__ import annotations

from typing import Any

from hardener.ansible import by_hand
from hardener.ansible.arguments import Arguments, Turned, given
from hardener.ansible.notes import Left
from hardener.playbook.templates import has_template

STATES = {
    "present": None,
    "installed": None,
    "latest": "latest",
    "absent": "absent",
    "removed": "absent",
}
NOT_NEEDED = "packages are brought in without questions, and signatures hold"


def package(args: Arguments) -> Turned:
    for each in (
        "force_apt_get",
        "lock_timeout",
        "use",
        "only_upgrade",
        "allow_change_held_packages",
        "fail_on_autoremove",
        "auto_install_module_deps",
        "update_cache_retries",
        "update_cache_retry_max_delay",
        "install_repoquery",
        "update_only",
        "use_backend",
    ):
        args.spare(**{each: NOT_NEEDED})
    name = _names(args.take("name", "pkg", "package"))
    if name is None:
        raise Left(_why_no_name(args))
    state = args.text("state") or "present"
    if not has_template(state) and state not in STATES:
        raise Left(f"`state: {state}`: write a `command` that says how it is undone")
    return "package", given(
        {
            "name": name,
            "state": STATES.get(state, state),
            "purge": args.flag("purge") or None
            if STATES.get(state) == "absent"
            else args.take("purge") and None,
            "install_recommends": args.flag("install_recommends", "install-recommends"),
            "update_cache": args.flag("update_cache", "update-cache", "expire-cache") or None,
            "cache_valid_time": args.number("cache_valid_time"),
        }
    )


def _why_no_name(args: Arguments) -> str:
    if args.given.keys() <= {"update_cache", "update-cache", "cache_valid_time"}:
        return "there is nothing to install: write `update_cache: true` beside the packages"
    known = [each for each in args.given if each in by_hand.OPTIONS.get(args.module, {})]
    if known:
        return by_hand.of_options(args.module, known)
    return "it does more than to bring packages in or out"


def _names(value: Any) -> Any:
    """Return one name, or a list of them; what is a template stays one."""
    if isinstance(value, str) and "{" not in value and "," in value:
        return [each.strip() for each in value.split(",") if each.strip()]
    return value


MODULES = dict.fromkeys(("apt", "dnf", "dnf5", "yum", "apk", "package"), package)
