"""apt and dpkg: apt-get(8), dpkg(1), dpkg-query(1).

Archives are kept in a folder of our own, those of versions that go before they
go, so that a rollback can install them again without a network. A prediction
uses no cache of the host's; `update_cache` fetches lists of our own, too: so a
preview changes nothing outside our folder.
"""

import posixpath
import re

from hardener.host.errors import Refused, StepError
from hardener.host.package_managers import INSTALLED, coming, dpkg_lock, going, leaving

FORMAT = "${Package}\t${Architecture}\t${Version}\t${db:Status-Status}\n"
STATES = "/var/lib/apt/extended_states"
CACHE = "/var/cache/apt/archives"
# «Inst name:arch [old] (new origin [arch])», «Remv name [old]», «Purg name [old]»: apt-get(8), -s
LINE = re.compile(
    r"^(Inst|Remv|Purg) ([^\s:]+)(?::(\S+))?(?: \[[^]]*\])?(?: \((\S+) (?:[^()]* )?\[([\w-]+)\]\))?",
    re.MULTILINE,
)
NO_CACHE = ["-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="]


class Manager:
    def __init__(self, system, folder):
        self.system = system
        self.folder = folder
        self.archives = folder + "/archives"
        self.lists = folder + "/lists"
        self.options = list(NO_CACHE)

    # the set as it is

    def read(self):
        native = self._run(["dpkg", "--print-architecture"], changes=False).out.strip()
        shown = self._run(["dpkg-query", "-W", "-f", FORMAT], changes=False, limit=1 << 24).out
        autos = self._autos(native)
        rows = [line.split("\t") for line in shown.splitlines()]
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
        argv = [
            "apt-get",
            "-s",
            "-y",
            "-q",
            "-o",
            "Debug::NoLocking=1",
            "--allow-downgrades",
        ] + self.options
        if request.install_recommends is not None:
            argv += ["-o", "APT::Install-Recommends=%s" % str(request.install_recommends).lower()]
        ran = self.system.run(argv + [verb, "--"] + list(words), changes=False, limit=1 << 24)
        if not ran.ok:
            raise Refused(
                "apt can't %s %s" % (verb, " ".join(words)),
                why=ran.why(),
                hint=""
                if request.update_cache
                else "`update_cache: true` fetches newer lists first",
            )
        native = self._run(["dpkg", "--print-architecture"], changes=False).out.strip()
        return self._parsed(ran.out, {word.partition("=")[0] for word in words}, native)

    def _parsed(self, text, asked, native):
        found = {}
        for action, name, foreign, version, arch in LINE.findall(text):
            package = key(name, foreign or arch or native, native)
            if action == "Inst":
                found[package] = (version, INSTALLED, package not in asked)
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
        self.options = NO_CACHE + [
            "-o",
            "Dir::State::lists=" + self.lists,
            "-o",
            "APT::Sandbox::User=root",
        ]
        stamp = self.system.lstat(self.lists + "/.fetched")
        if stamp is not None and 0 <= self.system.now() - stamp.st_mtime < valid:
            return
        self._make(self.lists + "/partial")
        ran = self.system.run(
            ["apt-get", "-q", "update"] + self.options, changes=False, timeout=600
        )
        if not ran.ok:
            raise StepError("apt-get update failed", why=ran.why())
        self.system.replace(self.lists + "/.fetched", [b""], 0o600, 0, 0)

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
        """Return the configuration files that go with these packages (deb-conffiles(5))."""
        if not names:
            return []
        shown = self.system.run(
            ["dpkg-query", "-W", "-f", "${Conffiles}\n"] + names, changes=False, limit=1 << 24
        ).out
        return [line.split()[0] for line in shown.splitlines() if line.strip().startswith("/")]

    # the change

    def change(self, before, after):
        dpkg_lock.wait(self.system)
        # An apt-get that outlived a killed run may have gone on until now.
        before = {name: (version, status, auto) for name, version, status, auto in self.read()}
        self._make(self.archives + "/partial")
        self._keep(going(before, after))
        if any(entry[1] not in (INSTALLED, "config-files") for entry in before.values()):
            self._run(["dpkg", "--force-confold", "--force-confdef", "--configure", "-a"])
        words = [self._archive(n, v) or "%s=%s" % (n, v) for n, v in coming(before, after)]
        words += [
            n + "-" for n, _ in leaving(before, after) if after.get(n, ("", ""))[1] != INSTALLED
        ]
        if words:
            self._install(words)
        gone = sorted(set(before) - set(after))
        if gone:
            self._run(["dpkg", "--purge"] + gone)
        for name, (version, status, _) in sorted(after.items()):
            if status == "config-files" and name not in before:
                self._leave_configuration(name, version)
        self._mark(after)

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
            "Dpkg::Options::=--force-confold",
            "-o",
            "Dpkg::Options::=--force-confdef",
            "-o",
            "DPkg::Lock::Timeout=300",
            "-o",
            "Dir::Cache::archives=" + self.archives,
            "-o",
            "APT::Sandbox::User=root",
            "--allow-downgrades",
            "--no-install-recommends",
        ]
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
                why=ran.why(),
            )
        return ran


def pattern(name, version):
    """The end of the paths of archives (apt writes colons as %3a)."""
    return "/%s_%s_*.deb" % (name.partition(":")[0], version.replace(":", "%3a"))


def key(name, arch, native):
    """Name a package of another architecture with it: `libc6:i386`."""
    return name if arch in (native, "all", "") else "%s:%s" % (name, arch)
