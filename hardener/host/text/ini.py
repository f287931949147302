"""Edit ini files of any dialect: only the option asked for changes, in its own style.

Every edit is read back before it is returned: if the file would then say anything
else than what was asked, it is `Refused`. So ` ;` in a value for supervisor, which
cuts it short even inside quotes, never reaches a host.
"""

from collections import OrderedDict

from hardener.host.errors import Refused
from hardener.host.text import ini_edit
from hardener.host.text.dialects import GENERIC
from hardener.host.text.ini_again import again
from hardener.host.text.ini_comments import ambiguous
from hardener.host.text.ini_doubt import ask_for_delimiter, ask_for_dialect
from hardener.host.text.ini_lines import BLANK, OTHER, SECTION, read_lines
from hardener.host.text.ini_options import Option, read_options
from hardener.host.text.ini_values import with_values
from hardener.host.text.newlines import bare, insert


class Ini:
    """An ini file; edits give a new one. `str()` is its text."""

    def __init__(self, text, dialect=GENERIC):
        self.dialect = dialect
        self.lines = read_lines(text, dialect)
        self.found = read_options(self.lines, dialect)
        self._texts = [str(line) for line in self.lines]
        self._unsure = None

    def _with(self, texts):
        """The file with these lines."""
        read = again(self.lines, self._texts, self.found, texts, self.dialect)
        new = Ini("" if read else "".join(texts), self.dialect)
        if read:
            new.lines, new._texts, new.found = read
        return new

    @classmethod
    def parse(cls, text, dialect=GENERIC):
        return cls(text, dialect)

    def __str__(self):
        return "".join(self._texts)

    def sections(self):
        """Names as first written, in order, without the section of defaults."""
        names = OrderedDict()
        for name in self._headers():
            names.setdefault(self.dialect.fold_section(name), name)
        names.pop(self.dialect.defaults, None)
        return list(names.values())

    def options(self, section):
        """{folded key: value in force}: later ones win, over the section of defaults."""
        defaults = self.dialect.defaults
        both = (self.occurrences(defaults) if defaults else []) + self.occurrences(section)
        return OrderedDict((option.key, option.value) for option in both)

    def get(self, section, key, default=None):
        return self.options(section).get(self.dialect.fold_key(key), default)

    def values(self, section, key):
        """All values in force: where keys repeat, those after the last empty one."""
        values = [option.value for option in self.occurrences(section, key)]
        if not self.dialect.repeats:
            return values[-1:]
        return values[len(values) - values[::-1].index("") :] if "" in values else values

    def line_of(self, section, key):
        """The line, counted from 1, of the occurrence that wins; None if there is none."""
        options = self.occurrences(section, key)
        return options[-1].lines[0] + 1 if options else None

    def problems(self):
        """[(line from 1, text)] of what this dialect can't read."""
        return [(at, bare(str(x))) for at, x in enumerate(self.lines, 1) if x.kind == OTHER]

    def set(self, section, key, value):
        """Change the occurrence that wins, or add the option after the section's last one.

        Python's dialects take values of several lines; None is a key that stands alone.
        """
        options = self.occurrences(section, key)
        return self.change(options[-1], value) if options else self.add(section, key, value)

    def set_all(self, section, key, values):
        """Have this key exactly as often as there are values."""
        if self.dialect.once and len(values) > 1:
            raise Refused("a %s file has each key once: %s" % (self.dialect.name, key))
        return with_values(self, section, key, values)

    def change(self, option, value):
        """Give another value to one occurrence."""
        if option.value == value:
            return self
        key = self.lines[option.lines[0]].name
        self._check_value(key, value)
        ask_for_dialect(self.lines, option, self.dialect)
        lines = ini_edit.with_value(self.lines, option.lines, value, self.dialect)
        expected = [o._replace(value=value) if o is option else o for o in self.found]
        return self._proved(lines, expected, self._headers(), "%s = %s" % (key, value))

    def add(self, section, key, value, at=None):
        """Add one more occurrence, at line `at` from 0 or at the end; a missing section is made."""
        self._check_value(key, value)
        parts = ini_edit.blocks(self.lines, section, self.dialect)
        if not parts:
            return self.add_section(section).add(section, key, value)
        ask_for_delimiter(self.lines, parts, key, self.dialect)
        at = ini_edit.last_used(self.lines, *parts[-1]) if at is None else at
        new = ini_edit.new_option(self.lines, at, key, value, self.dialect)
        option = Option(self.dialect.fold_section(section), self.dialect.fold_key(key), value)
        expected = [o for o in self.found if o.lines[0] < at] + [option]
        expected += self.found[len(expected) - 1 :]
        return self._proved(self._inserted(at, new), expected, self._headers(), new[0])

    def remove(self, section, key):
        """Remove every occurrence: an earlier one would come into force otherwise."""
        parts = ini_edit.blocks(self.lines, section, self.dialect)
        ask_for_delimiter(self.lines, parts, key, self.dialect)
        found = self.occurrences(section, key)
        return self.without(found) if found else self

    def without(self, options):
        """Remove these occurrences with all their lines."""
        for option in options:
            ask_for_dialect(self.lines, option, self.dialect)
        numbers = {number for option in options for number in option.lines}
        names = ", ".join(option.key for option in options)
        return self._without(numbers, options, self._headers(), "the file without %s" % names)

    def add_section(self, name):
        """Add an empty section at the end of the file, after a blank line."""
        if ini_edit.blocks(self.lines, name, self.dialect):
            return self
        gap = [""] if self.lines and self.lines[-1].kind != BLANK else []
        lines = self._inserted(len(self.lines), gap + ["[%s]" % name])
        return self._proved(lines, self.found, self._headers() + [name], "[%s]" % name)

    def remove_section(self, name):
        """Remove every part of the section; comments right above another header stay."""
        parts = [] if not name else ini_edit.blocks(self.lines, name, self.dialect)
        numbers = {at for part in parts for at in range(part[0], ini_edit.whole(self.lines, *part))}
        fold = self.dialect.fold_section
        headers = [header for header in self._headers() if fold(header) != fold(name)]
        return self._without(
            numbers, self.occurrences(name), headers, "the file without [%s]" % name
        )

    def _headers(self):
        return [line.name for line in self.lines if line.kind == SECTION]

    def occurrences(self, section, key=None):
        """Every Option of this section, or of this key in it, in order of the file."""
        section = self.dialect.fold_section(section)
        key = key if key is None else self.dialect.fold_key(key)
        return [o for o in self.found if o.section == section and key in (None, o.key)]

    def _check_value(self, key, value):
        name = self.dialect.name
        if value is None and not self.dialect.bare_keys:
            raise Refused(
                "a %s file has no keys without a value: %s" % (name, key),
                hint='"" is an empty value; `remove` takes the key away',
            )
        if value and "\n" in value and self.dialect.more != "indent":
            raise Refused(
                "a %s file has values of one line: %s" % (name, key),
                hint="`dialect: python` or `supervisor` for programs in Python",
            )

    def _ambiguous(self):
        """Lines without their endings: a last one that ends in CR gets a LF too, and is no new one."""
        if self._unsure is None:
            unsure = [line for line in self._texts if ambiguous(line, self.dialect)]
            self._unsure = {line.rstrip("\r\n") for line in unsure}
        return self._unsure

    def _inserted(self, at, new):
        return insert(self._texts, at, new)

    def _without(self, numbers, gone, headers, what):
        lines = [line for at, line in enumerate(self._texts) if at not in numbers]
        expected = [option for option in self.found if option not in gone]
        return self._proved(lines, expected, headers, what)

    def _proved(self, lines, options, headers, what):
        """The new file, if it reads as expected, for every version of the reader."""
        new = self._with(lines)
        says = [option.says() for option in new.found] == [option.says() for option in options]
        same = says and new._headers() == headers
        headless = not self.dialect.headless and any(not option.section for option in options)
        unsure = new._ambiguous() - self._ambiguous()
        if headless or unsure or not same:
            raise Refused(
                "%r can't be written in this file" % what,
                why="a %s file would be read as something else" % self.dialect.name,
                hint="white space and ; or # start a comment, even in quotes"
                if self.dialect.spaced
                else "",
            )
        return new
