"""What may come in, now and at every boot: by one table of nftables, or by ufw where it is in charge."""

import re

from hardener.host.edits import changed
from hardener.host.errors import StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.kinds.nft_table import Rules, Table
from hardener.host.kinds.service import Service
from hardener.host.nft import listeners, rules
from hardener.host.resource import Resource, Want
from hardener.host.steps import Params, service
from hardener.host.text.newlines import bare, insert, split
from hardener.host.ufw import wants as ufw

FOLDER = "/etc/nftables.d"
PATH = FOLDER + "/hardener.nft"
MAINS = ("/etc/nftables.conf", "/etc/sysconfig/nftables.conf")
INCLUDE = 'include "%s"' % PATH
INCLUDED = re.compile(r'\s*include\s+["\']%s/(hardener|\*)\.nft["\']\s*$' % re.escape(FOLDER))
HEAD = "# Loaded at boot, and at any time: it replaces the table of this name alone.\n"
PROGRAMS = ("/usr/sbin/nft", "/sbin/nft")
UFW = "ufw is in charge of this host's firewall"


def plan(params, view):
    charge = ufw.in_charge(view)
    if params.backend == "ufw" and not charge:
        raise StepError(
            "ufw is not in charge of this host's firewall",
            hint="`ufw allow 22/tcp` and `ufw enable` on the host make it so, or `backend: nftables`",
        )
    if params.backend == "ufw" and params.state == "absent":
        raise StepError(
            "only the table of nftables can be absent", hint="`ufw disable` on the host"
        )
    if params.state == "present" and charge and params.backend != "nftables":
        yield from by_ufw(params, view)
    else:
        yield from by_nftables(params, view)


def by_ufw(params, view):
    """Want it by ufw; a table of ours from before ufw was there would close what ufw opens."""
    if view.live:
        told(params, view)
    yield from ufw.wanted(params, view)
    if view.exists(PATH):
        yield from without(place(view), view)


def by_nftables(params, view):
    main = place(view)
    if view.live:
        view.read(Table())  # whether we may see it is to be told before all else
    if params.state == "absent":
        yield from without(main, view)
        return
    alone(view)
    text = rules.table(params.policy, params.allow, params.log)
    yield Want(File(FOLDER), view.read(File(FOLDER)).as_directory())
    yield stored(text, view)
    yield edited(main, view, included)
    yield from service.plan(Params(name="nftables", enabled=True), view)  # not started: it flushes
    if view.live:
        told(params, view)
        yield Want(Table(), Rules(text))


def place(view):
    """Return the file that nftables.service loads at boot."""
    found = [path for path in MAINS if view.exists(path)]
    if not found or (view.live and not any(map(view.exists, PROGRAMS))):
        view.unless_arriving(Resource("program", "nft"))
        raise StepError(
            "there is no nftables on this host",
            hint="a step before this one can install it: package: nftables",
        )
    return view.resolve(found[0])


def alone(view):
    """Raise StepError where another program has the firewall: two would undo each other."""
    if ufw.in_charge(view):
        raise StepError(UFW, hint="leave `backend` out, or let go of it: `ufw disable` on the host")
    if view.facts["system"]["init"] != "systemd":
        return
    now = view.read(Service("firewalld"))
    if now.exists and not now.masked and (now.enabled or now.running):
        raise StepError(
            "firewalld is in charge of this host's firewall",
            hint="tell it what to let in, or disable it first: service: {name: firewalld, "
            "state: stopped, enabled: false}",
        )


def stored(text, view):
    now = view.read(File(PATH))
    text = "%stable inet hardener\ndelete table inet hardener\n%s" % (HEAD, text)
    return Want(File(PATH), now.with_text(text, mode=0o600), ("nft", None))


def edited(main, view, change):
    now = view.read(File(main))
    return Want(File(main), now.with_text(changed(main, now.text(), change)))


def included(text):
    lines = split(text)
    if any(INCLUDED.match(bare(line)) for line in lines):
        return text
    return "".join(insert(lines, len(lines), [INCLUDE]))


def told(params, view):
    """Say of everybody who listens what becomes of them."""
    for each in view.ask(Table(), "listeners"):
        view.note("%s %s" % (each, listeners.verdict(each, params.policy, params.allow)))


def without(main, view):
    """Want all of it gone; nftables.service stays as it is, for others' tables."""
    yield edited(main, view, lambda text: "".join(x for x in split(text) if bare(x) != INCLUDE))
    if view.exists(PATH):
        yield Want(File(PATH), ABSENT)
    if view.live:
        yield Want(Table(), Rules(None))
