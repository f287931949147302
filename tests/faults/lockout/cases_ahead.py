"""Plays that would lock somebody out, and plays that look like it and do not, as data.

CONTROLLER is the address that the login comes from, HOST the host's, LINK its interface,
KEY the public key of the login.
"""

from typing import Any, NamedTuple

from faults.lockout.steps import DROP, FIREWALL, Steps, command, file, line, sshd

CONF = "/etc/nftables.conf"
NO_SUID = {"permissions": {"below": ["/usr/bin"], "only": "setuid", "at_most": "0755"}}
SUDO_KEPT = {"permissions": {**NO_SUID["permissions"], "leave_out": ["/usr/bin/sudo"]}}
KEYS = "/root/.ssh/authorized_keys"


class Case(NamedTuple):
    """A play; `says` stands in the refusal, of a good one nothing does."""

    user: str
    steps: Steps
    says: str = ""
    play: dict[str, Any] = {}


def rules(*lines: str, policy: str = "drop", more: str = "") -> str:
    body = "".join(f"        {line}\n" for line in lines)
    chain = f"    chain input {{\n        type filter hook input priority 0; policy {policy};\n{body}    }}\n"
    return f"flush ruleset\n{more}table inet filter {{\n{chain}}}\n"


def nft(*lines: str, **more: str) -> Steps:
    return [file(CONF, rules(*lines, **more)), *FIREWALL]


def service(**params: Any) -> Steps:
    return [{"service": {"name": "nftables", **params}}]


def root(steps: Steps, says: str = "", **play: Any) -> Case:
    return Case("root", steps, says, play)


def ops(steps: Steps, says: str = "", **play: Any) -> Case:
    return Case("ops", steps, says, play)


def sudoers(text: str) -> Steps:
    return [file("/etc/sudoers.d/zz", text, "0440")]


def passwd(text: str) -> Steps:
    return [line("/etc/passwd", text, regexp="^ops:")]


def user(**params: Any) -> dict[str, Any]:
    return {"user": {"name": "ops", **params}}


def keys(key: Any, **params: Any) -> dict[str, Any]:
    return {"authorized_key": {"user": "root", "key": key, **params}}


def shadow(*fields: str) -> Steps:
    return [line("/etc/shadow", ":".join(("ops", "*", *fields, "")), regexp="^ops:")]


MAIN = "/etc/ssh/sshd_config"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGhhcmRlbmVyIGV4YW1wbGUga2V5IG51bWJlciBvbmUh"
SHELLS = [
    line("/etc/pam.d/sshd", "auth required pam_shells.so"),
    file("/etc/shells", "/bin/sh\n"),
]

