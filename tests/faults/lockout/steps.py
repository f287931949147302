"""Steps of a playbook that shut the door, as data."""

from typing import Any

Steps = list[dict[str, Any]]

DROP = """#!/usr/sbin/nft -f
flush ruleset
table inet filter {
    chain input {
        type filter hook input priority 0; policy accept;
        ct state established,related accept
        tcp dport 22 drop
    }
}
"""
FAILLOCK = """#%PAM-1.0
auth required pam_faillock.so preauth deny=1
auth [success=1 default=ignore] pam_unix.so
auth [default=die] pam_faillock.so authfail deny=1
auth sufficient pam_faillock.so authsucc deny=1
@include common-account
@include common-session-noninteractive
"""
FIREWALL: Steps = [
    {
        "command": {"cmd": "nft -f /etc/nftables.conf", "undo": "nft flush ruleset"},
        "name": "Load the firewall",
    }
]


def file(path: str, content: str, mode: str = "0644") -> dict[str, Any]:
    return {"file": {"path": path, "content": content, "mode": mode}}


def line(path: str, text: str, regexp: str | None = None) -> dict[str, Any]:
    return {"line": {"path": path, "line": text, **({"regexp": regexp} if regexp else {})}}


def command(cmd: str, **more: Any) -> dict[str, Any]:
    return {"command": {"cmd": cmd, **more}}


def with_shadow(cmd: str) -> Steps:
    return [command(cmd, touches=["/etc/shadow", "/etc/shadow-"])]


def sshd(*lines: str) -> Steps:
    """Change sshd's configuration and have it read again."""
    content = "".join(line + "\n" for line in lines)
    return [{**file("/etc/ssh/sshd_config.d/10-test.conf", content), "notify": "ssh"}]


def reload(unit: str, state: str = "reloaded") -> Steps:
    return [{"name": unit, "service": {"name": unit, "state": state}}]
