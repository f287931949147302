"""dnf and rpm: dnf(8), rpm(8).

No host that runs on dnf was tested. The parsers read what dnf 4.14.0 and rpm 4.18.0
of Debian 12 printed for just these command lines, in an overlay with an empty rpm
database and a repository of tiny packages made with createrepo_c 0.17.3:
tests/kinds/package/recorded/dnf/, by record_dnf.py beside it. dnf 5 was not recorded.
Old versions come back only if a repository has them. dnf itself waits while another
one holds its lock.
"""

import re

from hardener.host.errors import Refused, StepError
from hardener.host.package_managers import INSTALLED, coming, leaving

FORMAT = "%{NAME}\t%{ARCH}\t%{EPOCHNUM}\t%{VERSION}-%{RELEASE}\n"
HEADINGS = {
    "Installing": True,
    "Upgrading": True,
    "Downgrading": True,
    "Reinstalling": True,
    "Removing": False,
}
ROW = re.compile(r"^ (\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+\S+ [kMG]?i?B?\s*$")
# An obsoleted package goes: «     replacing  old.noarch 1.0-1» below the row of what comes instead.
REPLACED = re.compile(r"^ {5}replacing  (\S+) \S+$")


class Manager:
    def __init__(self, system, folder):
        self.system = system

    def read(self):
        ran = self._run(["rpm", "-qa", "--qf", FORMAT], changes=False)
        rows = [line.split("\t") for line in ran.out.splitlines()]
        return sorted(
            ("%s.%s" % (name, arch), versioned(epoch, version), INSTALLED, False)
            for name, arch, epoch, version in rows
            if name != "gpg-pubkey"
        )

    def matches(self, word, name):
        """Names of rpm carry the architecture: nginx is nginx.x86_64, nginx.i686 or nginx.noarch."""
        word = word.partition("=")[0]
        return name == word or name.rpartition(".")[0] == word

    def needed(self, going, known):
        return set()

    def simulate(self, request, words):
        verb = {
            "present": ["install"],
            "absent": ["remove", "--noautoremove"],
            "latest": ["install", "--best"],
        }
        argv = ["dnf", "--assumeno", "--color=never"] + verb[request.state]
        if request.update_cache:
            argv.append("--refresh")
        if request.install_recommends is not None:
            argv.append("--setopt=install_weak_deps=%s" % request.install_recommends)
        ran = self.system.run(
            argv + [word.replace("=", "-") for word in words], changes=False, timeout=600
        )
        found = parsed(ran.out)
        if not found and "Nothing to do" not in ran.out:
            raise Refused(
                "dnf can't %s %s" % (verb[request.state][0], " ".join(words)), why=ran.why()
            )
        return found

    def kept(self, packages):
        return []

    def notes(self, before, after):
        return [
            "%s %s comes back only if a repository still has it" % pair
            for pair in leaving(before, after)
        ]

    def configuration(self, names):
        return []

    def change(self, before, after):
        new, gone = coming(before, after), sorted(set(before) - set(after))
        words = ["%s-%s.%s" % (n.rpartition(".")[0], v, n.rpartition(".")[2]) for n, v in new]
        if words:
            # A package that was obsoleted comes back only in place of the one that replaced it.
            options = ["--setopt=install_weak_deps=False", "--allowerasing"]
            self._run(["dnf", "-y", "install"] + options + words)
        if gone:
            self._run(["dnf", "-y", "remove", "--noautoremove"] + gone)

    def _run(self, argv, changes=True):
        ran = self.system.run(argv, changes=changes, limit=1 << 24, timeout=1800)
        if not ran.ok:
            raise StepError("%s failed" % " ".join(argv[:3]), why=ran.why())
        return ran


def parsed(text):
    """Read the table of a transaction: rows of name, architecture, version below a heading."""
    found, comes = {}, None
    for line in text.splitlines():
        heading = re.match(r"^(\w+).*:$", line)
        if heading:
            comes = HEADINGS.get(heading.group(1))
        replaced, row = REPLACED.match(line), ROW.match(line)
        if replaced:
            found[replaced.group(1)] = None
        elif row and comes is not None:
            name, arch, version = row.group(1), row.group(2), row.group(3)
            found["%s.%s" % (name, arch)] = (version, INSTALLED, False) if comes else None
    return found


def versioned(epoch, version):
    """An epoch of 0 is not shown, as in dnf's tables."""
    return version if epoch in ("0", "(none)", "") else "%s:%s" % (epoch, version)
