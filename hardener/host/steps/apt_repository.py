"""A repository of apt with the key that alone may sign it: sources.list(5), deb822."""

from hardener.host.errors import NotApplicable, Refused, StepError
from hardener.host.kinds.file import ABSENT, File
from hardener.host.kinds.web import Web
from hardener.host.resource import Want
from hardener.host.text import apt_sources, openpgp

ETC = "/etc/apt"
PARTS = ETC + "/sources.list.d"
KEYRINGS = ETC + "/keyrings"
HEAD = "# Made by hardener.\n"


def plan(params, view):
    if not view.exists(PARTS):
        view.unless_arriving(File(PARTS))
        raise NotApplicable("there is no apt on this host")
    file = File("%s/%s.sources" % (PARTS, params.name))
    own_key = File("%s/%s.asc" % (KEYRINGS, params.name))
    if params.state == "absent":
        yield Want(file, ABSENT)
        yield Want(own_key, ABSENT)
        return
    yield from key_in_place(own_key, params, view)
    yield from old_ones(file.id, params, view)
    signed_by = params.keyring or own_key.id
    text = HEAD + apt_sources.stanza(fields(params, signed_by))
    opinion = ("apt_source", signed_by) if params.fetch else None
    yield Want(file, view.read(file).with_text(text, mode=0o644), opinion)


def key_in_place(own, params, view):
    """Want the key where apt reads it, once it is the one that is meant."""
    if params.keyring:
        now = view.read(File(view.resolve(params.keyring)))
        if now.type != "file":
            view.unless_arriving(File(params.keyring))
            raise StepError("there is no keyring %s" % params.keyring)
        require(now.content.bytes(), params)
        return
    wanted = view.read(own).with_text(armored(own, params, view), mode=0o644)
    require(wanted.content.bytes(), params)
    folder = view.read(File(KEYRINGS))
    if folder.type != "directory":
        yield Want(File(KEYRINGS), folder.as_directory(mode=0o755))
    yield Want(own, wanted)


def armored(own, params, view):
    """Return the key as text: the playbook's, the one that is there already, or what its owner publishes."""
    if params.key:
        return params.key.rstrip() + "\n"
    if not params.key_url:
        raise StepError("no key is given", hint="give `key`, `key_url` or `keyring`")
    now = view.read(own)
    if now.type == "file" and sure(now.content.bytes(), params):
        return now.text()
    try:
        return openpgp.armored(view.read(Web(params.key_url)).content.bytes())
    except ValueError as error:
        raise Refused("%s is no key" % params.key_url, why=str(error))


def sure(data, params):
    """Are these the keys of the fingerprints that are given? Then nobody need be asked for them."""
    try:
        return set(openpgp.fingerprints(data)) == meant(params.fingerprints)
    except ValueError:
        return False


def meant(fingerprints):
    return {each.replace(" ", "").upper() for each in fingerprints}


def require(data, params):
    """Raise Refused where these are not the keys, all of them, whose fingerprints are given."""
    try:
        found = openpgp.fingerprints(data)
    except ValueError as error:
        raise Refused("the key of %s can't be read" % params.name, why=str(error))
    wanted = meant(params.fingerprints or found)
    if set(found) != wanted:
        raise Refused(
            "this is not the key of %s" % params.name,
            why="it has the fingerprint %s; %s is asked for"
            % (", ".join(found), ", ".join(sorted(wanted))),
            hint="fetch the key anew, and compare it with what its owner publishes",
        )


def old_ones(own, params, view):
    """Take out lines of the same repository: with two keys for one apt reads neither."""
    wanted = apt_sources.pairs(params.uris, params.suites)
    for path in [ETC + "/sources.list"] + view.glob(PARTS + "/*.list"):
        now = view.read(File(path))
        numbers = apt_sources.lines_of(now.text(), wanted)
        if numbers and not params.replace:
            raise named_already(path, numbers[0], "`replace: true` takes such lines out")
        if numbers:
            text = apt_sources.without(now.text(), numbers)
            keep = apt_sources.says_anything(text) or path == ETC + "/sources.list"
            yield Want(File(path), now.with_text(text) if keep else ABSENT)
    for path in view.glob(PARTS + "/*.sources"):
        numbers = apt_sources.stanzas_of(view.read(File(path)).text(), wanted)
        if numbers and path != own:
            raise named_already(path, numbers[0], "remove it first, or give this step its `name`")


def named_already(path, number, hint):
    return StepError(
        "%s names this repository already" % path, where="%s:%d" % (path, number), hint=hint
    )


def fields(params, signed_by):
    flat = [suite for suite in params.suites if suite.endswith("/")]
    if bool(flat) == bool(params.components):
        raise StepError(
            "a suite has components, unless it ends with / and has none (sources.list(5))",
            hint="give `components`, such as [main]" if not flat else "leave out `components`",
        )
    return {
        "Types": params.types,
        "URIs": params.uris,
        "Suites": params.suites,
        "Components": params.components,
        "Architectures": params.architectures,
        "Signed-By": [signed_by],
    }
