"""Users and groups as steps name them: by the files of a host, else by its name service."""

import re

from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.resource import Resource
from hardener.host.typed import NamedTuple

NUMBER = re.compile(r"\A[0-9]+\Z")
NOBODY = 2**32 - 1  # as a number it means «leave as it is»: chown(2)


class Account(NamedTuple):
    """A user as steps see one (passwd(5))."""

    name: str
    uid: int
    gid: int
    home: str


class Names:
    """What a view knows of them."""

    def uid(self, owner):
        """Return the number of a user name (or number); None stays None."""
        return self._number(owner, "/etc/passwd", "user")

    def gid(self, group):
        """Return the number of a group name (or number); None stays None."""
        return self._number(group, "/etc/group", "group")

    def _number(self, name, path, what):
        if name is None:
            return None
        if NUMBER.match(str(name)) and int(name) < NOBODY:
            return int(name)
        for line in self.read(File(path)).text().splitlines():
            fields = line.split(":")
            if fields[0] == name and len(fields) > 2:
                return int(fields[2])
        return self._foreign(name, what)

    def _foreign(self, name, what):
        """Ask the name service (LDAP and the like), which only a running host has."""
        import grp
        import pwd

        try:
            if not self.live:
                raise KeyError(name)
            return pwd.getpwnam(name).pw_uid if what == "user" else grp.getgrnam(name).gr_gid
        except KeyError:
            self.unless_arriving(Resource(what, name))
            raise StepError("there is no %s %s on this host" % (what, name))

    def account(self, name):
        """Return the Account of a user by the files, else by the name service; raises StepError."""
        import pwd

        for line in self.read(File("/etc/passwd")).text().splitlines():
            fields = line.split(":")
            if fields[0] == name and len(fields) > 6:
                return Account(name, int(fields[2]), int(fields[3]), fields[5])
        if not self.elsewhere("user", name):
            self.unless_arriving(Resource("user", name))
            raise StepError("there is no user %s on this host" % name)
        found = pwd.getpwnam(name)
        return Account(name, found.pw_uid, found.pw_gid, found.pw_dir)

    def elsewhere(self, what, key):
        """Does the name service know this user or group (name or number), which no file of the host holds?"""
        import grp
        import pwd

        if not self.live:
            return False
        names = (pwd.getpwnam, pwd.getpwuid) if what == "user" else (grp.getgrnam, grp.getgrgid)
        try:
            found = names[isinstance(key, int)](key)[0]
        except KeyError:
            return False
        # As it is now: one that an earlier step removes is not from elsewhere.
        file = self._kinds.system.read({"user": "/etc/passwd", "group": "/etc/group"}[what])
        return not any(line.startswith(found.encode() + b":") for line in file.splitlines())

    def become(self, user):
        """Let commands run as this user, in an environment of their own; None: as we are."""
        self.user, self.environment = None, {}
        if user is None:
            return
        fields = self._account(user)
        self.user = int(fields[2]), int(fields[3]), self._groups(user, int(fields[3]))
        self.environment = {"HOME": fields[5], "USER": user, "LOGNAME": user}

    def _account(self, user):
        for line in self.read(File("/etc/passwd")).text().splitlines():
            fields = line.split(":")
            if fields[0] == user and len(fields) > 5:
                return fields
        self.unless_arriving(Resource("user", user))
        raise StepError("there is no user %s on this host" % user)

    def _groups(self, user, primary):
        lines = [line.split(":") for line in self.read(File("/etc/group")).text().splitlines()]
        also = {int(f[2]) for f in lines if len(f) > 3 and user in f[3].split(",")}
        return tuple(sorted(also | {primary}))
