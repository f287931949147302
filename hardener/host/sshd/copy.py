"""A private copy of sshd's configuration, as it will be, for sshd itself to read (sshd(8), -t and -T).

Nothing live is touched. Each Include of the copy names copies, in its one line, so that the
numbers of lines stay; what sshd says of the copies is told by the live names.
"""

import fnmatch
import re

from hardener.host.access.login import session
from hardener.host.access.sshd import command_line
from hardener.host.access.sshd.said import effective
from hardener.host.errors import Refused
from hardener.host.kinds.file import File
from hardener.host.sshd.keywords import ADDED_UP, folded, spelt
from hardener.host.sshd.order import DEPTH, MAIN, patterns
from hardener.host.text.sshd_config import SshdConfig, with_value

BAD = re.compile(
    r"(\S+)(?::| line| at) .*?[Bb]ad configuration option: (\S+)|Bad configuration option: (\S+)"
)
NO_ANSWER = ("Missing privilege separation directory", "not in connection test specification")


class Copy:
    """`folder` is private and there; `replaced` are texts by path that no view shows yet."""

    def __init__(self, system, view, folder, replaced):
        self.system, self.view, self.folder = system.scratch(), view, folder
        self.replaced = replaced
        self.names = {}  # of the copies → live path
        self.main = self._copy(MAIN, 0)

    def _copy(self, path, depth):
        text = self._text(path)
        config = SshdConfig(text)
        for each in config.directives:
            if each.keyword == "include":
                copies = [self._copy(p, depth + 1) for p in self._included(each.args, depth)]
                line = config.lines[each.line - 1]
                config.lines[each.line - 1] = with_value(line, " ".join(copies)) if copies else "\n"
        return self._put(path, str(config))

    def _included(self, args, depth):
        """What is not there yet is included too."""
        found = []
        for pattern in patterns(args) if depth < DEPTH else ():
            new = {path for path in self.replaced if fnmatch.fnmatchcase(path, pattern)}
            found += sorted(new.union(self.view.glob(pattern)))
        return found

    def _text(self, path):
        real = self.view.resolve(path)
        return self.replaced[real] if real in self.replaced else self.view.read(File(real)).text()

    def _put(self, path, text):
        staged = "%s/%d" % (self.folder, len(self.names))
        self.names[staged] = path
        ours = self.system.lstat(self.folder)
        data = text.encode("utf-8", "surrogateescape")
        self.system.replace(staged, [data], 0o600, ours.st_uid, ours.st_gid)
        return staged

    # sshd

    def complaints(self):
        """Return what sshd remarks of it without refusing it; raises Refused where it does, Unheard."""
        ran = self._run("-t", self.main)
        said = self._live(ran.err)
        if not ran.ok:
            self._unheard(ran)
            raise refusal(said, self.system)
        return [line for line in said.splitlines() if line]

    def overridden(self, options):
        """Return {keyword: what counts instead} of the options that do not, by `sshd -T`."""
        counts = self._effective(self.main, command_line.of(self.view, self._text))
        wanted = self._effective(self._with_first(options), [])
        names = [folded(name) for name in options]
        return {n: counts[n] for n in names if n in wanted and counts.get(n) != wanted[n]}

    def _with_first(self, options):
        """The same configuration with these options before all others, where they count."""
        lines = [
            "%s %s\n" % (name, values[0])
            for name, values in options.items()
            if folded(name) not in ADDED_UP
        ]
        return self._put(MAIN, "".join(lines) + "Include %s\n" % self.main)

    def _effective(self, path, more):
        ran = self._run("-T", path, ["-C", connection(self.system)] + more)
        if not ran.ok:
            self._unheard(ran)
            raise refusal(self._live(ran.err), self.system)
        return {folded(name): sorted(values) for name, values in effective(ran.out).items()}

    def _run(self, mode, path, more=()):
        program = self.system.which("sshd")
        return self.system.run([program, mode, "-f", path] + list(more), changes=False)

    def _unheard(self, ran):
        if any(word in ran.err for word in NO_ANSWER):
            raise Unheard("sshd can't be asked: %s" % ran.err.strip())

    def _live(self, text):
        for staged in sorted(self.names, key=len, reverse=True):
            text = re.sub(re.escape(staged) + r"\b", self.names[staged], text)
        return text


class Unheard(Refused):
    """sshd gives no answer here that would tell anything."""


def refusal(said, system):
    bad = BAD.search(said)
    if bad is None:
        return Refused("sshd refuses its new configuration", why=said.strip())
    name = bad.group(2) or bad.group(3)
    return Refused(
        "the sshd of this host (%s) does not know %s" % (version(system), spelt(name) or name),
        why=said.strip(),
        hint="leave it out, or `when:` the host is newer",
    )


def version(system):
    """`OpenSSH_9.2`; before 9.4 sshd prints it with its usage only."""
    ran = system.run([system.which("sshd"), "-V"], changes=False)
    found = re.search(r"OpenSSH_[\w.]+", ran.err + ran.out)
    return found.group() if found else "of unknown version"


def connection(system):
    """The connection that we came by, in the words of -C; else one that no Match block is likely to mean."""
    here = session(system)
    parts = here.get("SSH_CONNECTION", "127.0.0.1 0 127.0.0.1 22").split()
    words = {"user": here.get("USER", "root"), "host": parts[0], "addr": parts[0]}
    words.update(laddr=parts[2], lport=parts[3])
    return ",".join("%s=%s" % pair for pair in words.items())


def can_be_asked(system):
    """sshd reads its keys even to test, so only root may ask it; the copy must be written."""
    return bool(
        system.writes and system.privileged and system.which("sshd") and system.can_run("sshd")
    )
