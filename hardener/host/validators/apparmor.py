"""What apparmor_parser says of a profile and all that it includes; nothing is loaded or kept (-Q -K)."""

from hardener.host.errors import Refused


def check(candidate, parameters):
    """`parameters` are none. By its text alone: one that is disabled would be passed over by its name."""
    if not candidate.system.can_run("apparmor_parser"):
        candidate.view.note("%s was not tried: there is no apparmor_parser here" % candidate.path)
        return
    text = candidate.state.text().encode("utf-8", "surrogateescape")
    ran = candidate.system.run(["apparmor_parser", "-Q", "-K"], text, changes=False)
    if not ran.ok:
        said = [line for line in ran.err.splitlines() if not line.startswith("Cache read/write")]
        raise Refused(
            "apparmor_parser refuses the new %s" % candidate.path, why="\n".join(said)[-2000:]
        )
