"""Which rule of which file makes git ignore a path, told by git itself (`git check-ignore -v`).

The rules are copied into a private empty repository, so that a preview can
ask about a .gitignore that is not written yet, and no program runs in a folder
that others can write.
"""

import posixpath

from hardener.host import git
from hardener.host.door import staging
from hardener.host.kinds.file import File
from hardener.host.text.gitignore import Gitignore, is_possible
from hardener.host.text.globs import TOKEN
from hardener.host.typed import Dict, List, NamedTuple


class Rule(NamedTuple):
    """The line that decides about a path."""

    file: str
    line: int
    pattern: str

    @property
    def ignores(self):
        return not self.pattern.startswith("!")


class Question(NamedTuple):
    """Paths to ask about, and files (below the top) that shall have another text than they have."""

    paths: List[str]
    texts: Dict[str, str]


def texts(question, repository, view):
    """Return {name: text} as `view` shows it: .git/info/exclude, each .gitignore on the way to a path."""
    names = {".git/info/exclude"} | {
        posixpath.join(f, ".gitignore") for f in folders(question.paths)
    }
    found = {name: _read(name, repository, view) for name in names | set(question.texts)}
    found.update(question.texts)
    return {name: text for name, text in found.items() if text is not None}


def _read(name, repository, view):
    path = repository.top + "/" + name
    if name.startswith(".git/"):
        path = repository.common + name[4:]
    state = view.read(File(path))
    # git reads no .gitignore through a link (gitignore(5)).
    return state.text() if state.type == "file" else None


class Rules:
    """A repository of these texts alone, laid out in the private staging folder while it is open."""

    def __init__(self, system, store, texts):
        self.system, self.store, self.texts = system.scratch(), store, texts
        self._staging = staging.folder(store)

    def __enter__(self):
        self.folder = self._staging.__enter__()
        for name in ("/.git", "/.git/objects", "/.git/refs", "/.git/info"):
            self._mkdir(self.folder + name)
        self._file("/.git/HEAD", "ref: refs/heads/none\n")
        self._file("/.git/config", "[core]\n\trepositoryformatversion = 0\n")
        for name, text in sorted(self.texts.items()):
            self._file("/" + name, text)
        return self

    def __exit__(self, *exc):
        return self._staging.__exit__(*exc)

    def answer(self, paths):
        """Return {path: Rule} for the paths that a rule decides about."""
        stdin = "".join(path + "\0" for path in paths).encode("utf-8", "surrogateescape")
        env = {
            "HOME": "/",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "XDG_CONFIG_HOME": "/nonexistent",
            "GIT_WORK_TREE": self.folder,
        }
        arguments = ["check-ignore", "--no-index", "--verbose", "-z", "--stdin"]
        out = git.call(
            self.system,
            arguments,
            stdin,
            dict(env, GIT_DIR=self.folder + "/.git"),
            self.folder,
            False,
            None,
            fine=(0, 1),
        )
        words = out.split("\0")[:-1]
        return {
            path: Rule(file, int(line), pattern)
            for file, line, pattern, path in zip(*[iter(words)] * 4)
        }

    def _file(self, name, text):
        self._parents(posixpath.dirname(self.folder + name))
        data = text.encode("utf-8", "surrogateescape")
        self.system.replace(self.folder + name, [data], 0o600, *self.store.owner)

    def _parents(self, folder):
        if self.system.lstat(folder) is None:
            self._parents(posixpath.dirname(folder))
            self._mkdir(folder)

    def _mkdir(self, path):
        self.system.mkdir(path, 0o700, *self.store.owner)


def folders(paths):
    """Return the folders that the paths lie in, each with all above it; "" is the top."""
    found = {""}
    for path in paths:
        folder = posixpath.dirname(path)
        while folder and folder not in found:
            found.add(folder)
            folder = posixpath.dirname(folder)
    return found


def sample(pattern, base=""):
    """Return a path that the pattern (without its `!`) should match; None where that is hard to tell."""
    if not is_possible(pattern):
        return None
    letters = [letter_of(*match.groups()) for match in TOKEN.finditer(pattern)]
    if None in letters:
        return None
    body = "".join(letters)
    return posixpath.join(base, body.strip("/") + ("/x" if body.endswith("/") else ""))


def letter_of(escaped, star, any_one, one_of, letter):
    """What stands for this token of a pattern in a path; None for a set of letters."""
    return None if one_of else "x" if star or any_one else escaped or letter


def negations(text, base=""):
    """Return a path for each exception (`!pattern`) in the text."""
    patterns = [rule.pattern for rule in Gitignore(text).rules if rule.negated]
    return sorted({path for path in (sample(each, base) for each in patterns) if path})
