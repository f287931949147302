"""Two hosts in networks of their own, with a cable between them: would this connection come through?

They have the addresses of the real ones, and the interface its name, so that rules mean the same.
"""

import re

from hardener.host.access.answers import Unasked

SECONDS = 2.5  # one more packet is sent in this time where the first is lost
# Of the wire, of other packets, of processes (nft(8)).
UNLIKE = r"\b(ether saddr|meta mark|ct mark|secpath|ipsec|osf|cgroupv?2?|skuid|skgid|hour|mac)\b"
MOST = 64  # interfaces


def refused(planned, login, loads):
    """Say why a connection fails once `loads` are loaded; "" where it comes through."""
    link, others = interfaces(planned, login)
    with planned.rehearsal(network=True) as near, planned.rehearsal(network=True) as far:
        wire(near, far, login, link, others)
        near.listen(login.host, login.port)
        if far.connect(login.address, login.host, login.port, SECONDS):
            raise Unasked("no network to try it in can be made here")
        for argv, stdin in loads:
            ran = near.run(argv, stdin)
            if not ran.ok:
                raise Unasked("%s does not take the rules" % argv[0], why=ran.why())
        why = far.connect(login.address, login.host, login.port, SECONDS)
        return why and comparable(near, why)


def comparable(near, why):
    """Return why it failed, unless rules ask for what a copy has not got: then a No proves nothing."""
    asked = re.search(UNLIKE, near.run(["nft", "list", "ruleset"]).out)
    if asked:
        raise Unasked("its rules look at what can't be copied: %s" % asked.group())
    return why


def interfaces(planned, login):
    """Return (the interface that leads to the client, the names of all others)."""
    if planned.program("ip") is None:
        raise Unasked("there is no `ip` to try it with")
    way = re.search(r" dev (\S+)", planned.really(["ip", "-o", "route", "get", login.address]))
    names = re.findall(r"(?m)^\d+: ([^:@\s]+)", planned.really(["ip", "-o", "link"]))
    if way is None or way.group(1) == "lo" or "%" in login.address or len(names) > MOST:
        raise Unasked("its network can't be copied")
    return way.group(1), [name for name in names if name not in ("lo", way.group(1))]


def wire(near, far, login, link, others):
    size = 128 if ":" in login.host else 32
    cable = ["link set lo up", "link add %s type veth peer name far netns %d" % (link, far.process)]
    cable += [
        "link add %s type veth peer name far%d netns %d" % (name, number, far.process)
        for number, name in enumerate(others)
    ]
    ends = (
        (near, cable + ends_of(link, login.host, login.address, size)),
        (far, ["link set lo up"] + ends_of("far", login.address, login.host, size)),
    )
    for end, lines in ends:
        ran = end.run(["ip", "-batch", "-"], "\n".join(lines) + "\n")
        if not ran.ok:
            raise Unasked("no network to try it in can be made here", why=ran.why())


def ends_of(link, own, other, size):
    nodad = " nodad" if size == 128 else ""
    return [
        "address add %s/%d dev %s%s" % (own, size, link, nodad),
        "link set %s up" % link,
        "route add %s/%d dev %s" % (other, size, link),
    ]
