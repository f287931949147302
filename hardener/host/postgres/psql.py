"""Ask a PostgreSQL server by psql: scripts on its standard input, values as psql variables, answers as JSON.

psql quotes :'name' and :"name" itself, so that nothing is ever pasted into SQL
(psql(1), "SQL interpolation"); statements are built by format() on the server.
"""

import json
import re

from hardener.host.door import owner
from hardener.host.errors import Denied, Refused
from hardener.host.nearest import nearest

NOT_US = re.compile('permission denied|authentication failed|role ".*" does not exist|pg_hba.conf')
PSQL = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=default"]


def ask(system, server, script, values, changes=False, timeout=60):
    """Run a script; return its last line of JSON, None if it says nothing. Raises Refused."""
    if not system.can_run("psql"):
        raise Refused(
            "psql is not installed here",
            where=server.name(),
            hint="install PostgreSQL's client programs on the host",
        )
    ran = run(system, server, script, values, changes, timeout)
    if not ran.ok:
        raise refused(system, server, ran)
    lines = [line for line in ran.out.splitlines() if line.startswith(("{", "["))]
    return json.loads(lines[-1]) if lines else None


def run(system, server, script, values, changes, timeout):
    user = owner.account(system, server.as_user) if system.privileged else None
    argv = list(PSQL)
    for name, value in sorted(values.items()):
        argv += ["-v", "%s=%s" % (name, value)]
    for option, value in (("-h", server.host), ("-p", str(server.port)), ("-U", server.user)):
        argv += [option, value] if value else []
    env = {"PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "hardener", "PGCLIENTENCODING": "UTF8"}
    env["HOME"] = owner.home(system, user[0]) if user else "/"
    env.update({"PGPASSFILE": server.password_file} if server.password_file else {})
    argv += ["-w", "-d", server.database]
    return system.run(
        argv, script.encode("utf-8"), env, timeout=timeout, user=user, changes=changes
    )


def refused(system, server, ran):
    """The server's words as an error, with advice where we know some."""
    words, hint = ran.why(), ""
    if 'database "%s" does not exist' % server.database in words:
        return Refused(
            "there is no database `%s`" % server.database,
            where=server.name(),
            hint=_nearest(system, server),
        )
    if "read-only transaction" in words:
        hint = "a standby is read-only: run the play on its primary"
    if "permission denied to create temporary tables" in words:
        hint = (
            "a wanted index is tried out on an empty temporary table: GRANT TEMPORARY ON DATABASE"
        )
    if "lock timeout" in words:
        hint = "another connection holds the table; raise `lock_timeout`, or end it"
    if "already exists" not in words and "could not create unique index" in words:
        hint = "remove the duplicate rows first"
    told = Denied if NOT_US.search(words) and not system.privileged else Refused
    return told("PostgreSQL refuses", where=server.name(), why=words, hint=hint)


def _nearest(system, server):
    script = "SELECT json_agg(datname) FROM pg_database WHERE datallowconn;\n"
    ran = run(system, server._replace(database="postgres"), script, {}, False, 30)
    return meant(server.database, json.loads(ran.out) if ran.ok else [])


def meant(name, names):
    near = nearest(name, names)
    return "did you mean `%s`?" % near if near else ""
