"""What may come in, as blocks of ufw's files: the tuple, and the rules that ufw makes of it (ufw(8))."""

import re

from hardener.host.errors import StepError
from hardener.host.nft.rules import families, ports

PREFIXES = {4: "ufw", 6: "ufw6"}
ANYWHERE = {4: "0.0.0.0/0", 6: "::/0"}
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
LIMIT = "6 connections in 30 seconds"  # the one rate that `ufw limit` knows
BEYOND = (
    " -m conntrack --ctstate NEW -m recent --set",
    " -m conntrack --ctstate NEW -m recent --update --seconds 30 --hitcount 6 -j %s-user-limit",
    " -j %s-user-limit-accept",
)
INTERFACE = re.compile(r"[a-zA-Z0-9_.+,=%@-]+")  # those that ufw takes


def chain(version, name="user-input"):
    return "%s-%s" % (PREFIXES[version], name)


def blocks(entries, version):
    """Return the blocks of the entries of `allow` that are about IPv4 (4) or IPv6 (6)."""
    found = [
        block(entry, version, source, port)
        for entry in entries
        for source in sources(entry, version)
        for port in (ports(entry) if entry.get("port") else [None])
    ]
    return [each for n, each in enumerate(found) if each not in found[:n]]  # ufw keeps none twice


def sources(entry, version):
    """Return who may come, as ufw spells it: a host without its mask."""
    found = families(entry)
    if version not in found:
        return []
    return [
        str(net.network_address) if net.num_addresses == 1 else str(net) for net in found[version]
    ] or [ANYWHERE[version]]


def block(entry, version, source, port):
    port = str(port).replace("-", ":") if port else ""
    words = [
        "limit" if entry.get("rate") else "allow",
        entry["proto"] if port else "any",
        port or "any",
        ANYWHERE[version],
        "any",
        source,
        "in_" + entry["interface"] if entry.get("interface") else "in",
    ]
    if entry.get("comment"):
        words.append("comment=" + entry["comment"].encode("utf-8").hex())
    rule = "-A %s%s" % (chain(version), matched(entry, version, source, port))
    ends = BEYOND if entry.get("rate") else (" -j ACCEPT",)
    prefix = PREFIXES[version]
    rules = [rule + (end % prefix if "%" in end else end) + "\n" for end in ends]
    return "\n### tuple ### %s\n%s" % (" ".join(words), "".join(rules))


def matched(entry, version, source, port):
    """The words of iptables in the order in which ufw writes them."""
    words = " -i %s" % entry["interface"] if entry.get("interface") else ""
    if port:
        words += " -p %s" % entry["proto"]
        words += (" -m multiport --dports %s" if ":" in port else " --dport %s") % port
    return words + (" -s %s" % source if source != ANYWHERE[version] else "")


def check(entry):
    """Raise StepError for what ufw has no words for; a rate stricter than asked is none."""
    interface = entry.get("interface")
    if interface and not INTERFACE.fullmatch(interface):
        raise StepError("ufw takes no interface named %s" % interface)
    if entry.get("rate") and per_minute(entry["rate"]) < 12:
        raise StepError(
            "ufw can't hold anybody to %s: its `limit` is %s" % (entry["rate"], LIMIT),
            hint="write 12/minute, or leave `rate` out",
        )


def per_minute(rate):
    count, _, unit = rate.partition("/")
    return int(count) * 60 / SECONDS[unit]
