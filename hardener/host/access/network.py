"""Addresses, links and routes: only the fresh login can tell what becomes of them."""

from hardener.host.access.subject import Subject

SUBJECT = Subject(
    "network",
    files=(
        "/etc/hosts.allow",
        "/etc/hosts.deny",
        "/etc/network",
        "/etc/netplan",
        "/etc/NetworkManager",
        "/etc/systemd/network",
        "/etc/systemd/networkd.conf",
        "/etc/sysconfig/network-scripts",
    ),
    units=r"networking|network|NetworkManager|systemd-networkd|systemd-logind|wg-quick@.*|tailscaled|openvpn.*",
    packages=r"ifupdown.*|netplan\.io|network-manager|systemd|systemd-resolved|openvpn|wireguard.*",
    programs=r"ifconfig|ifup|ifdown|netplan|nmcli|ip (-\S+ )*(a(ddr\w*)?|l(ink)?|r(o\w*)?|rule)",
)
