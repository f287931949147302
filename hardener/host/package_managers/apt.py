"""apt and dpkg: apt-get(8), dpkg(1), dpkg-query(1).

Archives are kept in a folder of our own, those of versions that go before they
go, so that a rollback can install them again without a network. A prediction
uses no cache of the host's; `update_cache` fetches lists of our own, too: so a
preview changes nothing outside our folder. From then on those hold, until the host's
own are newer.
"""

import posixpath
import re

from hardener.host.errors import Refused, StepError
from hardener.host.package_managers import INSTALLED, WHOLE, coming, dpkg_lock, going, leaving

FORMAT = "${Package}\t${Architecture}\t${Version}\t${db:Status-Status}\n"
STATES = "/var/lib/apt/extended_states"
CACHE = "/var/cache/apt/archives"
# Patterns are compiled when something is asked that needs them: most runs install nothing.
# What dpkg complains of comes by apt's standard output.
DPKG_SAYS = r"(?m)^dpkg: error.*\n(?: .*\n)*"
CONFFILE = r"(?m)^ (/.+?) (?:[0-9a-f]{32}|newconffile)(?: .*)?$"
BESIDE = ("", ".dpkg-dist", ".dpkg-old")  # what dpkg leaves of a file that somebody had changed
HELD = r"held packages will be changed:\n((?: .*\n)+)"
INSTEAD = r"(?m)^Note, selecting '(\S+)' instead of '\S+'"
PATTERN = r"(?m)^Note, selecting '\S+' for \w+ '(\S+)'"
SOURCES = ("/etc/apt/sources.list", "/etc/apt/sources.list.d", "/etc/apt/sources.list.d/*")
HOST_LISTS = "/var/lib/apt/lists"
# «Inst name:arch [old] (new origin [arch])», «Remv name [old]», «Purg name [old]»: apt-get(8), -s
LINE = r"(?m)^(Inst|Remv|Purg) ([^\s:]+)(?::(\S+))?(?: \[[^]]*\])?(?: \((\S+) (?:[^()]* )?\[([\w-]+)\]\))?"
KEEP_CONFIGURATION = ["--force-confold", "--force-confdef"]
NO_CACHE = ["-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="]


