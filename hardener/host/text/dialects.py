"""What the programs that read ini files disagree on."""

import re
import sys

from hardener.host.typed import Callable, NamedTuple, Pattern

# A header may hold a `]` inside quotes: [remote "a]b"] (git-config(1)).
HEADER = re.compile(r'\[(?P<header>(?:[^\]"]|"(?:[^"\\]|\\.)*")*)\]')


def same(name):
    return name


def git_section(name):
    """git-config(1): section names ignore case, subsections do not."""
    section, space, subsection = name.partition(" ")
    return section.lower() + space + subsection


def dashes(name):
    """MySQL takes dashes and underscores in option names for the same."""
    return name.replace("_", "-")


class Dialect(NamedTuple):
    """How one program reads its ini files."""

    name: str
    delimiters: str = "="
    style: str = " = "  # written where the file shows no style of its own
    comments: str = "#;"  # start a comment at the start of a line
    inline: str = ""  # start a comment within a line
    spaced: bool = False  # …only after white space, and even inside quotes
    quotes: str = ""  # inside these no inline comment starts
    more: str = ""  # lines go on by "indent", "backslash", or perhaps: see Continuation
    glue: str = "\n"  # what joins a value of several lines
    bare_keys: bool = False  # a key may stand alone
    repeats: bool = False  # a repeated key adds a value, an empty one drops those before it
    once: bool = False  # a repeated key is a mistake
    headless: bool = False  # options may stand before the first section
    lone_cr: bool = False  # a CR alone ends a line
    defaults: str = ""  # a section whose options hold for all others
    header: Pattern[str] = HEADER
    fold_key: Callable[[str], str] = same
    fold_section: Callable[[str], str] = same


# Nothing is assumed but keys with or without a value; what else may be meant is asked for.
GENERIC = Dialect("generic", more="maybe", bare_keys=True, headless=True)

# https://docs.python.org/3/library/configparser.html, with its defaults.
# What `[a]b]` names was changed by Python 3.10. To import it for this one pattern would cost too much.
LATER = sys.version_info >= (3, 10)
PYTHON = Dialect(
    "python",
    delimiters="=:",
    more="indent",
    once=True,
    lone_cr=True,
    defaults="DEFAULT",
    header=re.compile(r"\[(?P<header>.+)\]" if LATER else r"\[(?P<header>[^]]+)\]"),
    fold_key=str.lower,
)

# supervisor/options.py, UnhosedConfigParser: RawConfigParser with
# inline_comment_prefixes=(";", "#") and strict=False.
SUPERVISOR = PYTHON._replace(name="supervisor", style="=", inline=";#", spaced=True)

# https://www.php.net/manual/en/function.parse-ini-file.php
PHP = Dialect("php", inline=";", quotes="\"'", more="quote", bare_keys=True, headless=True)

# https://dev.mysql.com/doc/refman/8.0/en/option-files.html
MYCNF = Dialect("my.cnf", inline="#", quotes="\"'", bare_keys=True, fold_key=dashes)

# systemd.syntax(7): no inline comments; a backslash and its line end read as a space.
SYSTEMD = Dialect("systemd", style="=", more="backslash", glue=" ", repeats=True)

# git-config(1), "Syntax". An option on the line of its header is kept but not read.
GIT = Dialect(
    "git",
    inline="#;",
    quotes='"',
    more="backslash",
    glue="",
    bare_keys=True,
    repeats=True,
    fold_key=str.lower,
    fold_section=git_section,
)
