"""The packet filter: one connection is tried in a network of its own, with the planned rules in it.

Twice: as it is after the play (the live rules, and what the play loads), and as after the
next boot (what is loaded then).
"""

import re
import shlex

from hardener.host import ufw
from hardener.host.access.answers import No, Unasked
from hardener.host.access.subject import Subject

SUBJECT = Subject(
    "firewall",
    files=(
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
    ),
    units=r"nftables|iptables|ip6tables|netfilter-persistent|ufw|firewalld|fail2ban",
    packages=r"nftables|iptables.*|ufw|firewalld|fail2ban",
    programs=r"nft|ip6?tables(-restore|-nft|-legacy)?|ufw|firewall-cmd"
    r"|(systemctl|service) .*\b(nftables|ip6?tables|netfilter-persistent|ufw|firewalld)",
)
# Units, and what they load: the program, and the file, of which the first that is there counts.
UNITS = {
    "nftables": (("nft -f", ("/etc/nftables.conf", "/etc/sysconfig/nftables.conf")),),
    "netfilter-persistent": (
        ("iptables-restore", ("/etc/iptables/rules.v4",)),
        ("ip6tables-restore", ("/etc/iptables/rules.v6",)),
    ),
    "iptables": (("iptables-restore", ("/etc/sysconfig/iptables",)),),
    "ip6tables": (("ip6tables-restore", ("/etc/sysconfig/ip6tables",)),),
    "ufw": ((ufw.INIT, ()),),  # it knows its files
}
PROGRAMS = re.compile(r"(\S*/)?(nft|ip6?tables(-restore)?)")
SYSTEMCTL = re.compile(
    r"(\S*/)?systemctl( -\S+)* (start|restart|reload|\S*reload-or-restart) (\S+)"
)
TABLE = re.compile(r"(?ms)^(table (\S+ \S+) \{.*?^\}\n?)")  # of `nft list ruleset`


def check(planned, login):
    """Return a No where a new connection like this login's would not get through."""
    if not login.address:
        raise Unasked("nobody is logged in by ssh")
    if login.port is None or not login.host:
        raise Unasked("the new way leads through a router that nobody here knows")
    known(planned)
    from hardener.host.access import probe

    for when, loads in (("", live(planned)), (" after the next boot", boot(planned))):
        why = loads and probe.refused(planned, login, loads)
        if why:
            return no(login, when, why)
    return None


def known(planned):
    """Raise Unasked where only the program that makes rules knows which."""
    if planned.running("firewalld") or planned.service("firewalld").enabled:
        raise Unasked("what firewalld makes of its files is not known")
    for path in ufw.SCRIPTS:
        if (planned.state(path).mode or 0) & 0o111:
            raise Unasked("what %s does is not known" % path)


def no(login, when, why):
    port, address = login.port, login.address
    return No(
        "the firewall would let no new connection from %s to port %d through%s (%s)"
        % (address, port, when, why),
        "accept it before what drops it: `%s saddr %s tcp dport %d accept`, or in a step `firewall` "
        "`allow: [{port: %d, from: [%s]}]`"
        % ("ip6" if ":" in address else "ip", address, port, port, address),
        word=r"drop|reject|policy|dport",
    )


# What is loaded; each load is (argv, stdin)


def live(planned):
    """The rules as they are, and on top of them what the play loads."""
    from hardener.host.kinds import iptables_chain, nft_table

    found = base(planned)
    for change in planned.preview.changes:
        kind, id = change.resource
        if kind == "command":
            found += commands(planned, change.after.argv) or []
        elif kind == "nft_table":
            found.append((["nft", "-f", "-"], nft_table.loaded(id, change.after)))
        elif kind == "iptables_chain":
            found.append(iptables_chain.load(id, change.after))
        elif kind in ("service_restart", "service_reload"):
            found += of_unit(planned, id, anew=kind == "service_restart")
        elif kind == "service" and change.after.running and not change.before.running:
            found += of_unit(planned, id)
    return found


def boot(planned):
    enabled = [unit for unit in sorted(UNITS) if planned.service(unit).enabled]
    return [load for unit in enabled for load in of_unit(planned, unit)]


def of_unit(planned, unit, anew=False):
    found = [(["nft", "flush", "ruleset"], "")] if anew and unit == "nftables" else []
    for words, files in UNITS.get(unit, ()):
        there = [file for file in files if planned.exists(file)]
        found += [(words.split() + there[:1], "")] if there or not files else []
    return found


def commands(planned, argv):
    """Return the loads of a command that does nothing else; None for any other."""
    text = argv[2] if list(argv[:2]) == ["/bin/sh", "-c"] else " ".join(map(shlex.quote, argv))
    found = []
    for part in re.split(r"\s*&&\s*", text.strip()):
        words = split(part)
        unit = SYSTEMCTL.fullmatch(part)
        if unit and unit.group(4).partition(".")[0] in UNITS:
            found += of_unit(planned, unit.group(4).partition(".")[0], unit.group(3) == "restart")
        elif words and PROGRAMS.fullmatch(words[0]):
            found.append(([words[0].rpartition("/")[2]] + words[1:], ""))
        else:
            return None
    return found


def split(text):
    """Return the words of one simple command; None where a shell would make more of it."""
    if re.search(r"[|`$\n]|>|;\s*\S*/", text):
        return None
    try:
        return [word for word in shlex.split(text) if word != "<"]
    except ValueError:
        return None


def harmless(argv):
    """Is it known what this command does?"""
    return commands(Nowhere(), argv) is not None


class Nowhere:
    """Stands for a host when only the form of a command matters."""

    def exists(self, path):
        return False


def base(planned):
    """The live rules, as they can be loaded a second time: each table by the program that made it."""
    loads = saved(planned)
    if planned.program("nft") is None:
        return loads
    theirs = {name for (restore, *_), text in loads for name in named(restore, text)}
    found = TABLE.findall(planned.really(["nft", "list", "ruleset"]))
    native = "".join(table for table, name in found if name not in theirs)
    return ([(["nft", "-f", "-"], native)] if native else []) + loads


def saved(planned):
    """What iptables knows: nft does not print all of it so that it could read it."""
    pairs = (("iptables-save", "iptables-restore"), ("ip6tables-save", "ip6tables-restore"))
    found = [
        ([restore], planned.really([save])) for save, restore in pairs if planned.program(save)
    ]
    return [load for load in found if "*" in load[1]]


def named(restore, text):
    """Return the names by which nft calls the tables of this text."""
    family = "ip6" if restore.startswith("ip6") else "ip"
    return ["%s %s" % (family, name) for name in re.findall(r"(?m)^\*(\S+)", text)]
