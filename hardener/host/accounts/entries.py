"""One user and one group by the fields of their lines (passwd(5), shadow(5), group(5), gshadow(5))."""

from hardener.host.accounts.files import GROUP, GSHADOW, PASSWD
from hardener.host.errors import StepError
from hardener.host.resource import Resource
from hardener.host.text.colons import members, with_member, without_member
from hardener.host.typed import NamedTuple

MEMBERS, ADMINISTRATORS = 3, 2  # which field of group and gshadow, and of gshadow


class User(NamedTuple):
    """A line of /etc/passwd."""

    name: str
    password: str
    uid: int
    gid: int
    comment: str
    home: str
    shell: str

    def fields(self):
        return [str(field) for field in self]


def user(accounts, name):
    """Return the User of this name, or None; raises StepError for one who comes from elsewhere."""
    fields = accounts.get(PASSWD, name)
    if fields is None:
        local(accounts, "user", name)
        return None
    if len(fields) != 7 or not (fields[2] + fields[3]).isdigit():
        raise StepError(
            "/etc/passwd has a broken line for %s" % name, hint="`pwck` says what is wrong"
        )
    return User(*fields)._replace(uid=int(fields[2]), gid=int(fields[3]))


def users(accounts):
    """Return the fields of all whole lines of /etc/passwd."""
    return [fields for fields in accounts.table(PASSWD).rows if len(fields) == 7]


def local(accounts, what, name):
    """Raise StepError where only the name service knows of it: LDAP, systemd and the like."""
    if accounts.view.elsewhere(what, name):
        path = {"user": "/etc/passwd", "group": "/etc/group"}[what]
        raise StepError(
            "the %s %s is not in %s: it comes from elsewhere" % (what, name, path),
            why="the name service knows it (nsswitch.conf(5): LDAP, systemd, …)",
            hint="change it there, or take another name",
        )


def group(accounts, name):
    """Return the fields of a group by name or number; raises StepError where there is none."""
    name = str(name)
    found = accounts.get(GROUP, name)
    if found is None and name.isdigit():
        found = next((row for row in accounts.table(GROUP).rows if row[2:3] == (name,)), None)
    if found is None:
        local(accounts, "group", int(name) if name.isdigit() else name)
        accounts.view.unless_arriving(Resource("group", name))
        raise StepError(
            "there is no group %s on this host" % name,
            hint="a step before this one can make it: group: %s" % name,
        )
    return found


def primary_of(accounts, gid):
    """Return the names of the users whose primary group this is."""
    return [fields[0] for fields in users(accounts) if fields[3] == str(gid)]


def join(accounts, group_name, user_name):
    _change(accounts, group_name, MEMBERS, lambda field: with_member(field, user_name))


def leave(accounts, group_name, user_name):
    _change(accounts, group_name, MEMBERS, lambda field: without_member(field, user_name))


def forget(accounts, user_name):
    """Take a user out of all groups, and of their administrators."""
    for path, at in ((GROUP, MEMBERS), (GSHADOW, MEMBERS), (GSHADOW, ADMINISTRATORS)):
        for fields in accounts.table(path).rows:
            if len(fields) == 4 and user_name in members(fields[at]):
                accounts.edit(
                    path, _field(fields[0], at, lambda field: without_member(field, user_name))
                )


def _change(accounts, name, at, change):
    for path in (GROUP, GSHADOW):
        accounts.edit(path, _field(name, at, change))


def _field(name, at, change):
    """Return the edit that changes one field of one entry, if it is there."""

    def edit(table):
        fields = list(table.get(name) or ())
        if len(fields) <= at or change(fields[at]) == fields[at]:
            return table
        fields[at] = change(fields[at])
        return table.set(fields)

    return edit
