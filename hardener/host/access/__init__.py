"""What holds the way in: the files, services, packages and programs by which somebody may be locked out.

The one place that says so. A change of one of these has the risk ACCESS, which arms the guard.
"""

import posixpath
import re

ACCESS = "access"

# Folders with all that is below them, and single files.
FILES = (
    "/etc/ssh",
    "/etc/default/ssh",
    "/etc/sysconfig/sshd",
    "/etc/crypto-policies",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/sudo.conf",
    "/etc/pam.conf",
    "/etc/pam.d",
    "/etc/security",
    "/etc/passwd",
    "/etc/shadow",
    "/etc/group",
    "/etc/gshadow",
    "/etc/shells",
    "/etc/login.defs",
    "/etc/nologin",
    "/etc/nsswitch.conf",
    "/etc/hosts.allow",
    "/etc/hosts.deny",
    "/etc/nftables.conf",
    "/etc/nftables.d",
    "/etc/sysconfig/nftables.conf",
    "/etc/iptables",
    "/etc/sysconfig/iptables",
    "/etc/sysconfig/ip6tables",
    "/etc/ufw",
    "/etc/default/ufw",
    "/etc/firewalld",
    "/etc/fail2ban",
    "/etc/network",
    "/etc/netplan",
    "/etc/NetworkManager",
    "/etc/systemd/network",
    "/etc/systemd/networkd.conf",
    "/etc/sysconfig/network-scripts",
)
# Keys, and the folders that sshd's StrictModes looks at (sshd_config(5)).
PATTERNS = (
    re.compile(r"/root|/home/[^/]+"),
    re.compile(r"(/root|/home/[^/]+)/\.ssh(/.*)?"),
    re.compile(r"(.*/)?authorized_keys2?"),
    re.compile(
        r"/(etc|lib|usr/lib|run)/systemd/system/(ssh|sshd)[@.]?(service|socket)?(\..*)?(/.*)?"
    ),
)
UNITS = re.compile(
    r"(sshd?(@.*)?|nftables|iptables|ip6tables|netfilter-persistent|ufw|firewalld|fail2ban"
    r"|networking|network|NetworkManager|systemd-networkd|systemd-logind|sssd|nslcd|wg-quick@.*|tailscaled|openvpn.*)"
    r"(\.(service|socket))?"
)
PACKAGES = re.compile(
    r"openssh.*|dropbear.*|sudo(-rs|-ldap)?|libpam.*|pam|nftables|iptables.*|ufw|firewalld|fail2ban"
    r"|ifupdown.*|netplan\.io|network-manager|systemd|systemd-resolved|libnss.*|sssd.*|openvpn|wireguard.*"
)
PARAMETERS = re.compile(r"net[./](ipv4|ipv6)[./].*")
PROGRAMS = re.compile(
    r"\b(nft|ip6?tables(-restore|-nft|-legacy)?|ufw|firewall-cmd|ifconfig|ifup|ifdown|netplan|nmcli|usermod"
    r"|userdel|passwd|chpasswd|chage|chsh|gpasswd|groupdel|pam-auth-update|authselect"
    r"|ip (-\S+ )*(a(ddr\w*)?|l(ink)?|r(o\w*)?|rule)|(systemctl|service) .*\bsshd?)\b"
)


def by_path(path):
    """Does this file hold the way in?"""
    path = posixpath.normpath(path)
    listed = any(path == each or path.startswith(each + "/") for each in FILES)
    return ACCESS if listed or any(p.fullmatch(path) for p in PATTERNS) else ""


def by_unit(name):
    return ACCESS if UNITS.fullmatch(name) else ""


def by_package(names):
    return ACCESS if any(PACKAGES.fullmatch(name) for name in names) else ""


def by_parameter(key):
    return ACCESS if PARAMETERS.fullmatch(key) else ""


def by_command(argv):
    """A command may do anything: one that names such a program or file is taken at its word."""
    text = " ".join(argv)
    paths = re.findall(r"/[^\s'\";&|<>()]+", text)
    return ACCESS if PROGRAMS.search(text) or any(map(by_path, paths)) else ""
