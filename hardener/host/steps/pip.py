"""Packages of a virtual environment: names and versions, or a requirements file."""

from hardener.host import pip
from hardener.host.door import owner
from hardener.host.errors import Refused
from hardener.host.kinds.file import File
from hardener.host.kinds.pip import Pip, of
from hardener.host.kinds.venv import Venv, VenvState
from hardener.host.resource import Want


def plan(params, view):
    top = view.resolve(params.virtualenv)
    there = view.read(Venv(top))
    if params.state == "absent":
        yield from without(top, there, params, view)
        return
    owner.same(top, there, view.user, "an environment", "pip")
    if not there.exists:
        yield from made(top, params, view)
    yield Want(Pip(top), view.ask(Pip(top), request(params, view, top)))


def names(params):
    given = params.name if isinstance(params.name, list) else [params.name]
    return tuple(given) if params.name else ()


def without(top, there, params, view):
    """Want these packages gone; what came with them stays."""
    if params.requirements:
        raise Refused("what is to go is named: `state: absent` takes `name`, no `requirements`")
    gone = {pip.canonical(pip.NAME.match(each).group(1)) for each in names(params)}
    now = dict(view.read(Pip(top)).packages)
    if gone & set(now):
        owner.same(top, there, view.user, "an environment", "pip")
        yield Want(Pip(top), of({n: v for n, v in now.items() if n not in gone}))


def made(top, params, view):
    """Want the environment, in an empty folder of the user's."""
    folder = view.read(File(top))
    if folder.type == "directory" and view.listdir(top):
        raise Refused("%s is there already, is not empty, and is no virtual environment" % top)
    if folder.type != "directory":
        uid, gid = (view.user or (None, None))[:2]
        folder = folder.as_directory(uid=uid, gid=gid)
        yield Want(File(top), folder)
    yield Want(
        Venv(top),
        VenvState(
            True, folder.uid, params.system_site_packages, params.python, view.user or folder.owner
        ),
    )


def request(params, view, top):
    file = params.requirements and File(view.resolve(params.requirements))
    text = view.read(file).text() if file else None
    foretold = file and view.overlay is not None and view.overlay.find(file) is not None
    if file and not view.read(file).exists:
        raise Refused("there is no file %s" % file.id)
    return pip.Request(
        names(params),
        None if foretold or not file else file.id,
        text,
        params.state == "latest",
        params.no_deps,
        options(params),
        params.python,
        view.user or view.read(File(top)).owner,
    )


def options(params):
    return pip.Options(
        params.index_url,
        tuple(params.extra_index_urls or ()),
        tuple(params.find_links or ()),
        params.no_index,
        params.only_binary,
    )