REFUSED = {
    # sshd, and who may log in:
    "AllowUsers without you": root(
        sshd("AllowUsers nobody"), "AllowUsers nobody` does not name them"
    ),
    "AllowUsers from elsewhere": root(
        sshd("AllowUsers root@192.0.2.* ops@CONTROLLER"), "write `AllowUsers root@192.0.2.*"
    ),
    "AllowUsers from another net": root(sshd("AllowUsers root@192.0.2.0/24"), "AllowUsers"),
    "DenyUsers": root(sshd("DenyUsers ro?t"), "take ro?t out of DenyUsers"),
    "DenyGroups": ops(sshd("DenyGroups ops"), "in the group ops"),
    "AllowGroups": ops(sshd("AllowGroups ssh-users"), "write `AllowGroups ssh-users ops`"),
    "root refused": root(sshd("PermitRootLogin no"), "`PermitRootLogin no`"),
    "in a Match block": root(
        sshd("Match Address CONTROLLER", "PermitRootLogin no"), "`PermitRootLogin no`"
    ),
    "in the main file": root(
        [line(MAIN, "PermitRootLogin no", regexp="^#?PermitRootLogin")], "`PermitRootLogin no`"
    ),
    "in a file that is included": root(
        [file("/opt/more.conf", "AllowUsers ops\n"), line(MAIN, "Include /opt/more.conf")],
        "AllowUsers ops",
    ),
    # By what
    "keys refused": root(sshd("PubkeyAuthentication no"), "`PubkeyAuthentication no`"),
    "two methods": root(
        sshd("AuthenticationMethods publickey,password"), "add `publickey` to AuthenticationMethods"
    ),
    "another key type": root(sshd("PubkeyAcceptedAlgorithms rsa-sha2-512"), "add ssh-ed25519"),
    "key exchange that we lack": root(
        sshd("KexAlgorithms sntrup761x25519-sha512@openssh.com"), "KexAlgorithms"
    ),
    "ciphers that we lack": root(sshd("Ciphers chacha20-poly1305@openssh.com"), "Ciphers"),
    "macs that we lack": root(sshd("MACs umac-128-etm@openssh.com"), "MACs"),
    "host keys that we lack": root(
        sshd("HostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com"), "HostKeyAlgorithms"
    ),
    "one command": root(sshd("ForceCommand internal-sftp"), "`ForceCommand internal-sftp`"),
    "no configuration": root(sshd("PermitRootLogin", "Prot 2"), "refuses its new configuration"),
    # keys
    "key removed": root(
        [{"file": {"path": KEYS, "state": "absent"}}], "keep the line of that key (ssh-ed25519)"
    ),
    "another key": root([file(KEYS, "ssh-ed25519 AAAAC3Nza other\n", "0600")], "in none of"),
    "keys elsewhere": root(sshd("AuthorizedKeysFile /etc/ssh/keys/%u"), "/etc/ssh/keys/root"),
    "a key for one command": root(
        [file(KEYS, 'command="date" KEY\n', "0600")], "take `command=` out"
    ),
    "a key from elsewhere": root([file(KEYS, 'from="192.0.2.*" KEY\n', "0600")], 'from="192.0.2.*"'),
    "keys that anybody may write": ops(
        [{"file": {"path": "/home/ops", "state": "directory", "mode": "0777"}}], "(StrictModes)"
    ),
    # Where sshd listens
    "another port": root(sshd("Port 2222"), "`confirm_via: {port: 2222}`"),
    "another port than confirm_via": root(
        sshd("Port 2223"), "listen on port 2223", confirm_via={"port": 2222}
    ),
    "another address": root(sshd("ListenAddress 127.0.0.1"), "listen on another address"),
    "sshd stopped": root(
        [{"service": {"name": "ssh", "running": False, "enabled": False}}], "sshd would not run"
    ),
    "sshd not at boot": root(
        [{"service": {"name": "ssh", "enabled": False}}], "started by the next boot"
    ),
    "a secret file": root(
        [{**sshd("AllowUsers nobody")[0], "no_log": True}], "`no_log` hides what is in the way"
    ),
    # sudo:
    "sudo takes the rights away": ops(sudoers("ops ALL=(ALL) !ALL\n"), "let ops become root"),
    "no sudoers": ops(sudoers("ops ALL=(ALL ALL\n"), "`visudo -c`"),
    "out of the group sudo": ops(
        [line("/etc/group", "sudo:x:27:", regexp="^sudo:")], "let ops become root"
    ),
    "sudo without its bit": ops([NO_SUID], "/usr/bin/sudo would not run as root"),
    "sudo wants a terminal": ops(sudoers("Defaults requiretty\n"), "`Defaults:ops !requiretty`"),
    "sudo wants root's password": ops(sudoers("Defaults rootpw\n"), "`Defaults:ops !rootpw`"),
    # accounts
    "expired": ops(shadow("19000", "0", "99999", "7", "", "1"), "would be expired"),
    "password to be changed": ops(
        shadow("0", "0", "99999", "7", "", ""), "would have to change the password"
    ),
    "password too old": ops(shadow("15000", "0", "365", "7", "", ""), "older than 365 days"),
    "no shell": ops(passwd("ops:x:1000:1000::/home/ops:/usr/sbin/nologin"), "no shell"),
    "a shell that is not there": ops(passwd("ops:x:1000:1000::/home/ops:/bin/zsh"), "/bin/zsh is not"),
    "a shell that is not listed": ops(SHELLS, "add /bin/bash to /etc/shells"),
    "gone": ops(
        [{"line": {"path": "/etc/passwd", "regexp": "^ops:", "state": "absent"}}], "ops would be gone"
    ),
    "user: gone": ops([user(state="absent", force=True)], "ops would be gone"),
    "user: no shell": ops([user(shell="/usr/sbin/nologin")], "no shell"),
    "user: expired": ops([user(expires="2001-01-01")], "would be expired"),
    "user: out of the group sudo": ops([user(groups=[])], "let ops become root"),
    "user: no password for sudo": ops([user(password_lock=True)], "ops would have no password"),
    "group: without you": ops(
        [{"group": {"name": "sudo", "members": ["trader"]}}], "let ops become root"
    ),
    "user: locked, and no PAM": ops(
        [{"user": {"name": "ops", "password": "!"}}, *sshd("UsePAM no")], "`UsePAM no`"
    ),
    "key: only another one": root([keys(OTHER, exclusive=True)], "would be in none of"),
    "key: taken away": root([keys("KEY", state="absent")], "would be in none of"),
    "key: from elsewhere only": root(
        [keys("KEY", options='from="192.0.2.1"')], "would not be taken from CONTROLLER"
    ),
    "closed": ops([file("/etc/nologin", "closed\n")], "/etc/nologin would be there"),
    # firewall
    "firewall drops ssh": root([file(CONF, DROP), *FIREWALL], "no new connection from CONTROLLER"),
    "firewall for another net": root(
        nft("ct state established,related accept", "ip saddr 192.0.2.0/24 tcp dport 22 accept"),
        "`ip saddr CONTROLLER tcp dport 22 accept`",
    ),
    "firewall that answers": root(nft("tcp dport 22 reject", policy="accept"), "to port 22"),
    "firewall for another link": root(nft('iifname "eth7" accept'), "to port 22"),
    "firewall without a way back": root(
        nft("tcp dport 22 ct state new accept"), "to port 22"
    ),
    "firewall by a unit": root(
        [{**file(CONF, rules()), "notify": "firewall"}], "no new connection"
    ),
    "firewall at the next boot": root(
        [file(CONF, rules()), *service(enabled=True)], "after the next boot"
    ),
    "firewall by commands": root(
        [
            command("nft add table ip x && nft add chain ip x in '{ type filter hook input priority 0; }'",
                    undo="nft delete table ip x"),
            command("nft add rule ip x in tcp dport 22 drop", undo="true"),
        ],
        "no new connection",
    ),
}  # fmt: skip

