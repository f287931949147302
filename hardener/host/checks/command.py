"""A command that only looks ends as it should."""


def check(params, system):
    """`params`: cmd (for /bin/sh -c), rc, contains, timeout (seconds)."""
    ran = system.run(["/bin/sh", "-c", params.cmd], timeout=params.timeout, changes=False)
    if ran.code != params.rc:
        return "`%s` ended with %d, not %d: %s" % (params.cmd, ran.code, params.rc, ran.why())
    if params.contains and params.contains not in ran.out:
        return "`%s` did not print %r" % (params.cmd, params.contains)
    return None
