"""What auditd says of its configuration: it is started aside, where the kernel refuses it (auditd.conf(5)).

In namespaces of its own, and with folders of its own for what it would write, it reads its file and
gives up; it leaves with 6 where the file is wrong.
"""

import re

from hardener.host.errors import Refused

APART = (
    "mount -t tmpfs none /run && mount -t tmpfs none /etc/audit/plugins.d && "
    'mkdir /run/log && exec auditd -f -c "$1"'
)
TRIED = ["unshare", "--mount", "--pid", "--fork", "--net", "sh", "-c", APART, "sh"]
WRONG = 6
LOG = re.compile(r"(?mi)^[ \t]*log_file[ \t]*=.*$")
CHATTER = re.compile(r"opened for parsing|_parser called with|is exiting|config_manager")


def check(candidate, parameters):
    """`parameters` are none."""
    system, view = candidate.system, candidate.view
    if not (system.live and system.privileged and system.can_run("auditd")):
        view.note("%s was not tried: there is no auditd here that we may ask" % candidate.path)
        return
    owner = candidate.state.uid, candidate.state.gid
    data = LOG.sub("log_file = /run/log/audit.log", candidate.state.text())
    tried = candidate.folder + "/tried"
    system.mkdir(tried, 0o700, *owner)
    system.replace(tried + "/auditd.conf", [data.encode("utf-8", "surrogateescape")], 0o600, *owner)
    ran = system.run([*TRIED, tried], changes=False, timeout=20)
    if ran.err.startswith(("unshare:", "mount:")):
        view.note("%s was not tried: %s" % (candidate.path, ran.why()))
    elif ran.code == WRONG:
        said = [line for line in (ran.err + ran.out).splitlines() if not CHATTER.search(line)]
        why = "\n".join(said).replace(tried + "/auditd.conf", candidate.path)
        raise Refused("auditd refuses the new %s" % candidate.path, why=why[-2000:])
