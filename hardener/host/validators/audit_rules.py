"""What auditctl says of rules before the kernel gets them: audit.rules(7).

auditctl only loads. In a process namespace of its own the kernel refuses whatever it is told
(audit_netlink_ok() in kernel/audit.c), and all that is left is what auditctl itself can't read.
"""

import re

from hardener.host.errors import Refused
from hardener.host.kinds.file import File
from hardener.host.text import audit_rules

TRIED = ["unshare", "--pid", "--fork", "auditctl", "-R"]
# Go on behind an error; and a first rule, before which auditctl tells nobody what it can't read.
BEFORE = ("-c", "-w /etc -p a")
ERROR = re.compile(r"(?s)(.*?)There was an error in line (\d+) of \S+\n?")
# What auditctl could read, and only the kernel did not take; before it auditctl may warn of something.
KERNEL = re.compile(r"(?m)^Error (sending|setting) .*\(Operation not permitted\)$")


def check(candidate, parameters):
    """`parameters` are none."""
    system, view, text = candidate.system, candidate.view, candidate.state.text()
    placed(candidate, text)
    if not (system.live and system.privileged and system.can_run("auditctl")):
        view.note("%s was not tried: there is no auditctl here that we may ask" % candidate.path)
        return
    path, owner = candidate.folder + "/tried.rules", (candidate.state.uid, candidate.state.gid)
    data = ("\n".join(BEFORE) + "\n" + audit_rules.unlocked(text)).encode(
        "utf-8", "surrogateescape"
    )
    system.replace(path, [data], 0o600, *owner)
    ran = system.run([*TRIED, path], changes=False)
    if ran.err.startswith("unshare:"):
        view.note("%s was not tried: %s" % (candidate.path, ran.why()))
        return
    for why, at in refusals(ran.err + ran.out):
        raise Refused(
            "auditctl refuses the rule: %s" % text.splitlines()[at - 1].strip(),
            where="%s:%d" % (candidate.path, at),
            why=why,
        )


def refusals(said):
    """Return [(why, number of the line)] of what auditctl, not the kernel, refuses."""
    found = []
    for why, at in ERROR.findall(said):
        if not KERNEL.search(why):
            found.append((why.strip(), int(at) - len(BEFORE)))
    return found


def placed(candidate, text):
    """Raise Refused where the kernel would: a watch needs the folder that its path lies in."""
    for at, rule in audit_rules.rules(text):
        folder = audit_rules.watched(rule)
        if folder and not candidate.view.exists(candidate.view.resolve(folder)):
            candidate.view.unless_arriving(File(folder))
            raise Refused(
                "the kernel would refuse the rule, and all after it: %s" % rule,
                where="%s:%d" % (candidate.path, at),
                why="there is no folder %s" % folder,
                hint="leave it out, or make the folder in a step before this one",
            )
