"""Small questions of the look ahead, where sshd's manual has the answer; the whole is tried on hosts."""

from types import SimpleNamespace

import pytest

from hardener.host.access import account, ahead, firewall, keys, sshd
from hardener.host.access.login import Login
from hardener.host.access.patterns import match_address, match_user
from hardener.host.access.sshd import command_line, where
from hardener.host.door.system import System
from hardener.host.resource import Resource

DAYS = 20_000


@pytest.mark.parametrize("told", [None, {"user": "root"}])
def test_what_does_not_concern_it_costs_nothing(told: dict[str, str] | None, live: System) -> None:
    """Of this preview there is nothing but changes: whoever rehearsed it would fail."""
    change = SimpleNamespace(resource=Resource("file", "/etc/motd"), risk="access")
    preview = SimpleNamespace(changes=[change], kinds=SimpleNamespace(system=live))
    assert ahead.look(preview, told) == []


@pytest.fixture
def live() -> System:
    return System("/")


@pytest.mark.parametrize(
    "pattern, user, address, fits",
    [
        ("root", "root", "10.0.0.1", True),
        ("ro?t", "root", "10.0.0.1", True),
        ("r*", "ops", "10.0.0.1", False),
        ("root@10.*", "root", "10.0.0.1", True),
        ("root@10.0.0.0/8", "root", "10.0.0.1", True),
        ("root@10.0.0.0/8", "root", "11.0.0.1", False),
        ("ops@*", "root", "10.0.0.1", False),
        ("root@2001:db8::/32", "root", "2001:db8::7", True),
        ("root@2001:db8::/32", "root", "10.0.0.1", False),
        ("a.b", "axb", "10.0.0.1", False),
    ],
)
def test_users(pattern: str, user: str, address: str, fits: bool) -> None:
    assert match_user(pattern, user, address) is fits


@pytest.mark.parametrize(
    "patterns, fits",
    [
        ("10.0.0.0/8", True),
        ("10.0.0.0/8,!10.0.0.1", False),
        ("!10.0.0.1,10.0.0.0/8", False),
        ("192.0.2.1,10.0.0.?", True),
        ("!192.0.2.1", False),  # only what is named is let in
    ],
)
def test_addresses(patterns: str, fits: bool) -> None:
    assert match_address(patterns, "10.0.0.1") is fits


@pytest.mark.parametrize(
    "place, host, fits",
    [
        ("0.0.0.0:22", "10.0.0.1", True),
        ("[::]:22", "10.0.0.1", True),  # a socket of systemd serves both
        ("[::]:22", "2001:db8::1", True),
        ("0.0.0.0:22", "2001:db8::1", False),
        ("22", "10.0.0.1", True),
        ("10.0.0.1:22", "10.0.0.1", True),
        ("[2001:db8:0::1]:22", "2001:db8::1", True),
        ("10.0.0.2:22", "10.0.0.1", False),
        ("10.0.0.1:2222", "10.0.0.1", False),
    ],
)
def test_places(place: str, host: str, fits: bool) -> None:
    login = Login(user="root", address="10.0.0.9", host=host, port=22)
    assert where.reaches(where.split(place), login) is fits


@pytest.mark.parametrize(
    "cmd, known",
    [
        ("nft -f /etc/nftables.conf", True),
        ("/usr/sbin/nft flush ruleset && nft -f /etc/x", True),
        ("iptables-restore < /etc/iptables/rules.v4", True),
        ("nft add rule inet filter input '{ tcp dport 22 accept; }'", True),
        ("systemctl reload nftables", True),
        ("nft list ruleset > /root/x", False),
        ("nft -f $FILE", False),
        ("ufw --force enable", False),
        ("systemctl stop nftables", False),
        ("nft -f /etc/x; /sbin/reboot", False),
        ("nft -f `cat /etc/x`", False),
        ("curl x | nft -f -", False),
    ],
)
def test_commands_that_are_understood(cmd: str, known: bool) -> None:
    assert firewall.harmless(("/bin/sh", "-c", cmd)) is known


@pytest.mark.parametrize(
    "cmd, known",
    [
        ("systemctl reload ssh", True),
        ("systemctl --no-block restart sshd.service", True),
        ("systemctl daemon-reload && systemctl restart ssh.socket", True),
        ("sshd -t && systemctl reload ssh", True),
        ("service ssh reload", True),
        ("systemctl stop ssh", False),
        ("systemctl disable --now ssh", False),
        ("sed -i s/a/b/ /etc/ssh/sshd_config", False),
        ("systemctl reload ssh; rm /etc/ssh/x", False),
        ("systemctl reload ssh`rm x`", False),
    ],
)
def test_commands_that_change_nothing_of_sshd(cmd: str, known: bool) -> None:
    assert sshd.harmless(("/bin/sh", "-c", cmd)) is known


@pytest.mark.parametrize(
    "fields, says",
    [
        ("19990:0:99999:7:::", ""),
        ("19990:0:99999:7::20001:", ""),
        ("19990:0:99999:7::20000:", "expired"),
        ("0:0:99999:7:::", "change the password"),
        ("19000:0:365:7:::", "older than 365 days"),
        ("19990:0:365:7:::", ""),
        (":::::::", ""),
    ],
)
def test_ages(fields: str, says: str) -> None:
    """As shadow(5) counts them."""
    planned = SimpleNamespace(
        text=lambda path: f"other:*:0:\nops:*:{fields}\n", now=lambda: DAYS * 86400.0
    )
    found = account.expired(planned, SimpleNamespace(name="ops"))
    assert (says in found.what) if says else found is None


def test_options_of_a_key() -> None:
    found = keys.OPTION.findall('no-pty,from="10.0.0.0/8,!10.1.*",command="a \\"b\\", c" ')
    assert dict(found)["from"] == "10.0.0.0/8,!10.1.*"
    assert dict(found)["command"] == 'a \\"b\\", c'


RED_HAT = """[Service]
EnvironmentFile=-/etc/crypto-policies/back-ends/opensshserver.config
EnvironmentFile=-/etc/sysconfig/sshd
ExecStart=/usr/sbin/sshd -D $OPTIONS $CRYPTO_POLICY
"""
POLICY = "CRYPTO_POLICY='-oCiphers=aes256-ctr,aes128-ctr -oMACs=hmac-sha2-256'\n"


@pytest.mark.parametrize(
    "units, files, words",
    [
        ([RED_HAT], {}, []),
        ([RED_HAT], {"policy": POLICY}, ["-oCiphers=aes256-ctr,aes128-ctr", "-oMACs=hmac-sha2-256"]),
        ([RED_HAT], {"policy": POLICY, "own": "# x\nOPTIONS=\"-u0\"\nCRYPTO_POLICY=\n"}, ["-u0"]),
        ([RED_HAT, "[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -o 'Port 2'\n"], {}, ["-o", "Port 2"]),
        (["Environment='A=b c' D=e\nExecStart=/x \\\n -D $A ${A} x${D} $NO\n"], {}, ["b", "c", "b c", "xe"]),
    ],
)  # fmt: skip
def test_words_that_it_is_started_with(
    units: list[str], files: dict[str, str], words: list[str]
) -> None:
    """As systemd.service(5) has it, «Command lines»."""
    places = {
        "/etc/crypto-policies/back-ends/opensshserver.config": files.get("policy", ""),
        "/etc/sysconfig/sshd": files.get("own", ""),
    }
    assert command_line.expanded(units, lambda path: places[path]) == words
