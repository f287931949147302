"""What ssh-keygen says of the keys that a step puts into a file, which sshd would pass over in silence."""

from hardener.host.errors import Refused


def check(candidate, keys):
    """`keys` are the Keys that are new; of the others nobody is asked."""
    if not keys or not candidate.system.can_run("ssh-keygen"):
        return
    owner = candidate.state.uid, candidate.state.gid
    for key in keys:
        text = "%s %s\n" % (key.type, key.blob)
        candidate.system.replace(
            candidate.folder + "/key.pub", [text.encode("ascii")], 0o600, *owner
        )
        ran = candidate.system.run(
            ["ssh-keygen", "-l", "-f", candidate.folder + "/key.pub"], changes=False
        )
        if not ran.ok:
            raise Refused("ssh-keygen does not read a key of type %s" % key.type, why=ran.why())
