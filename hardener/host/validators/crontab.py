"""Would cron read this table? By its rules, and by crontab(1), which can check a user's."""

from hardener.host.errors import Refused
from hardener.host.text.crontab import Crontab

# Debian's makes a file in the spool even where it only checks: so it gets one of its own.
APART = 'mount -t tmpfs none /var/spool/cron && mkdir -m 1730 /var/spool/cron/crontabs && exec "$@"'


def check(candidate, parameters):
    """`parameters` says whether the entries have a column for the user."""
    table = Crontab(candidate.state.text(), parameters["with_users"])
    for line, why in table.problems():
        raise Refused(
            "cron would read nothing of %s" % candidate.path,
            where="%s:%d" % (candidate.path, line),
            why=why,
        )
    if not parameters["with_users"] and candidate.system.can_run("crontab"):
        ask(candidate)


def ask(candidate):
    """cronie tests by -T, Debian's cron by -n; others can't."""
    usage = candidate.system.run(["crontab", "-h"], changes=False)
    said = usage.out + usage.err
    if "-T " in said:
        argv = ["crontab", "-T", candidate.staged]
    elif "[-n]" in said and candidate.system.privileged:
        alone = ["unshare", "--mount", "sh", "-c", APART + " || true", "sh"]
        argv = alone + ["crontab", "-n", candidate.staged]
    else:
        return
    ran = candidate.system.run(argv, changes=False)
    why = ran.why().replace(candidate.staged, candidate.path)
    if not ran.ok and not why.startswith(("unshare:", "mount:", "mkdir:")):
        raise Refused("crontab refuses the new %s" % candidate.path, why=why)
