"""apk of Alpine: apk(8), apk-add(8), apk-world(5).

No Alpine was run. The parsers read what apk-tools 2.14.10, built from its source on
Debian, printed for just these command lines, in a folder of its own with a repository
of tiny packages: tests/kinds/package/recorded/apk/. apk 3 was not recorded.
Old versions come back only if a repository has them.
"""

import re

from hardener.host.errors import Refused, StepError
from hardener.host.package_managers import INSTALLED, coming, leaving

STEP = re.compile(
    r"^\(\d+/\d+\) (Installing|Upgrading|Downgrading|Purging|Reinstalling) (\S+) \((?:\S+ -> )?(\S+)\)",
    re.MULTILINE,
)
PACKAGE = re.compile(r"^(\S+)-(\d\S*-r\d+)$")


class Manager:
    def __init__(self, system, folder):
        self.system = system

    def read(self):
        """`auto` is what is not named in /etc/apk/world."""
        world = self.system.read("/etc/apk/world").decode("utf-8", "replace").split()
        named = {re.split(r"[<>=~@]", word)[0] for word in world}
        found = [
            PACKAGE.match(line.split(" ")[0])
            for line in self._run(["apk", "info", "-v"], False).out.splitlines()
        ]
        return sorted(
            (m.group(1), m.group(2), INSTALLED, m.group(1) not in named) for m in found if m
        )

    def matches(self, word, name):
        word = word.partition("=")[0]
        return name == word

    def needed(self, going, known):
        return set()

    def simulate(self, request, words):
        verb = {"present": ["add"], "absent": ["del"], "latest": ["add", "--upgrade"]}[
            request.state
        ]
        fresh = ["--update-cache"] if request.update_cache else []
        ran = self.system.run(
            ["apk", "--simulate"] + fresh + verb + list(words), changes=False, timeout=600
        )
        # It says «not removed due to» of what another package needs, and exits with 0.
        if not ran.ok or "are not removed due to:" in ran.out:
            raise Refused("apk can't %s %s" % (verb[0], " ".join(words)), why=ran.why())
        return parsed(ran.out, {word.partition("=")[0] for word in words})

    def kept(self, packages):
        return []

    def notes(self, before, after):
        return [
            "%s %s comes back only if a repository still has it" % pair
            for pair in leaving(before, after)
        ]

    def configuration(self, names):
        """What was asked for: `apk add name=version` writes the version into it too (apk-world(5))."""
        return ["/etc/apk/world"]

    def change(self, before, after):
        named = ["%s=%s" % (n, v) for n, v in coming(before, after) if not after[n][2]]
        gone = [name for name in sorted(set(before) - set(after)) if not before[name][2]]
        if named:
            self._run(["apk", "add"] + named)
        if gone:
            self._run(["apk", "del"] + gone)

    def _run(self, argv, changes=True):
        ran = self.system.run(argv, changes=changes, limit=1 << 24, timeout=1800)
        if not ran.ok:
            raise StepError("%s failed" % " ".join(argv[:2]), why=ran.why())
        return ran


def parsed(text, asked):
    """Read what a simulated transaction says line by line."""
    return {
        name: None if word == "Purging" else (version, INSTALLED, name not in asked)
        for word, name, version in STEP.findall(text)
    }
