"""Keys that may log in as a user, in a file that sshd believes (sshd(8), AUTHORIZED_KEYS)."""

import posixpath

from hardener.host.accounts.home import is_somewhere
from hardener.host.door.paths import below
from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.resource import Want
from hardener.host.text import authorized_keys, key_options
from hardener.host.text.authorized_keys import AuthorizedKeys

USUAL = ".ssh/authorized_keys"
KNOWN = ("authorized_keys", "authorized_keys2")


def plan(params, view):
    account = view.account(params.user)
    path = view.resolve(params.path or posixpath.join(account.home, USUAL))
    now, keys = view.read(File(path)), wanted(params)
    doubt(path, account, view)
    if params.state == "absent":
        if now.exists:
            yield Want(File(path), now.with_text(without(now.text(), keys)))
        return
    own = is_own(path, account, view)
    if own and params.manage_dir:
        yield from folder(posixpath.dirname(path), account, view)
    text = with_keys(now.text(), keys, params.exclusive)
    new = [key for key in keys if not any(key.same(each) for each in there(now.text()))]
    state = now.with_text(text, **attributes(now, own, account))
    yield Want(File(path), state, ("authorized_keys", new))


def wanted(params):
    """Return the Keys of the playbook, each once, with the options and the comment of the step."""
    given = params.key if isinstance(params.key, list) else [params.key or ""]
    texts = given + [(params.data or b"").decode("utf-8", "surrogateescape")]
    keys = [key for text in texts for key in authorized_keys.given(text)]
    if not keys:
        raise StepError("the step gives no key", hint="to have none at all, remove the file")
    if params.options is not None:
        key_options.check(params.options)
        keys = [key._replace(options=params.options) for key in keys]
    if params.comment is not None:
        keys = [key._replace(comment=params.comment) for key in keys]
    return keys


def there(text):
    return AuthorizedKeys.parse(text).keys


def with_keys(text, keys, exclusive):
    file = AuthorizedKeys.parse(text)
    if exclusive:
        file = file.only(keys)
    for key in keys:
        file = file.put(key)
    return str(file)


def without(text, keys):
    file = AuthorizedKeys.parse(text)
    for key in keys:
        file = file.remove(key)
    return str(file)


def is_own(path, account, view):
    """Does the file lie in the user's home? Elsewhere it, and its folder, are the administrator's."""
    return is_somewhere(account.home) and below(path, view.resolve(account.home))


def folder(path, account, view):
    """What sshd believes with StrictModes: nobody else may write there (sshd_config(5))."""
    if path != view.resolve(account.home):
        now = view.read(File(path))
        yield Want(File(path), now.as_directory(mode=0o700, uid=account.uid, gid=account.gid))


def attributes(now, own, account):
    """sshd reads it as the user; where it is not theirs, a new one is readable for all."""
    if own:
        return {"mode": 0o600, "uid": account.uid, "gid": account.gid}
    return {} if now.exists else {"mode": 0o644}


def doubt(path, account, view):
    if posixpath.basename(path) not in KNOWN and not below(path, "/etc/ssh"):
        view.note("%s is not known to hold keys: give the step `guarded: true`" % path)
    home = view.resolve(account.home)
    state = view.read(File(home))
    loose = state.type == "directory" and (state.uid not in (0, account.uid) or state.mode & 0o022)
    if loose and below(path, home):
        view.note("sshd would not believe keys below %s, where others may write" % home)
