"""What the step `firewall` wants where ufw is in charge: its rules of what comes in, now and at every boot.

What denies, what goes out and what is routed stays, as other tables do where nftables has it.
"""

from hardener.host import ufw
from hardener.host.errors import Refused, StepError
from hardener.host.kinds.file import File
from hardener.host.kinds.iptables_chain import Chain, Rules
from hardener.host.resource import Want
from hardener.host.steps import Params, service
from hardener.host.text.ufw_rules import UfwRules, commands, lets_in
from hardener.host.ufw import rules

FILES = {4: "/etc/ufw/user.rules", 6: "/etc/ufw/user6.rules"}
LIVE = ("user-logging-input", "user-input")  # the chains that blocks of what comes in are about
PROTOCOLS = {4: "ip", 6: "ip6"}
BEFORE = {
    "/etc/ufw/before.rules": "/usr/share/ufw/iptables/before.rules",
    "/etc/ufw/before6.rules": "/usr/share/ufw/iptables/before6.rules",
}
POLICIES = {"drop": ("DROP", "REJECT"), "accept": ("ACCEPT",)}
WORDS = {"drop": "deny", "accept": "allow"}


def in_charge(view):
    """Is it installed, and switched on by `ufw enable`?"""
    conf = view.read(File(ufw.CONF)).text()
    return any(map(view.exists, ufw.PROGRAMS)) and ufw.set_to(conf, "ENABLED") == "YES"


def wanted(params, view):
    """Yield the wants; raises StepError for what ufw can't do, before the first."""
    defaults = view.read(File(ufw.DEFAULTS)).text()
    policy(params.policy, defaults)
    for entry in params.allow:
        rules.check(entry)
    versions = protocols(params.allow, defaults, view)
    chains = live(versions, view) if view.live else []
    texts = {version: text(params.allow, version, view) for version in versions}
    say(params, view)
    for version in versions:
        now = view.read(File(FILES[version]))
        yield Want(File(FILES[version]), now.with_text(texts[version]), ("ufw", None))
    yield from service.plan(Params(name="ufw", enabled=True), view)
    for version, chain in chains:
        yield Want(Chain(PROTOCOLS[version], chain), Rules(commands(texts[version], chain)))


def policy(wanted, defaults):
    """ufw's policy is in many places of its files: its own program alone sets it."""
    now = ufw.set_to(defaults, "DEFAULT_INPUT_POLICY")
    if now not in POLICIES[wanted]:
        raise StepError(
            "the policy of ufw for what comes in is %s, not `policy: %s`" % (now, wanted),
            where=ufw.DEFAULTS,
            hint="`ufw default %s incoming` on the host changes it" % WORDS[wanted],
        )


def protocols(entries, defaults, view):
    """Return the versions of IP that ufw looks after; without IPV6=yes it drops all of IPv6."""
    if ufw.set_to(defaults, "IPV6") == "YES":
        return [4, 6]
    if any(6 in rules.families(entry) for entry in entries if entry.get("from")):
        raise StepError(
            "ufw lets no IPv6 in on this host: IPV6=no",
            where=ufw.DEFAULTS,
            hint="IPV6=yes there, and `ufw reload`",
        )
    view.note("ufw lets no IPv6 in: %s says IPV6=no" % ufw.DEFAULTS)
    return [4]


def text(entries, version, view):
    """Return the file with the blocks of these entries."""
    path = FILES[version]
    now = view.read(File(path)).text()
    file, blocks = UfwRules(now), rules.blocks(entries, version)
    wanted = merged(file.blocks, blocks)
    if wanted == file.blocks:
        return now
    if any(entry.get("rate") for entry in entries) and (
        ":%s " % rules.chain(version, "user-limit") not in now
    ):
        raise StepError("ufw can limit nothing here: %s has no chain for it" % path)
    try:
        return str(file.with_blocks(wanted))
    except Refused as refused:
        raise Refused(refused.what, where="file:" + path, hint=refused.hint)


def merged(there, wanted):
    """Return the blocks: others stay where they are, and so do ours where their order is right."""
    kept = [block for block in there if block in wanted or not lets_in(block)]
    have = [block for block in kept if lets_in(block)]
    if have == wanted[: len(have)]:
        return kept + wanted[len(have) :]
    return [block for block in kept if not lets_in(block)] + wanted


def say(params, view):
    """Tell what ufw does otherwise than this step asks, or beside it."""
    for rate in sorted({entry["rate"] for entry in params.allow if entry.get("rate")}):
        if rules.per_minute(rate) > 12:
            view.note("%s becomes the one limit of ufw: %s" % (rate, rules.LIMIT))
    for path, stock in BEFORE.items():
        if view.read(File(path)).text() != view.read(File(stock)).text():
            view.note("%s has been edited: what it lets in comes in as well" % path)


def live(versions, view):
    """Return [(version, chain)] of what is in the kernel; whether we may see it is told before all else."""
    found = [(version, rules.chain(version, name)) for version in versions for name in LIVE]
    if any(view.read(Chain(PROTOCOLS[version], chain)).rules is None for version, chain in found):
        raise StepError(
            "ufw is switched on, but its rules are not loaded",
            hint="`systemctl restart ufw` and `ufw status` on the host tell more",
        )
    return found
