"""The unit `hardener-guard.service`, there only while a run is guarded.

One unit does both: in the boot in which it was armed it waits, in any other it first
puts back what lies on the disk, before network and sshd may start (systemd.special(7)).
"""

import posixpath
import sys

from hardener.host.errors import Refused
from hardener.host.facts.system import systemd
from hardener.host.undo.rescue import code_folder

NAME = "hardener-guard.service"
FILE = "/etc/systemd/system/" + NAME
LINK = "/etc/systemd/system/sysinit.target.wants/" + NAME
MOTD = "/run/motd.d/90-hardener"  # pam_motd(8) shows it at every login; a reboot takes it away
GAVE_UP = 65  # EX_DATAERR (sysexits.h): the unit is left as failed, and not started again
# A conflict or a full disk may pass: the guard tries again, and never holds up a boot for long.
TEXT = """\
# Undoes a run of hardener that no fresh login has confirmed; goes away with its end.
[Unit]
Description=hardener: undo run %(run)s unless it is confirmed
DefaultDependencies=no
RequiresMountsFor=%(state)s
After=systemd-remount-fs.service local-fs.target
Before=network-pre.target ssh.service ssh.socket sshd.service sshd.socket sysinit.target shutdown.target
Conflicts=shutdown.target
ConditionPathExists=%(code)s
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart=%(python)s -I -S -X utf8 %(code)s/start.py hardener.host.guard.watch:main %(run)s
Restart=on-failure
RestartSec=1
RestartPreventExitStatus=%(gave_up)d
TimeoutStartSec=120
OOMScoreAdjust=-900

[Install]
WantedBy=sysinit.target
"""


OURS = "# The folder of its link was made for it.\n"


def arm(system, store, run):
    """Start the guard and see that it watches; raises Refused with the reason where it does not."""
    require(system, store)
    text = TEXT % {
        "run": run,
        "state": store.base,
        "code": code_folder(),
        "python": sys.executable,
        "gave_up": GAVE_UP,
    }
    alone = system.lstat(posixpath.dirname(LINK)) is None
    text += OURS if alone else ""
    system.replace(FILE, [text.encode("utf-8")], 0o644, *store.owner)
    if alone:
        system.mkdir(posixpath.dirname(LINK), 0o755, *store.owner)
    system.symlink(FILE, LINK, *store.owner)
    for words in (["daemon-reload"], ["restart", NAME]):
        ran = system.run(["systemctl", "--no-ask-password"] + words, timeout=90)
        if not ran.ok:
            raise cannot(ran.why())
    verify(system)


def verify(system):
    """It says that it is ready only after it has read in the journal that this run is armed."""
    shown = system.run(["systemctl", "show", "-p", "ActiveState,MainPID", NAME], changes=False)
    if "ActiveState=active" not in shown.out or "MainPID=0" in shown.out:
        raise cannot("it does not run: " + " ".join(shown.out.split()))


def require(system, store):
    if not systemd(system):
        raise cannot("there is no systemd")
    if not system.privileged:
        raise cannot("only root can")
    if not code_folder().startswith(store.path("code") + "/"):
        raise cannot("hardener's code could not be kept in %s" % store.path("code"))


def cannot(why):
    return Refused(
        "a change could lock you out, and no guard can be armed on this host",
        why=why,
        hint="with a console open, `--confirm off` applies it without a guard",
    )


def disarm(system, run):
    """Take the unit of this run away; its process sees the end in the journal, and ends."""
    if remove(system, run):
        reload(system)


def remove(system, run):
    """Remove the files of this run's unit; tell if there were any.

    The unit's own goes last: killed before, this begins anew.
    """
    for path in (MOTD, posixpath.dirname(LINK), LINK, FILE):
        system.sweep(path)
    text = system.read(FILE).decode("utf-8") if system.lstat(FILE) else ""
    if " run %s " % run not in text:
        return False
    for path in (MOTD, LINK):
        if system.lstat(path) is not None:
            system.unlink(path)
    if text.endswith(OURS):
        _remove_empty(system, posixpath.dirname(LINK))
    system.unlink(FILE)
    return True


def reload(system):
    """Have systemd forget a unit whose files are gone; from here on it starts it no more."""
    if systemd(system):
        system.run(["systemctl", "--no-ask-password", "daemon-reload"], timeout=90)


def _remove_empty(system, folder):
    if system.lstat(folder) is not None and not system.listdir(folder):
        system.rmdir(folder)


def tell(system, store, run):
    """Name the rescue command at every login while the run is unconfirmed."""
    _notice(
        system,
        store,
        "run %s is not confirmed yet, and undoes itself.\n"
        "    to keep it:  harden confirm %s    to undo it now, here:  %s %s"
        % (run, run, store.path("undo"), run),
    )


def give_up(system, store, run):
    """Say at every login that the run is not undone by itself any more, and how a person does it."""
    undo = store.path("undo")
    _notice(
        system,
        store,
        "run %s was not confirmed, and its record is damaged: it is NOT undone by itself.\n"
        "    what can be read of it:  %s --show %s\n"
        "    to put back one of it:   %s %s KIND:ID" % (run, undo, run, undo, run),
    )


def _notice(system, store, text):
    folder = posixpath.dirname(MOTD)
    if system.lstat(folder) is None:
        system.mkdir(folder, 0o755, *store.owner)
    data = ("\nhardener: %s\n\n" % text).encode("utf-8")
    system.scratch().replace(MOTD, [data], 0o644, *store.owner)