# The key exchange, ciphers and macs of Mozilla's «modern» guide for OpenSSH.
MODERN = (
    "KexAlgorithms curve25519-sha256@libssh.org,ecdh-sha2-nistp521,ecdh-sha2-nistp384",
    "Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes256-ctr",
    "MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com",
)
SETS = "define nets = { 10.213.0.0/16, 192.0.2.0/24 }\n"
ALIASES = "User_Alias OPS = ops, nopass\nOPS ALL=(ALL:ALL) ALL\n"

FINE = {
    "another port on purpose": root(sshd("Port 2222"), confirm_via={"port": 2222}),
    "two ports": root(sshd("Port 22", "Port 2222")),
    "its own address": root(sshd("ListenAddress HOST")),
    "Match blocks for others": root(
        sshd(
            "Match User nobody", "PubkeyAuthentication no",
            "Match Address 192.0.2.0/24", "PermitRootLogin no",
            "Match LocalPort 2222", "AllowUsers nobody",
            "Match Group sudo", "ForceCommand internal-sftp",
        )
    ),
    "all refused but us": root(
        sshd("PermitRootLogin no", "Match Address CONTROLLER", "PermitRootLogin yes")
    ),
    "AllowUsers by pattern": root(sshd("AllowUsers nobody r??t")),
    "AllowUsers from here": root(sshd("AllowUsers root@10.213.*")),
    "AllowUsers from this net": root(sshd("AllowUsers ops root@10.213.0.0/16")),
    "DenyUsers elsewhere": root(sshd("DenyUsers root@192.0.2.0/24 nobody")),
    "AllowGroups": ops(sshd("AllowGroups root sud*")),
    "root by key": root(sshd("PermitRootLogin prohibit-password", "PasswordAuthentication no")),
    "one of two methods": root(sshd("AuthenticationMethods publickey,password publickey")),
    "modern algorithms": root(sshd(*MODERN)),
    "one host key": root(sshd("HostKey /etc/ssh/ssh_host_ed25519_key")),
    "another key beside": root(
        [file(KEYS, 'ssh-ed25519 AAAAC3Nza other\nfrom="10.213.0.0/16" KEY\n', "0600")]
    ),
    "keys elsewhere": root(
        [
            {"file": {"path": "/etc/ssh/keys", "state": "directory"}},
            file("/etc/ssh/keys/root", "KEY\n"),
            *sshd("AuthorizedKeysFile /etc/ssh/keys/%u"),
        ]
    ),
    "no set-user-ID bit but that of sudo": ops([SUDO_KEPT]),
    "sudo by its group": ops(sudoers("%sudo ALL=(ALL:ALL) ALL\n")),
    "sudo by an alias": ops(sudoers(ALIASES)),
    "sudo without a password": ops(sudoers("ops ALL=(ALL) NOPASSWD: ALL\nDefaults use_pty\n")),
    "sudo refused to others": ops(sudoers("trader ALL=(ALL) !ALL\nDefaults:trader requiretty\n")),
    "expires some day": ops([user(expires="2099-01-01")]),
    "user: another one": ops([{"user": {"name": "deploy", "groups": ["sudo"]}}]),
    "user: another group": ops([user(groups=["adm"], append=True)]),
    "user: another comment": ops([user(comment="Ops")]),
    "key: this one and another": root([keys(["KEY", OTHER], exclusive=True)]),
    "key: for trader": root([{"authorized_key": {"user": "trader", "key": OTHER}}]),
    "another shell": ops(passwd("ops:x:1000:1000::/home/ops:/bin/sh")),
    "shells that are listed": ops([SHELLS[0]]),
    "firewall for this net": root(
        nft("ct state established,related accept", "ip saddr 10.213.0.0/16 tcp dport 22 accept")
    ),
    "firewall by ct state": root(
        nft("ct state vmap { established : accept, related : accept, invalid : drop }",
            'iif "lo" accept', "tcp dport 22 ct state new limit rate 10/second accept")
    ),
    "firewall with sets": root(
        nft("ct state established accept", "tcp dport { 22, 80, 443 } ip saddr $nets accept", more=SETS)
    ),
    "firewall by link": root(nft('iif "LINK" tcp dport 22 accept')),
    "firewall that includes": root(
        [
            {"file": {"path": "/etc/nftables.d", "state": "directory"}},
            file("/etc/nftables.d/ssh.nft", rules("tcp dport 22 accept")),
            {**file(CONF, 'include "/etc/nftables.d/*.nft"\n'), "notify": "firewall"},
            *service(enabled=True),
        ]
    ),
    "firewall for another port on purpose": root(
        [*nft("ct state established accept", "tcp dport 2222 accept"), *sshd("Port 2222")],
        confirm_via={"port": 2222},
    ),
}  # fmt: skip
