"""What a git remote has at a version, and how git is let in there; nothing is written for it."""

import re

from hardener.host import git
from hardener.host.door import owner
from hardener.host.errors import Denied, StepError
from hardener.host.typed import NamedTuple, Optional, Tuple

COMMIT = re.compile(r"\A([0-9a-f]{40}|[0-9a-f]{64})\Z")
PINNED = "refs/hardener/version"  # names a commit that no branch or tag of ours does
UNKNOWN = "put its host key into known_hosts of who git runs as, or say `accept_newhostkey: true`"
WAIT = 900  # seconds: a large repository by a slow link


class Source(NamedTuple):
    """A version of a repository, and how to get at it.

    `user` is (uid, gid, groups); without one it is who owns the folder of the checkout, or will: `keeper`.
    """

    url: str
    version: str
    remote: str
    user: Optional[Tuple] = None
    keeper: Optional[Tuple] = None
    key: Optional[str] = None
    accept_new: bool = False


class Found(NamedTuple):
    """Which commit a version is, the branch to be on ("" for none), and the ref that brings it here."""

    commit: str
    branch: str
    ref: str
    value: str


def ask(system, source):
    """Return the Found of a version; raises StepError where the remote has no such."""
    if COMMIT.match(source.version):
        return Found(source.version, "", PINNED, source.version)
    listed = call(system, source, ["ls-remote", "--symref", "--", source.url] + patterns(source))
    found = among(source, listed)
    if found is None:
        raise StepError(
            "%s has no branch or tag %s" % (shown(source.url), source.version),
            hint="a commit is given by all digits of its hash",
        )
    return found


def patterns(source):
    name = source.version
    if name == "HEAD" or name.startswith("refs/"):
        return [name, name + "^{}"]
    return ["refs/heads/" + name, "refs/tags/" + name, "refs/tags/" + name + "^{}"]


def among(source, listed):
    """Find the version in what `git ls-remote --symref` printed; a branch goes before a tag of its name."""
    lines = [line.split("\t") for line in listed.splitlines() if "\t" in line]
    refs = {name: value for value, name in lines if not value.startswith("ref: ")}
    links = {name: value[5:] for value, name in lines if value.startswith("ref: ")}
    if source.version == "HEAD" and "HEAD" in refs:
        head = links.get("HEAD", "")
        refs = {head: refs["HEAD"]} if head.startswith("refs/heads/") else refs
    for name in sorted(refs):
        if name.startswith("refs/heads/"):
            branch = name[len("refs/heads/") :]
            tracking = "refs/remotes/%s/%s" % (source.remote, branch)
            return Found(refs[name], branch, tracking, refs[name])
    for name in sorted(refs):
        if not name.endswith("^{}"):
            ref = name if name.startswith("refs/tags/") else PINNED
            return Found(refs.get(name + "^{}", refs[name]), "", ref, refs[name])
    return None


def refspec(remote, ref, value):
    """What `git fetch` is to bring for a ref of ours."""
    tracking = "refs/remotes/%s/" % remote
    if ref.startswith(tracking):
        return "+refs/heads/%s:%s" % (ref[len(tracking) :], ref)
    return "+%s:%s" % (ref, ref) if ref.startswith("refs/tags/") else value


def environment(key, accept_new, looking):
    """How git calls ssh: never with a question; who only looks learns no host key for good."""
    known = "accept-new" if accept_new else "yes"
    words = ["ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=" + known]
    # By itself ssh takes down all keys that a known server has, in a preview too (ssh_config(5)).
    words += ["-o", "ConnectTimeout=20", "-o", "UpdateHostKeys=no"]
    if accept_new and looking:
        words += ["-o", "'UserKnownHostsFile=/dev/null ~/.ssh/known_hosts'"]
    if key:
        words += ["-o", "IdentitiesOnly=yes", "-i", "'%s'" % key.replace("'", "'\\''")]
    return {"GIT_SSH_COMMAND": " ".join(words), "GIT_TERMINAL_PROMPT": "0"}


def call(system, source, arguments):
    """Run git outside of any repository as the one whose the checkout is or will be."""
    if source.user and not system.may_be(source.user[0]):
        raise Denied("git is to run as user %d, and only root can see to that" % source.user[0])
    env = environment(source.key, source.accept_new, looking=True)
    if source.user:
        env["HOME"] = owner.home(system, source.user[0])
    identity = source.user if system.privileged else None
    try:
        return git.call(system, arguments, b"", env, "/", False, identity)
    except StepError as error:
        unknown = "Host key verification failed" in error.why
        raise StepError(
            error.what, shown(source.url), error.why, UNKNOWN if unknown else ""
        ) from error


def shown(url):
    """A URL without who logs in there."""
    return re.sub(r"(://)[^/@]*@", r"\1", url)
