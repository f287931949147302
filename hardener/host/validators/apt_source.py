"""What apt says of a source before it is live: apt-get update with it alone, lists and key aside."""

import posixpath

from hardener.host.errors import Refused
from hardener.host.kinds.file import File

FAILED = "Some index files failed to download"  # of which apt only warns


def check(candidate, signed_by):
    """`signed_by` is the path of the key, which may not be there yet."""
    system, view = candidate.system, candidate.view
    if not system.can_run("apt-get"):
        view.note("%s was not tried: there is no apt here that we may ask" % candidate.path)
        return
    source = lay(candidate, signed_by)
    options = {
        "Dir::Etc::sourcelist": source,
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": candidate.folder + "/lists",
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "APT::Sandbox::User": "root",  # the folder is nobody else's
        "Acquire::Retries": "0",
        "Acquire::http::Timeout": "20",
        "Acquire::https::Timeout": "20",
    }
    argv = ["apt-get", "-q", "update"]
    argv += [part for key, value in options.items() for part in ("-o", "%s=%s" % (key, value))]
    ran = system.run(argv, changes=False, timeout=300)
    if not ran.ok or FAILED in ran.err:
        raise Refused(
            "apt can't use the new %s" % candidate.path,
            why=ran.why().replace(
                candidate.folder + "/" + posixpath.basename(signed_by), signed_by
            ),
            hint="`fetch: false` writes it without asking apt",
        )


def lay(candidate, signed_by):
    """Put the key beside the staged file, and a copy of that which names it there."""
    system, ours = candidate.system, candidate.system.lstat(candidate.folder)
    owner = ours.st_uid, ours.st_gid
    for name in ("", "/partial"):
        system.mkdir(candidate.folder + "/lists" + name, 0o700, *owner)
    key = "%s/%s" % (candidate.folder, posixpath.basename(signed_by))
    content = candidate.view.read(File(candidate.view.resolve(signed_by))).content
    system.replace(key, content.chunks(), 0o600, *owner)
    text = candidate.state.text().replace("Signed-By: " + signed_by, "Signed-By: " + key)
    source = candidate.folder + "/alone.sources"
    system.replace(source, [text.encode("utf-8", "surrogateescape")], 0o600, *owner)
    return source
