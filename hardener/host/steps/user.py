"""Users: their lines in the files of accounts, as useradd(8) and usermod(8) would write them, and a home."""

from hardener.host.accounts import entries, home, leaving, numbers, shadow
from hardener.host.accounts.days import number as day
from hardener.host.accounts.defaults import Defaults
from hardener.host.accounts.entries import User
from hardener.host.accounts.files import GROUP, PASSWD, SHADOW, SUBGID, SUBUID, Accounts
from hardener.host.accounts.mailbox import mailbox
from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.steps import group

SUBORDINATE = {SUBUID: "SUB_UID_", SUBGID: "SUB_GID_"}


def plan(params, view):
    accounts = Accounts(view)
    was = entries.user(accounts, params.name)
    if not accounts.there(SHADOW):
        raise StepError("there is no /etc/shadow on this host", hint="pwconv(8) makes it")
    if params.state == "absent":
        if was:
            yield from leaving.user(params, was, accounts, view)
        return {"name": params.name, "state": "absent"}
    now = changed(params, was, accounts) if was else new(params, accounts)
    accounts.set(PASSWD, now.fields())
    accounts.set(SHADOW, secret(params, accounts))
    memberships(params, now, accounts)
    doubt(now, view)
    yield from accounts.wants()
    yield from at_home(params, was, now, view)
    told = {name: getattr(now, name) for name in ("name", "uid", "comment", "home", "shell")}
    return dict(told, group=now.gid, state="present")


# The line in /etc/passwd


def new(params, accounts):
    defaults = Defaults(accounts.view)
    uid = params.uid
    if uid is None:
        uid = numbers.free(accounts, "user", defaults.ids("U", params.system), params.system)
    alone(params, uid, accounts)
    gid = primary(params, uid, accounts, defaults)
    if not params.system:
        subordinate(params.name, uid, accounts, defaults)
    place = params.home or defaults.word("HOME", "/home").rstrip("/") + "/" + params.name
    shell = defaults.word("SHELL") if params.shell is None else params.shell
    return User(params.name, "x", uid, gid, params.comment or "", place, shell)


def changed(params, was, accounts):
    if params.uid is not None and params.uid != was.uid:
        alone(params, params.uid, accounts)
        leaving.running(was, accounts.view, "get another number")
    asked = {
        "uid": params.uid,
        "gid": params.group and int(entries.group(accounts, params.group)[2]),
        "comment": params.comment,
        "home": params.home,
        "shell": params.shell,
    }
    return was._replace(**{name: value for name, value in asked.items() if value is not None})


def alone(params, uid, accounts):
    """Two names of one number are one user to the kernel, so that has to be meant."""
    others = [f[0] for f in entries.users(accounts) if f[2] == str(uid) and f[0] != params.name]
    if others and not params.non_unique:
        raise StepError(
            "the number %d is that of the user %s" % (uid, others[0]),
            hint="take another one, or `non_unique: true`",
        )


def primary(params, uid, accounts, defaults):
    """Return the number of the primary group; one of the user's own is made where that is usual."""
    if params.group is not None:
        return int(entries.group(accounts, params.group)[2])
    own = accounts.get(GROUP, params.name)
    if own is None and not defaults.says("USERGROUPS_ENAB"):
        return int(entries.group(accounts, defaults.number("GROUP"))[2])
    if own is not None:
        return int(own[2])
    gid = numbers.free(accounts, "group", defaults.ids("G", params.system), params.system, uid)
    group.write(params.name, gid, accounts)
    return gid


def subordinate(name, uid, accounts, defaults):
    """Ranges for containers of this user, where the host has them (subuid(5))."""
    least, most = defaults.ids("U", False)
    for path, words in SUBORDINATE.items():
        count = defaults.number(words + "COUNT")
        if not accounts.there(path) or count <= 0 or not least <= uid <= most:
            continue
        if accounts.get(path, name):
            continue
        bounds = defaults.number(words + "MIN"), defaults.number(words + "MAX")
        start = numbers.free_range(accounts.table(path), bounds[0], bounds[1], count)
        if start is None:
            raise StepError("%s has no room for %d more numbers" % (path, count))
        accounts.set(path, [name, str(start), str(count)])


# The other lines


def secret(params, accounts):
    """Return the fields for /etc/shadow."""
    view = accounts.view
    today = day(view.facts["system"]["date"])
    fields = accounts.get(SHADOW, params.name)
    if fields is None:
        return shadow.new(params, Defaults(view), today)
    if len(fields) != 9:
        raise StepError(
            "/etc/shadow has a broken line for %s" % params.name, hint="`pwck` says what is wrong"
        )
    return shadow.changed(fields, params, today)


def memberships(params, now, accounts):
    """In exactly these groups beside the primary one; with `append` in the others too."""
    if params.groups is None:
        return
    wanted = {entries.group(accounts, each)[0] for each in params.groups}
    for fields in accounts.table(GROUP).rows:
        if len(fields) != 4 or fields[2] == str(now.gid):
            continue
        if fields[0] in wanted:
            entries.join(accounts, fields[0], now.name)
        elif not params.append:
            entries.leave(accounts, fields[0], now.name)


def doubt(now, view):
    if now.shell and not view.exists(view.resolve(now.shell)):
        view.note("the shell %s is not there: nobody can log in with it" % now.shell)


# The home


def at_home(params, was, now, view):
    if was and params.move_home and was.home != now.home:
        yield from home.moved(was.home, now.home, view)
    if params.create_home and home.is_somewhere(now.home):
        yield from missing(params, was, now, view)
    if was and (was.uid, was.gid) != (now.uid, now.gid):
        yield from home.given(now, was, view)


def missing(params, was, now, view):
    defaults, place = Defaults(view), view.place(now.home)
    there = view.read(File(place))
    mode = None if params.home_mode is None else int(params.home_mode, 8)
    if not there.exists:
        skeleton = params.skeleton or defaults.word("SKEL", "/etc/skel")
        usual = defaults.home_mode if mode is None else mode
        yield from home.made(now, skeleton, usual, view)
        if not was and not params.system:
            yield from mailbox(now, defaults, view)
    elif mode is not None and there.type == "directory":
        yield from home.with_mode(place, mode, view)
    elif not was and there.uid != now.uid:
        view.note("%s was there before %s, and belongs to user %d" % (place, now.name, there.uid))
