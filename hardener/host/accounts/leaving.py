"""What goes with a user, as with userdel(8), and why one may not go."""

from hardener.host.accounts import entries, home, mailbox
from hardener.host.accounts.defaults import Defaults
from hardener.host.accounts.files import GROUP, GSHADOW, PASSWD, SHADOW, SUBGID, SUBUID
from hardener.host.errors import StepError
from hardener.host.kinds.running_as import RunningAs
from hardener.host.processes.foretold import unless_ended
from hardener.host.text.colons import members

CRONTABS = ("/var/spool/cron/crontabs/", "/var/spool/cron/")


def user(params, was, accounts, view):
    """Yield what takes a user away; the home only with `remove`."""
    if was.uid == 0:
        raise StepError("%s is root by another name: uid 0 can't be removed" % was.name)
    if not params.force:
        running(was, view, "be removed")
    for path in (PASSWD, SHADOW, SUBUID, SUBGID):
        accounts.remove(path, was.name)
    entries.forget(accounts, was.name)
    own_group(was, accounts)
    remains(was, view)
    yield from accounts.wants()
    if params.remove:
        yield from home.removed(was, params.home_limit, accounts, view)
        yield from mailbox.removed(was, Defaults(view), view)


def own_group(was, accounts):
    """The group of the user's own goes along where nobody else needs it."""
    fields = accounts.get(GROUP, was.name)
    if not Defaults(accounts.view).says("USERGROUPS_ENAB") or fields is None or len(fields) != 4:
        return
    others = members(fields[3]) or set(entries.primary_of(accounts, fields[2])) - {was.name}
    if fields[2] == str(was.gid) and not others:
        for path in (GROUP, GSHADOW):
            accounts.remove(path, was.name)


def running(was, view, what):
    """Raise StepError where processes of the user run; Unknown where an earlier step may end them."""
    resource = RunningAs(was.uid)
    found = view.read(resource).processes
    if not found:
        return
    why = "processes of %s run: %s" % (was.name, ", ".join(found[:5]))
    unless_ended(resource, view, why)
    raise StepError(
        "%s can't %s now" % (was.name, what),
        why=why,
        hint="end them first: stop their service, or `loginctl terminate-user %s`" % was.name,
    )


def remains(was, view):
    for folder in CRONTABS:
        if view.exists(folder + was.name):
            view.note("%s stays: cron complains of it, and the next %s would have it"
                      % (folder + was.name, was.name))  # fmt: skip
