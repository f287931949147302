"""Groups: their line in /etc/group and /etc/gshadow, as groupadd(8) would write it."""

from hardener.host.accounts import entries, numbers
from hardener.host.accounts.defaults import Defaults
from hardener.host.accounts.files import GROUP, GSHADOW, PASSWD, Accounts
from hardener.host.errors import StepError
from hardener.host.text.colons import members


def plan(params, view):
    accounts = Accounts(view)
    now = accounts.get(GROUP, params.name)
    if now is None:
        entries.local(accounts, "group", params.name)
    if params.state == "absent":
        remove(now, accounts)
    else:
        add(params, now, accounts)
        with_members(params, accounts)
        accounts.edit(GROUP, lambda table: table)  # unchanged it is what an audit shows
    yield from accounts.wants()
    left = accounts.get(GROUP, params.name)
    return {"name": params.name, "gid": int(left[2]) if left else None}


def add(params, now, accounts):
    gid = number(params, now, accounts)
    if now is None:
        write(params.name, gid, accounts)
    elif now[2] != str(gid):
        accounts.set(GROUP, now[:2] + (str(gid),) + now[3:])
        follow(now[2], str(gid), accounts)
        accounts.view.note(
            "files of the group %s keep the number %s, which is nobody's then"
            % (params.name, now[2])
        )


def write(name, gid, accounts):
    """Add a group without members and without a password."""
    accounts.set(GROUP, [name, "x", str(gid), ""])
    accounts.set(GSHADOW, [name, "!", "", ""])


def number(params, now, accounts):
    if params.gid is None and now:
        return int(now[2])
    if params.gid is None:
        bounds = Defaults(accounts.view).ids("G", params.system)
        return numbers.free(accounts, "group", bounds, params.system)
    others = [r[0] for r in accounts.table(GROUP).rows if r[2:3] == (str(params.gid),)]
    if not params.non_unique and set(others) - {params.name}:
        raise StepError(
            "the number %d is that of the group %s" % (params.gid, others[0]),
            hint="take another one, or `non_unique: true`",
        )
    return params.gid


def follow(old, new, accounts):
    """Let users keep the group as their primary one (groupmod(8))."""
    for fields in entries.users(accounts):
        if fields[3] == old:
            accounts.set(PASSWD, fields[:3] + (new,) + fields[4:])


def with_members(params, accounts):
    """Exactly the members that are asked for; with `append` the others stay."""
    if params.members is None:
        return
    for name in params.members:
        accounts.view.uid(name)
        entries.join(accounts, params.name, name)
    for name in () if params.append else members(accounts.get(GROUP, params.name)[3]):
        if name not in params.members:
            entries.leave(accounts, params.name, name)


def remove(now, accounts):
    if now is None:
        return
    primary = entries.primary_of(accounts, now[2])
    if primary:
        raise StepError(
            "the group %s can't go: it is the primary group of %s"
            % (now[0], ", ".join(primary[:5])),
            hint="remove these users, or give them another `group`, in a step before this one",
        )
    for path in (GROUP, GSHADOW):
        accounts.remove(path, now[0])
