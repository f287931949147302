"""What sshd says of a login, question by question."""

from hardener.host.access.answers import No, Unasked
from hardener.host.access.sshd import how, where, who
from hardener.host.access.sshd.said import effective, options, spec


def check(planned, login):
    """Return the first No of sshd to this login, or None."""
    program = planned.program("sshd")
    if not login.address:
        raise Unasked("nobody is logged in by ssh")
    if program is None:
        raise Unasked("there is no sshd that can be asked")
    ran = planned.run([program, "-T", "-C", spec(login)] + options(planned))
    if "not in connection test specification" in ran.err:
        raise Unasked("its Match blocks ask what is not known of the new way")
    if not ran.ok:
        return No(
            "sshd refuses its new configuration", "mend it: `sshd -t` says the same", ran.why()
        )
    said = effective(ran.out)
    return next(filter(None, (ask(said, planned, login) for ask in QUESTIONS)), None)


QUESTIONS = (
    who.denied_users,
    who.allowed_users,
    who.denied_groups,
    who.allowed_groups,
    who.locked,
    how.methods,
    who.root,
    how.tries,
    how.forced,
    how.authorized,
    where.runs,
    where.listens,
    how.algorithms,
    how.host_keys,
)
