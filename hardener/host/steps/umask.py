"""What others may do with new files: login.defs, PAM and the shells say the same (umask(2))."""

import re

from hardener.host.edits import changed
from hardener.host.errors import StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.pam import update
from hardener.host.pam.profile import written
from hardener.host.resource import Want
from hardener.host.text.login_defs import LoginDefs

LOGIN_DEFS = "/etc/login.defs"
PROFILE, BASHRC = "/etc/profile", "/etc/bash.bashrc"
FOLDER = "/etc/profile.d"
PAM_PROFILE = "hardener-umask"
OCTAL = re.compile(r"\A[0-7]{1,4}\Z")
LINE = re.compile(r"^([ \t]*)umask[ \t]+([0-7]{1,4})(?=[ \t]*(?:[;#\r]|$))", re.MULTILINE)


def plan(params, view):
    path = "%s/%s.sh" % (FOLDER, params.name)
    if params.state == "absent":
        yield Want(File(path), ABSENT)
        yield from sessions(None, params, view)
        return
    mask, text = defined(params, view)
    yield text
    yield from sessions(mask, params, view)
    yield from shells(path, mask, params, view)


# login.defs


def defined(params, view):
    """Return the mask that all shall have, and the want of the file that says so first."""
    file = File(view.resolve(LOGIN_DEFS))
    now = view.read(file)
    if not now.exists:
        raise StepError("there is no %s" % LOGIN_DEFS)
    said = LoginDefs.parse(now.text()).get("UMASK") or "0"
    if not OCTAL.match(said):
        raise StepError("UMASK %s of %s is no mask" % (said, LOGIN_DEFS), hint="write UMASK 022")
    mask = closer(int(params.umask, 8), said, params)
    edit = now.text()
    if int(said, 8) != mask:
        edit = changed(
            file.id, edit, lambda text: str(LoginDefs.parse(text).set("UMASK", shown(mask)))
        )
    return mask, Want(file, now.with_text(edit))


def closer(mask, said, params):
    """The mask, and what is masked there already, unless that is to be given."""
    return mask if params.exact else mask | int(said, 8)


def shown(mask):
    return "%03o" % mask


# PAM


def sessions(mask, params, view):
    """Want pam_umask(8) in all sessions, by ssh, sudo, su, cron and the user's systemd."""
    if not view.exists(update.PROGRAM):
        view.note("there is no pam-auth-update here: what PAM says of new files stays as it is")
        return
    line = "optional\tpam_umask.so umask=0%s nousergroups" % shown(mask or 0)
    text = written(
        "Let others do less with new files (hardener)", 0, ("Session", "Additional", line)
    )
    yield from update.wants(view, {PAM_PROFILE: None if mask is None else text})


# The shells


def shells(path, mask, params, view):
    """Want a file that login shells read, and no file of all users that says more."""
    for each in [each for each in view.glob(FOLDER + "/*.sh") if each > path]:
        refuse_other(each, path, mask, params, view)
    root, folder = view.read(File("/")), File(FOLDER)
    yield Want(folder, view.read(folder).as_directory())
    now = view.read(File(path))
    text = "umask %s\n" % shown(mask)
    yield Want(File(path), now.with_text(text, mode=0o644, uid=root.uid, gid=root.gid))
    for each in (PROFILE, BASHRC):
        yield from rewritten(each, mask, params, view)


def refuse_other(other, path, mask, params, view):
    text = view.read(File(view.resolve(other))).text()
    for found in LINE.finditer(text):
        if closer(mask, found.group(2), params) != int(found.group(2), 8):
            raise StepError(
                "%s has the last word: %s" % (other, found.group(0).strip()),
                where="%s:%d" % (other, text.count("\n", 0, found.start()) + 1),
                why="it is read after %s, which is to say umask %s" % (path, shown(mask)),
                hint="change that line, or give the step a `name` that sorts after it",
            )


def rewritten(path, mask, params, view):
    """Want each line with a mask to mask as much; bash.bashrc gets one, being all that some shells read."""
    file = File(view.resolve(path))
    now = view.read(file)
    if now.type != "file":
        return

    def edit(text):
        if path == BASHRC and not LINE.search(text):
            end = "" if text.endswith("\n") or not text else "\n"
            return "%s%sumask %s\n" % (text, end, shown(mask))
        return LINE.sub(lambda found: line(found, mask, params), text)

    yield Want(file, now.with_text(changed(file.id, now.text(), edit)))


def line(found, mask, params):
    wanted = closer(mask, found.group(2), params)
    if wanted == int(found.group(2), 8):
        return found.group(0)
    return "%sumask %s" % (found.group(1), shown(wanted))