class Manager:
    def __init__(self, system, folder):
        self.system = system
        self.folder = folder
        self.archives = folder + "/archives"
        self.lists = folder + "/lists"
        self._architecture = None
        self.options = NO_CACHE + (self._ours() if self._newest() else [])

    # the set as it is

    def read(self):
        shown = self._run(["dpkg-query", "-W", "-f", FORMAT], changes=False, limit=1 << 24).out
        rows = [line.split("\t") for line in shown.splitlines()]
        # What `dpkg --print-architecture` prints was built into dpkg: it is that of its own package.
        built = [row[1] for row in rows if row[0] == "dpkg" and row[3] == INSTALLED]
        self._architecture = built[0] if built else self._native()
        native = self._architecture
        autos = self._autos(native)
        rows = [(key(n, arch, native), version, status) for n, arch, version, status in rows]
        return sorted(
            (name, version, status, status == INSTALLED and name in autos)
            for name, version, status in rows
            if status != "not-installed"
        )

    def _autos(self, native):
        """The names that apt installed by itself."""
        if self.system.lstat(STATES) is None:
            return set()
        text = self.system.read(STATES).decode("utf-8", "replace")
        stanzas = [
            dict(line.partition(": ")[::2] for line in s.splitlines()) for s in text.split("\n\n")
        ]
        return {
            key(s["Package"], s.get("Architecture", native), native)
            for s in stanzas
            if s.get("Auto-Installed") == "1"
        }

    # what would be

    def simulate(self, request, words):
        if request.update_cache:
            self._update(request.cache_valid_time)
        verb = {"present": "install", "latest": "install"}.get(
            request.state, "purge" if request.purge else "remove"
        )
        options = []
        if request.install_recommends is not None:
            options = ["-o", "APT::Install-Recommends=%s" % str(request.install_recommends).lower()]
        ran = self._simulated(options + [verb, "--"] + list(words))
        if not ran.ok:
            otherwise = (
                "" if request.update_cache else "`update_cache: true` fetches newer lists first"
            )
            raise Refused(
                "apt can't %s %s" % (verb, " ".join(words)),
                why=ran.why(),
                hint=held(ran.out) or otherwise,
            )
        native = self._native()
        named = {own(word, native): word for word in words}
        found = self._parsed(ran.out, set(named), native, self._known())
        self._require_names(named, found, ran.out)
        return found

    def _simulated(self, words):
        # More quiet, it keeps its notes of what it selects instead of what was asked for.
        argv = ["apt-get", "-s", "-y", "-o", "quiet=0", "-o", "Debug::NoLocking=1"]
        argv.append("--allow-downgrades")
        return self.system.run(argv + self.options + words, changes=False, limit=1 << 24)

    def _require_names(self, named, found, text):
        """Refuse what apt reads as something else than a name: a pattern, or `NAME-` and `NAME+`."""
        strange = re.findall(PATTERN, text)
        strange += [
            word for name, word in named.items() if name[-1:] in ("+", "-") and name[:-1] in found
        ]
        if strange:
            raise Refused("there is no package %s" % ", ".join(sorted(set(strange))))

    def matches(self, word, name):
        """Is this the name of an installed package that a playbook's word asks for?"""
        return own(word, self._native() if ":" in word else "") == name

    def _native(self):
        if self._architecture is None:
            ran = self._run(["dpkg", "--print-architecture"], changes=False)
            self._architecture = ran.out.strip()
        return self._architecture

    def _known(self):
        return {name: (version, status, auto) for name, version, status, auto in self.read()}

    def _parsed(self, text, asked, native, known):
        found = {}
        asked = asked.union(re.findall(INSTEAD, text))
        for action, name, foreign, version, arch in re.findall(LINE, text):
            package = key(name, foreign or arch or native, native)
            if action == "Inst":
                old = known.get(package, ("", "", True))
                found[package] = (version, INSTALLED, package not in asked and old[2])
            elif action == "Remv" and self._leaves_something(package):
                found[package] = (self._installed(package), "config-files", False)
            else:
                found[package] = None
        return found

    def _leaves_something(self, package):
        """dpkg goes straight to «not installed» where there are no conffiles and no postrm (its remove.c)."""
        found = self.system.glob("/var/lib/dpkg/info/%s.*" % package)
        found += self.system.glob("/var/lib/dpkg/info/%s:*.*" % package)
        return any(path.endswith((".conffiles", ".postrm")) for path in found)

    def _installed(self, package):
        return self._run(["dpkg-query", "-W", "-f", "${Version}", package], changes=False).out

    def _update(self, valid):
        """Have lists of our own that are at most `valid` seconds old."""
        self.options = NO_CACHE + self._ours()
        stamp, sources = self._mtime(self.lists + "/.fetched"), self._newest_of(SOURCES)
        if sources < stamp and 0 <= self.system.now() - stamp < valid:
            return
        self._make(self.lists + "/partial")
        argv = ["apt-get", "-q", "update"]
        ran = self.system.run(argv + self.options, changes=False, timeout=600)
        # Where a source does not answer, apt uses what it had of it, which here is nothing.
        if not ran.ok or "Some index files failed to download" in ran.err:
            raise StepError(
                "apt-get update failed",
                why=ran.why(),
                hint="mend or remove that source; without `update_cache` the host's own lists hold",
            )
        self.system.replace(self.lists + "/.fetched", [b""], 0o600, 0, 0)

    def _ours(self):
        return ["-o", "Dir::State::lists=" + self.lists, "-o", "APT::Sandbox::User=root"]

    def _newest(self):
        """Are our lists newer than the host's?"""
        return self._mtime(self.lists + "/.fetched") > self._mtime(HOST_LISTS)

    def _newest_of(self, patterns):
        paths = [path for pattern in patterns for path in self.system.glob(pattern)]
        return max([self._mtime(path) for path in paths] + [0])

    def _mtime(self, path):
        info = self.system.lstat(path)
        return 0 if info is None else info.st_mtime

    def notes(self, before, after):
        """Say of which versions no archive can be had any more."""
        lost = [
            pair
            for pair in leaving(before, after)
            if not self._archive(*pair) and not self._offered(*pair)
        ]
        return [
            "no archive of %s %s can be had: a rollback could not bring it back" % pair
            for pair in lost
        ]

    def _archive(self, name, version):
        """The path of a kept archive, or None."""
        found = [
            path
            for folder in (self.archives, CACHE)
            for path in self.system.glob(folder + pattern(name, version))
        ]
        return found[0] if found else None

    def kept(self, packages):
        paths = [p for pair in packages for p in self.system.glob(self.archives + pattern(*pair))]
        return [posixpath.relpath(path, self.folder) for path in paths]

    def _offered(self, name, version):
        argv = ["apt-get", "download", "--print-uris"] + self.options + ["%s=%s" % (name, version)]
        return self.system.run(argv, changes=False).ok

    def configuration(self, names):
        """Return the configuration files of these packages, and what dpkg puts beside them."""
        if not names:
            return []
        shown = self.system.run(
            ["dpkg-query", "-W", "-f", "${Conffiles}\n"] + names, changes=False, limit=1 << 24
        ).out
        return [path + more for path in re.findall(CONFFILE, shown) for more in BESIDE]

    # the change

    def change(self, before, after):
        dpkg_lock.wait(self.system)
        # An apt-get that outlived a killed run may have gone on until now.
        before = self._known()
        self._make(self.archives + "/partial")
        self._keep(going(before, after))
        self._finish({n for n, e in before.items() if e[1] not in WHOLE}, after)
        words = [self._archive(n, v) or "%s=%s" % (n, v) for n, v in coming(before, after)]
        words += [
            n + "-" for n, _ in leaving(before, after) if after.get(n, ("", ""))[1] != INSTALLED
        ]
        if words:
            self._spare_others(words, before, after)
            self._install(words)
        gone = sorted(set(self._known()) - set(after))
        if gone:
            self._run(["dpkg", "--purge"] + gone)
        for name, (version, status, _) in sorted(after.items()):
            if status == "config-files" and name not in before:
                self._leave_configuration(name, version)
        self._mark(after)

    def _finish(self, half, after):
        """Take away what an earlier transaction left half done, or finish it where it is to stay."""
        going = sorted(half - set(after))
        if going:  # what can't be configured can be purged; who depends on it goes next
            self._run(["dpkg", "--force-depends", "--purge"] + going)
        if half - set(going):
            # apt works only after this was tried; over what fails here it installs the version before.
            self.system.run(["dpkg"] + KEEP_CONFIGURATION + ["--configure", "-a"], timeout=1800)

    def _spare_others(self, words, before, after):
        """Refuse before anything is done where apt would take away what nobody has named."""
        ran = self._simulated(["--no-install-recommends", "install", "--"] + words)
        found = self._parsed(ran.out, set(), self._native(), before)
        gone = [name for name, entry in found.items() if not (entry and entry[1] == INSTALLED)]
        others = [name for name in gone if after.get(name, ("", ""))[1] == INSTALLED]
        if others:
            raise StepError(
                "apt would remove %s too" % ", ".join(sorted(others)),
                why="it needs what is to go",
                hint="remove it first, or keep what it needs",
            )

    def needed(self, going, known):
        """Return which of these packages, that came as dependencies, others need by now."""
        autos = {name for name in going if known[name][2]}
        words = [name + "-" for name in sorted(set(going) - autos)]
        if not autos or not words:
            return set()
        ran = self._simulated(["--auto-remove", "install", "--"] + words)
        gone = self._parsed(ran.out, set(), self._native(), known) if ran.ok else autos
        return autos - set(gone)

    def _leave_configuration(self, name, version):
        """Have a package that is gone be «removed, not purged» again: only dpkg itself can note that."""
        path = self._archive(name, version)
        if path is None:
            raise StepError("no archive of %s %s was kept" % (name, version))
        self._run(["dpkg", "--force-depends", "--force-confold", "--install", path])
        self._run(["dpkg", "--remove", name])

    def _keep(self, packages):
        for name, version in packages:
            path = self._archive(name, version)
            if path is None:
                argv = ["apt-get", "-q", "download", "-o", "APT::Sandbox::User=root"] + self.options
                self.system.run(argv + ["%s=%s" % (name, version)], cwd=self.archives, timeout=600)
            elif not path.startswith(self.archives):
                target = posixpath.join(self.archives, posixpath.basename(path))
                self.system.replace(target, [self.system.read(path)], 0o600, 0, 0)

    def _install(self, words):
        options = [
            "-o",
            "DPkg::Lock::Timeout=300",
            "-o",
            "Dir::Cache::archives=" + self.archives,
            "-o",
            "APT::Sandbox::User=root",
            "--allow-downgrades",
            "--no-install-recommends",
        ]
        options += ["-oDpkg::Options::=" + option for option in KEEP_CONFIGURATION]
        self._run(["apt-get", "-y", "-q"] + options + self.options + ["install", "--"] + words)

    def _mark(self, after):
        """Mark as automatic or manual what is otherwise than asked."""
        now = {name: auto for name, _, status, auto in self.read() if status == INSTALLED}
        for word, auto in (("auto", True), ("manual", False)):
            names = [
                n
                for n, e in after.items()
                if e[1] == INSTALLED and e[2] == auto and now.get(n, auto) != auto
            ]
            if names:
                self._run(["apt-mark", word] + sorted(names))

    def _make(self, path):
        if self.system.lstat(path) is None:
            if self.system.lstat(posixpath.dirname(path)) is None:
                self._make(posixpath.dirname(path))
            self.system.mkdir(path, 0o700, 0, 0)

    def _run(self, argv, changes=True, limit=1 << 20):
        ran = self.system.run(argv, changes=changes, limit=limit, timeout=1800)
        if not ran.ok:
            raise StepError(
                "%s failed" % " ".join(argv[:1] + [w for w in argv[1:] if w.isalpha()][:1]),
                why="\n".join(re.findall(DPKG_SAYS, ran.out) + [ran.why()]),
                hint=held(ran.out),
            )
        return ran


def pattern(name, version):
    """The end of the paths of archives (apt writes colons as %3a)."""
    return "/%s_%s_*.deb" % (name.partition(":")[0], version.replace(":", "%3a"))


def key(name, arch, native):
    """Name a package of another architecture with it: `libc6:i386`."""
    return name if arch in (native, "all", "") else "%s:%s" % (name, arch)


def own(word, native):
    """The name by which read() knows what `name`, `name:arch` or `name=version` asks for."""
    name, _, arch = word.partition("=")[0].partition(":")
    return key(name, arch, native)


def held(text):
    """Say which packages apt would not touch because somebody holds them (apt-mark(8)); "" if none."""
    names = [name for lines in re.findall(HELD, text) for name in lines.split()]
    return "`apt-mark unhold %s` lets it change" % " ".join(names) if names else ""
