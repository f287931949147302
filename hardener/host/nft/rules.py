"""What may come in, as the text of one table that nft loads as a whole (nft(8)).

What a host can't do without comes first and is never dropped: itself, answers, the ICMP messages
of RFC 4890 and RFC 792, and the leases of DHCP.
"""

import ipaddress

from hardener.host.errors import StepError
from hardener.host.nft import TABLE

ESSENTIAL = """\
        iifname "lo" accept
        ct state established,related accept
        icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, parameter-problem, \
echo-request, mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report, \
nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept
        icmp type { destination-unreachable, echo-request, time-exceeded, parameter-problem } accept
        udp sport 67 udp dport 68 accept
        ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept
        ct state invalid drop
"""
LOGGED = '        limit rate 5/minute burst 10 packets log prefix "hardener drop: " level info\n'
# A sender with IPv6 has a whole /64 to come from.
SENDER = {4: "ip saddr", 6: "ip6 saddr & ffff:ffff:ffff:ffff::"}
SET = """\
    set %s {
        type ipv%d_addr
        size 65535
        flags dynamic,timeout
        timeout %s
    }
"""
UNITS = {"second": "1s", "minute": "1m", "hour": "1h", "day": "1d"}


def table(policy, entries, log):
    """Return the table as text; `entries` are those of `allow`."""
    sets, rules = [], []
    for number, entry in enumerate(entries, 1):
        found = families(entry)
        if entry.get("rate"):
            sets += [limited_set(number, family, entry) for family in sorted(found)]
            rules += [limit(number, family, entry) for family in sorted(found)]
        rules += accepted(entry, found)
    return "table %s {\n%s    chain input {\n%s%s%s%s    }\n}\n" % (
        TABLE,
        "".join(sets),
        "        type filter hook input priority filter; policy %s;\n" % policy,
        ESSENTIAL,
        "".join("        %s\n" % rule for rule in rules),
        LOGGED if log and policy == "drop" else "",
    )


def families(entry):
    """Return {4 or 6: [networks], empty for all of them}; of those that may come."""
    if not entry.get("from"):
        return {4: [], 6: []}
    found = {}
    for text in entry["from"]:
        network = parsed(text)
        found.setdefault(network.version, []).append(network)
    return {family: list(ipaddress.collapse_addresses(nets)) for family, nets in found.items()}


def parsed(text):
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise StepError(
            "`from` takes addresses and networks, which %s is not" % text,
            why=str(error),
            hint="a name would be looked up once only, and mean another host later",
        )


def accepted(entry, found):
    comment = ' comment "%s"' % entry["comment"] if entry.get("comment") else ""
    if not entry.get("from"):
        return [" ".join(way(entry) + ["accept"]) + comment]
    return [
        " ".join([source(family, nets)] + way(entry) + ["accept"]) + comment
        for family, nets in sorted(found.items())
    ]


def source(family, networks):
    return "%s { %s }" % (SENDER[family].split(" &")[0], ", ".join(map(str, networks)))


def way(entry):
    """The words for interface and ports."""
    words = ['iifname "%s"' % entry["interface"]] if entry.get("interface") else []
    if entry.get("port"):
        words.append("%s dport { %s }" % (entry["proto"], ", ".join(map(str, ports(entry)))))
    return words


def ports(entry):
    """Return the ports of an entry, ranges as `a-b`."""
    given = entry["port"]
    return given if isinstance(given, list) else [given]


# Limits for each sender


def limited_set(number, family, entry):
    return SET % (name(number, family), family, UNITS[unit(entry)])


def limit(number, family, entry):
    """Drop what one sender begins beyond its rate; where the set is full, nobody is held back."""
    count = entry["rate"].partition("/")[0]
    nets = [parsed(text) for text in entry.get("from") or () if parsed(text).version == family]
    words = [source(family, list(ipaddress.collapse_addresses(nets)))] if nets else []
    return "%s add @%s { %s limit rate over %s burst %s packets } drop" % (
        " ".join(words + way(entry)),
        name(number, family),
        SENDER[family],
        entry["rate"],
        count,
    )


def name(number, family):
    return "rate_%d_%d" % (number, family)


def unit(entry):
    return entry["rate"].partition("/")[2]
