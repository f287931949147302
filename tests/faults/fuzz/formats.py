"""Every text format that is edited on hosts: how it is read and printed, and every edit of it."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from hypothesis import strategies as st

from hardener.host.edits import changed
from hardener.host.text import authorized_keys, block, dialects, encoding, lines, marker, newlines
from hardener.host.text.block import Comment
from hardener.host.text.colons import Colons
from hardener.host.text.crontab import Crontab
from hardener.host.text.crontab import Entry as Job
from hardener.host.text.fstab import Entry, Fstab
from hardener.host.text.gitignore import Gitignore
from hardener.host.text.ini import Ini
from hardener.host.text.sshd_config import SshdConfig, arguments
from hardener.host.text.sysctl import SysctlConf

NAMES = ("GENERIC", "PYTHON", "SUPERVISOR", "PHP", "MYCNF", "GIT", "SYSTEMD")
INI = [getattr(dialects, name) for name in NAMES]
# Modules of hardener/host/text that hold no format that is printed as it was read.
OTHERS = {
    "colons_merge", "columns", "cron_times", "dialects", "diff3", "globs", "ini_comments", "ini_doubt",
    "ini_edit", "ini_lines",
    "ini_options", "ini_values", "logrotate", "logrotate_write", "sudoers",
}  # fmt: skip


class Edit(NamedTuple):
    """One way to change a text.

    `touched(text, …)` numbers the lines that may change or go, `added(…)` says how many may come.
    """

    arguments: Any
    run: Callable[..., str]
    found: Callable[..., bool]
    touched: Callable[..., set[int]]
    added: Callable[..., int]
    split: Callable[[str], list[str]]


def own_lines(text: str) -> list[str]:
    """Without the mark of byte order, which belongs to no line."""
    return newlines.split(encoding.parted(text)[1])


def none(*_: Any) -> int:
    return 0


def one(*_: Any) -> int:
    return 1


def bare(text: str) -> list[str]:
    return [newlines.bare(line) for line in own_lines(text)]


# lines and blocks

WORDS = st.sampled_from(["a", "k = 1", "k = 2", "  k", "é", "\udcff", "", "x ; y", "\x0c", "b\rc"])
REGEXPS = st.sampled_from([None, "^k", "k", "a|b", "^$", "."])
ANCHORS = st.sampled_from([None, "^k", "a", "EOF", "\\[s\\]"])
FORWARD = st.sampled_from([None, "^k", "b", "BOF"])


def ensured(text: str, line: str, regexp: Any, after: Any, before: Any) -> str:
    return changed("/x", text, lambda body: lines.ensure(body, line, regexp, after, before))


def replaced(text: str, line: str, regexp: Any, *_: Any) -> set[int]:
    return {n for n, each in enumerate(bare(text)) if regexp and re.search(regexp, each)}


def removed(text: str, line: Any, regexp: Any) -> str:
    return changed("/x", text, lambda body: lines.remove(body, line, regexp))


def gone(text: str, line: Any, regexp: Any) -> set[int]:
    return {n for n, each in enumerate(bare(text)) if each == line} | replaced(text, "", regexp)


IDS = st.sampled_from(["x", "y-1"])
BODIES = st.lists(st.sampled_from(["a", "", "# c", "é\udcff", "\t"]), max_size=3).map(
    lambda body: "".join(line + "\n" for line in body)
)
COMMENTS = st.sampled_from([Comment(), Comment("//"), Comment("<!--", "-->"), Comment("")])


def put(text: str, id: str, content: str, comment: Comment, after: Any, before: Any) -> str:
    return changed("/x", text, lambda body: block.put(body, id, content, comment, after, before))


def holds(text: str, id: str, content: str, comment: Comment, *_: Any) -> bool:
    marks = set(block.marks(id, comment)) <= {line.strip() for line in bare(text)}
    return marks and block.get(encoding.parted(text)[1], id) == content.split("\n")[:-1]


def spanned(text: str, id: str, *_: Any) -> set[int]:
    found = block.find(own_lines(text), id)
    return set(range(found[0], found[1] + 1)) if found else set()


def unblocked(text: str, id: str) -> str:
    return changed("/x", text, lambda body: block.remove(body, id))


# blocks between lines that are given word for word

MARKS = st.sampled_from([("# B", "# E"), ("a", "k = 1"), ("<!-- b -->", "<!-- e -->")])


def put_between(text: str, marks: tuple[str, str], content: str, after: Any, before: Any) -> str:
    return changed(
        "/x", text, lambda body: marker.put(body, marks[0], marks[1], content, after, before)
    )


def holds_between(text: str, marks: tuple[str, str], content: str, *_: Any) -> bool:
    whole = own_lines(text)
    found = marker.find(whole, *marks)
    body = whole[found[0] + 1 : found[1]] if found else []
    return [newlines.bare(line) for line in body] == content.split("\n")[:-1]


def spanned_between(text: str, marks: tuple[str, str], *_: Any) -> set[int]:
    found = marker.find(own_lines(text), *marks)
    return set(range(found[0], found[1] + 1)) if found else set()


def nothing_between(text: str, marks: tuple[str, str]) -> str:
    return changed("/x", text, lambda body: marker.remove(body, *marks))


# ini

SECTIONS = st.sampled_from(["s", "t", 'u "v"', "", "new"])
KEYS = st.sampled_from(["a", "B", "long name", "k-1", "x;y"])
VALUES = st.sampled_from(
    ["1", "x y", "", None, "p;q", "é\udcff", '"q ; r"', "1\n2", "a\\", "=", "#"]
)


def ini_split(dialect: Any, text: str) -> list[str]:
    return newlines.split(encoding.parted(text)[1], dialect.lone_cr)


def of(dialect: Any, text: str) -> Ini:
    return Ini.parse(encoding.parted(text)[1], dialect)


def printed(dialect: Any, text: str) -> str:
    return str(Ini.parse(text, dialect))


def ini_edit(method: str, dialect: Any, text: str, *arguments: Any) -> str:
    return changed("/x", text, lambda body: str(getattr(Ini(body, dialect), method)(*arguments)))


def occurrences(dialect: Any, text: str, section: str, key: str) -> list[Any]:
    return of(dialect, text).occurrences(section, key)


def ini_last(dialect: Any, text: str, section: str, key: str, *_: Any) -> set[int]:
    return {n for option in occurrences(dialect, text, section, key)[-1:] for n in option.lines}


def ini_all(dialect: Any, text: str, section: str, key: str, *_: Any) -> set[int]:
    return {n for option in occurrences(dialect, text, section, key) for n in option.lines}


def says(dialect: Any, text: str, section: str, key: str, value: Any) -> bool:
    return [option.value for option in occurrences(dialect, text, section, key)][-1:] == [value]


def says_all(dialect: Any, text: str, section: str, key: str, values: list[Any]) -> bool:
    return [option.value for option in occurrences(dialect, text, section, key)] == values


def says_nothing(dialect: Any, text: str, section: str, key: str) -> bool:
    return not occurrences(dialect, text, section, key)


def no_section(dialect: Any, text: str, section: str) -> bool:
    fold = dialect.fold_section
    ini = of(dialect, text)
    return not section or fold(section) not in map(fold, ini.sections())


def section_lines(dialect: Any, text: str, section: str) -> set[int]:
    """All from each of its headers to the next header."""
    fold, found, inside = dialect.fold_section, set(), False
    for number, line in enumerate(of(dialect, text).lines):
        if line.kind == "section":
            inside = bool(section) and fold(line.name) == fold(section)
        found |= {number} if inside else set()
    return found


def grown(*arguments: Any) -> int:
    """A header with a blank line above it, and the lines of the values; a last lone CR gets an end."""
    values = arguments[-1] if isinstance(arguments[-1], list) else [arguments[-1]]
    return 3 + sum((value or "").count("\n") + 1 for value in values)


def ini_edits(dialect: Any) -> dict[str, Edit]:
    def bound(function: Any) -> Any:
        return partial(function, dialect)

    def edit(method: str, arguments: Any, found: Any, touched: Any, added: Any) -> Edit:
        run = partial(ini_edit, method, dialect)
        return Edit(arguments, run, bound(found), bound(touched), added, bound(ini_split))

    lists = st.lists(VALUES, min_size=1, max_size=4)
    both = SECTIONS, KEYS
    return {
        f"ini {dialect.name} set": edit("set", st.tuples(*both, VALUES), says, ini_last, grown),
        f"ini {dialect.name} list": edit("set_all", st.tuples(*both, lists), says_all, ini_all, grown),
        f"ini {dialect.name} remove": edit(
            "remove", st.tuples(*both), says_nothing, ini_all, none
        ),
        f"ini {dialect.name} remove section": edit(
            "remove_section", st.tuples(SECTIONS), no_section, section_lines, none
        ),
    }  # fmt: skip


# gitignore

RULES = st.lists(st.sampled_from(["*.log", "/a", "b/", "\\#x", "k ="]), min_size=1, max_size=3)


def ignore(text: str, section: str, patterns: list[str]) -> str:
    encoding.check("/x", text)
    return str(Gitignore(text).add(section, patterns))


def ignores(text: str, section: str, patterns: list[str]) -> bool:
    return not Gitignore(text).missing(patterns)


# fstab and sysctl

ENTRIES = st.builds(
    Entry,
    st.sampled_from(["/dev/a", "UUID=1", "/sw ap", "\udcff"]),
    st.sampled_from(["/", "/mnt", "none", "/a b"]),
    st.sampled_from(["ext4", "swap"]),
    st.sampled_from([("defaults",), ("ro", "nodev")]),
)


def mounted(text: str, entry: Entry) -> bool:
    return entry in [each for _, each in Fstab(text).entries]


def mount_lines(text: str, entry: Entry) -> set[int]:
    return {at - 1 for at, each in Fstab(text).entries if each.identity() == entry.identity()}


KERNEL = st.sampled_from(["k", "a.b", "net/x.y/z", "B"])
NUMBERS = st.sampled_from(["1", "2 3", "x=y", "", "é"])


def tuned(text: str, key: str, value: str) -> bool:
    return bool(SysctlConf(text).get(key) == " ".join(value.split()))


def winning(text: str, key: str, *_: Any) -> set[int]:
    at = SysctlConf(text).line_of(key)
    return {at - 1} if at else set()


def key_lines(text: str, key: str) -> set[int]:
    settings, own = SysctlConf(text).settings, SysctlConf(f"{key} = 1").settings[0].key
    return {setting.line - 1 for setting in settings if setting.key == own}


# crontab

JOBS = st.builds(
    Job,
    st.sampled_from(["5 * * * *", "@daily"]),
    st.none(),
    st.sampled_from(["a", "k = 1  2", "é\udcff", "%"]),
    st.booleans(),
)
ENTITLED = st.sampled_from(["x", "k = 1", "é"])


def tabled(text: str, edit: Callable[[Any], Any]) -> str:
    return changed("/x", text, lambda body: str(edit(Crontab(body))))


def scheduled(text: str, name: str, job: Job) -> bool:
    table = Crontab(encoding.parted(text)[1])
    return [table.entry_of(at) for at in table.marked(name)] == [job]


def job_lines(text: str, name: str, *_: Any) -> set[int]:
    found = Crontab(encoding.parted(text)[1]).marked(name)
    return {line for at in found for line in (at, at + 1)}


def own_variables(text: str) -> Any:
    return Crontab(encoding.parted(text)[1]).variables()


def variable_lines(text: str, name: str, *_: Any) -> set[int]:
    return {at for at, each, _ in own_variables(text) if each == name}


# files of accounts

ACCOUNTS = st.sampled_from(["a", "k", "root", "b\udcff"])
FIELDS = st.lists(st.sampled_from(["x", "", "0", "é", "a,b"]), min_size=1, max_size=3)


def enrolled(text: str, name: str, fields: list[str]) -> str:
    return str(Colons(newlines.split(text)).set([name, *fields]))


def is_enrolled(text: str, name: str, fields: list[str]) -> bool:
    return Colons.parse(text).get(name) == (name, *fields)


def entry_lines(text: str, name: str, *_: Any) -> set[int]:
    return {n for n, line in enumerate(newlines.split(text)) if line.startswith(name + ":")}


# sshd_config

SSHD = st.sampled_from(["UsePAM", "x11forwarding", "AllowUsers", "Port", "ForceCommand", "Banner"])
SSHD_VALUES = st.lists(
    st.sampled_from(["no", "22", "a b", '"c d"', "x # y", "\udcff", "", "a\nb", '"open']),
    min_size=1, max_size=3,
)  # fmt: skip
CRITERIA = st.sampled_from(["", "User x", "all"])


def ssh_set(text: str, keyword: str, values: list[str], criteria: str) -> str:
    values = values if keyword == "Port" else values[:1]
    return str(SshdConfig(text).set(keyword, values, criteria))


def ssh_remove(text: str, keyword: str, criteria: str) -> str:
    return str(SshdConfig(text).remove(keyword, criteria))


def ssh_found(text: str, keyword: str, criteria: str) -> list[Any]:
    config = SshdConfig(text)
    block = config.block(criteria) if criteria else 0
    return [] if block is None else config.found(keyword, block)


def ssh_says(text: str, keyword: str, values: list[str], criteria: str) -> bool:
    found = ssh_found(text, keyword, criteria)
    wanted = [list(arguments(keyword.lower(), value)) for value in values]
    if keyword == "Port":
        return [list(each.args) for each in found] == wanted
    args = [
        word for each in (found if keyword == "AllowUsers" else found[:1]) for word in each.args
    ]
    return ["no" if word.lower() == "no" else word for word in args] == wanted[0]


def ssh_lines(text: str, keyword: str, *rest: Any) -> set[int]:
    return {each.line - 1 for each in ssh_found(text, keyword, rest[-1])}


def ssh_gone(text: str, keyword: str, criteria: str) -> set[int]:
    """And the Match line of a block that says nothing any more, with the blank line above it."""
    config = SshdConfig(text)
    block = config.block(criteria) if criteria else None
    inside = [d.line - 1 for d in config.directives if block and d.block == block]
    above = {inside[0], inside[0] - 1} if inside else set()
    return ssh_lines(text, keyword, criteria) | above


# keys that log in

SSH_KEYS = st.builds(
    authorized_keys.Key,
    st.sampled_from(["ssh-rsa", "ssh-ed25519"]),
    st.sampled_from(["AAAAa", "AAAAb="]),
    st.sampled_from([None, "", "restrict", 'from="a b"']),
    st.sampled_from([None, "", "x y", "é\udcff"]),
)


def authorized(text: str) -> Any:
    return authorized_keys.AuthorizedKeys.parse(text)


def is_authorized(text: str, key: Any) -> bool:
    """What the key says stands there; an empty option or comment is none."""
    found = [each for each in authorized(text).keys if key.same(each)]
    said = [
        getattr(found[0], name) == (getattr(key, name) or None)
        for name in ("options", "comment")
        if getattr(key, name) is not None
    ]
    return all(said) and (key.options is None or len(found) == 1)


def key_of(text: str, key: Any) -> set[int]:
    lines = newlines.split(text)
    return {n for n, line in enumerate(lines) if key.same(authorized_keys.read(line))}


FORMATS: dict[str, Callable[[str], str]] = {
    "newlines": lambda text: "".join(newlines.split(text)),
    "newlines with CR": lambda text: "".join(newlines.split(text, True)),
    "encoding": lambda text: "".join(encoding.parted(text)),
    "gitignore": lambda text: str(Gitignore.parse(text)),
    "fstab": lambda text: str(Fstab.parse(text)),
    "crontab": lambda text: str(Crontab.parse(text)),
    "colons": lambda text: str(Colons.parse(text)),
    "authorized_keys": lambda text: str(authorized(text)),
    "sysctl": lambda text: str(SysctlConf.parse(text)),
    "sshd_config": lambda text: str(SshdConfig(text)),
    **{f"ini {each.name}": partial(printed, each) for each in INI},
}

EDITS: dict[str, Edit] = {
    "lines": Edit(
        st.tuples(WORDS, REGEXPS, ANCHORS, FORWARD),
        ensured,
        lambda text, line, *_: line in bare(text),
        replaced,
        one,
        own_lines,
    ),
    "lines absent": Edit(
        st.tuples(st.none() | WORDS, REGEXPS),
        removed,
        lambda text, *arguments: not gone(text, *arguments),
        gone,
        none,
        own_lines,
    ),
    "block": Edit(
        st.tuples(IDS, BODIES, COMMENTS, ANCHORS, FORWARD),
        put,
        holds,
        spanned,
        lambda id, content, *_: content.count("\n") + 2,
        own_lines,
    ),
    "block absent": Edit(
        st.tuples(IDS),
        unblocked,
        lambda text, id: block.get(text, id) is None,
        spanned,
        none,
        own_lines,
    ),
    "marker": Edit(
        st.tuples(MARKS, BODIES, ANCHORS, FORWARD),
        put_between,
        holds_between,
        spanned_between,
        lambda marks, content, *_: content.count("\n") + 2,
        own_lines,
    ),
    "marker absent": Edit(
        st.tuples(MARKS),
        nothing_between,
        lambda text, marks: marker.find(own_lines(text), *marks) is None,
        spanned_between,
        none,
        own_lines,
    ),
    "gitignore": Edit(
        st.tuples(st.sampled_from(["A", "B b"]), RULES),
        ignore,
        ignores,
        lambda *_: set(),
        lambda section, patterns: 4 * len(patterns),
        own_lines,
    ),
    "fstab": Edit(
        st.tuples(ENTRIES),
        lambda text, entry: str(Fstab(text).set(entry)),
        mounted,
        mount_lines,
        one,
        newlines.split,
    ),
    "authorized_keys": Edit(
        st.tuples(SSH_KEYS),
        lambda text, key: str(authorized(text).put(key)),
        is_authorized,
        key_of,
        one,
        newlines.split,
    ),
    "authorized_keys remove": Edit(
        st.tuples(SSH_KEYS),
        lambda text, key: str(authorized(text).remove(key)),
        lambda text, key: not key_of(text, key),
        key_of,
        none,
        newlines.split,
    ),
    "colons": Edit(
        st.tuples(ACCOUNTS, FIELDS),
        enrolled,
        is_enrolled,
        entry_lines,
        one,
        newlines.split,
    ),
    "colons remove": Edit(
        st.tuples(ACCOUNTS),
        lambda text, name: str(Colons.parse(text).remove(name)),
        lambda text, name: Colons.parse(text).get(name) is None,
        entry_lines,
        none,
        newlines.split,
    ),
    "sysctl": Edit(
        st.tuples(KERNEL, NUMBERS),
        lambda text, key, value: str(SysctlConf(text).set(key, value)),
        tuned,
        winning,
        one,
        newlines.split,
    ),
    "sysctl remove": Edit(
        st.tuples(KERNEL),
        lambda text, key: str(SysctlConf(text).remove(key)),
        lambda text, key: SysctlConf(text).line_of(key) is None,
        key_lines,
        none,
        newlines.split,
    ),
    "crontab": Edit(
        st.tuples(ENTITLED, JOBS),
        lambda text, name, job: tabled(text, lambda table: table.set(name, job)),
        scheduled,
        job_lines,
        lambda *_: 2,
        own_lines,
    ),
    "crontab absent": Edit(
        st.tuples(ENTITLED),
        lambda text, name: tabled(text, lambda table: table.remove(name)),
        lambda text, name: not job_lines(text, name),
        job_lines,
        none,
        own_lines,
    ),
    "crontab variable": Edit(
        st.tuples(st.sampled_from(["A", "k"]), st.sampled_from(["", " x", "1", "é'"])),
        lambda text, name, value: tabled(text, lambda table: table.set_variable(name, value)),
        lambda text, name, value: (name, value) in [each[1:] for each in own_variables(text)],
        variable_lines,
        one,
        own_lines,
    ),
    "crontab variable absent": Edit(
        st.tuples(st.sampled_from(["A", "k"])),
        lambda text, name: tabled(text, lambda table: table.remove_variable(name)),
        lambda text, name: not variable_lines(text, name),
        variable_lines,
        none,
        own_lines,
    ),
    "sshd_config": Edit(
        st.tuples(SSHD, SSHD_VALUES, CRITERIA),
        ssh_set,
        ssh_says,
        ssh_lines,
        lambda keyword, values, criteria: 2 + len(values),
        newlines.split,
    ),
    "sshd_config remove": Edit(
        st.tuples(SSHD, CRITERIA),
        ssh_remove,
        lambda text, keyword, criteria: not ssh_found(text, keyword, criteria),
        ssh_gone,
        none,
        newlines.split,
    ),
}
for each in INI:
    EDITS.update(ini_edits(each))
