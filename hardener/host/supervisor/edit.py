"""Change options where they count, and whole programs, in the files of a configuration."""

import functools

from hardener.host.errors import StepError
from hardener.host.supervisor import rules
from hardener.host.supervisor.config import own_file
from hardener.host.text.dialects import SUPERVISOR
from hardener.host.text.ini import Ini


class Edit:
    """Collects changed files in `texts` {path: text, None for one that goes}."""

    def __init__(self, config, host, note):
        self.config = config
        self.host = host
        self.note = note
        self.inis = dict(config.files)
        self.gone = set()
        self.homes = {}  # of sections that are new

    @property
    def texts(self):
        found = {
            path: str(ini)
            for path, ini in self.inis.items()
            if ini is not self.config.files.get(path)
        }
        found.update(dict.fromkeys(self.gone))
        return found

    def set(self, section, key, value):
        """Set the occurrence that counts; one that means the same already stays as it is written."""
        rules.option(section, key, value)
        places = self.config.places(section, key)
        if len(places) > 1:
            listed = ", ".join(map(str, places))
            self.note("[%s] %s stands in %s; the last one counts" % (section, key, listed))
        if places and rules.same(section, key, places[-1].value, value):
            return
        path = places[-1].path if places else self.home(section)
        self.inis[path] = with_option(self.inis[path], section, key, value)

    def home(self, section):
        """The file of a section: the last that has a part of it, else the main one."""
        holders = self.config.holders(section)
        return holders[-1] if holders else self.homes.get(section, self.config.path)

    def remove(self, section, key):
        for path in self.config.holders(section):
            self.inis[path] = self.inis[path].remove(section, key)

    def program(self, name, options):
        """Have [program:NAME] with exactly these options: where it is, or in a file of its own."""
        section = self.config.spelled("program:" + name)
        if self.config.holders(section):
            for key in [key for key in self.config.options(section) if key not in options]:
                self.remove(section, key)
        else:
            self._new(section, name)
        for key, value in options.items():
            self.set(section, key, value)

    def _new(self, section, name):
        path = own_file(self.config, name, self.host) or self.config.path
        if path not in self.inis:
            if self.host.text(path) is not None:
                raise StepError(
                    "%s is there, but it is not read as a part of %s" % (path, self.config.path)
                )
            self.inis[path] = Ini("", SUPERVISOR)
        self.inis[path] = self.inis[path].add_section(section)
        self.homes[section] = path

    def no_program(self, name):
        """Take out [program:NAME]; a file with nothing else in it goes too."""
        rules.orphaned(self.config, name)
        section = self.config.spelled("program:" + name)
        for path in self.config.holders(section):
            self.inis[path] = self.inis[path].remove_section(section)
            if path != self.config.path and not str(self.inis[path]).strip():
                self.gone.add(path)


@functools.lru_cache(maxsize=256)
def with_option(ini, section, key, value):
    """An Ini never changes: the apply has the edits that its preview has made, and proved."""
    return ini.set(section, key, value)
