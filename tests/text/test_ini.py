"""The ini editor by example: what a person sees in the file afterwards."""

import pytest

from hardener.host.errors import Refused
from hardener.host.text.dialects import GENERIC, GIT, MYCNF, PHP, SUPERVISOR, SYSTEMD
from hardener.host.text.ini import Ini

SUPERVISORD = """\
; Trading system
[supervisord]
logfile=/var/log/supervisord.log ; note
nodaemon = false

[program:bot]
command=python bot.py --mode a;b     ; runs for ever
environment=
    A="1",
    ; interior note
    B="2"
;autostart=true

[program:web]
command         = web
startretries    = 5   # was 3
"""

EDITS = [
    (SUPERVISOR, SUPERVISORD, ("supervisord", "logfile", "/b"), "logfile=/var/log/supervisord.log ; note", "logfile=/b ; note"),
    (SUPERVISOR, SUPERVISORD, ("program:web", "startretries", "3"), "startretries    = 5   # was 3", "startretries    = 3   # was 3"),
    (SUPERVISOR, SUPERVISORD, ("program:bot", "stopasgroup", "true"), 'B="2"\n;auto', 'B="2"\nstopasgroup=true\n;auto'),
    (SUPERVISOR, SUPERVISORD, ("program:web", "killasgroup", "true"), "# was 3\n", "# was 3\nkillasgroup     = true\n"),
    (SUPERVISOR, SUPERVISORD, ("program:bot", "environment", "C=3"), 'environment=\n    A="1",\n    ; interior note\n    B="2"\n', "environment=C=3\n    ; interior note\n"),
    (SUPERVISOR, SUPERVISORD, ("program:new", "command", "x"), "# was 3\n", "# was 3\n\n[program:new]\ncommand         = x\n"),
    (SUPERVISOR, "[a]\nk=1\n[b]\n[a]\nk=2\n", ("a", "K", "3"), "k=2", "k=3"),
    (SUPERVISOR, "[a]\r\nk=1", ("a", "j", "2"), "k=1", "k=1\r\nj=2\r\n"),
    (SUPERVISOR, "", ("a", "k", "1"), "", "[a]\nk=1\n"),
    (GENERIC, "top = 1\n[a]\n", ("", "next", "2"), "top = 1\n", "top = 1\nnext = 2\n"),
    (GENERIC, "[a]\nk = \n", ("a", "k", "v"), "k = \n", "k = v\n"),
    (GENERIC, "[a]\nk = 1 ; 2\n", ("a", "k", "3"), "1 ; 2", "3"),
    (PHP, '[PHP]\na = "x;y" ; note\n', ("PHP", "a", "On"), '"x;y"', "On"),
    (PHP, "[PHP]\n;expose_php = On\n", ("PHP", "expose_php", "Off"), "[PHP]\n", "[PHP]\nexpose_php = Off\n"),
    (MYCNF, "[mysqld]\nskip_networking\nbind-address=::# all\n", ("mysqld", "bind_address", "127.0.0.1"), "::", "127.0.0.1"),
    (SYSTEMD, "[Service]\nExecStart=\nExecStart=/a \\\n  ; no\n  b\n", ("Service", "ExecStart", "/c"), "/a \\\n  ; no\n  b\n", "/c\n  ; no\n"),
    (GIT, '[remote "A"]\n\turl = x # y\n', ('Remote "A"', "URL", "z"), "x #", "z #"),
]  # fmt: skip


@pytest.mark.parametrize("dialect,text,edit,old,new", EDITS)
def test_set_changes_these_bytes(dialect, text, edit, old, new):
    assert text.count(old) == 1 or not text
    assert str(Ini.parse(text, dialect).set(*edit)) == (text.replace(old, new) if text else new)


@pytest.mark.parametrize(
    "dialect,edit",
    [
        (SUPERVISOR, ("a", "command", 'bash -c "x ; y"')),
        (SUPERVISOR, ("a", "command", "x #y")),
        (SUPERVISOR, ("a", "k=1\nb", "x")),
        (SUPERVISOR, ("a", ";k", "x")),
        (SUPERVISOR, ("a]\n[b", "k", "x")),
        (SUPERVISOR, ("", "k", "x")),
        (SUPERVISOR, ("a", "k", None)),
        (GENERIC, ("a", "k", "x\ny")),
        (SYSTEMD, ("a", "k", "x\\")),
    ],
)
def test_what_would_be_read_as_something_else_is_refused(dialect, edit):
    with pytest.raises(Refused):
        Ini.parse("[a]\nold=1\n", dialect).set(*edit)


def test_a_value_that_python_3_14_would_cut_elsewhere_is_refused():
    with pytest.raises(Refused):  # up to 3.13 the `#` is found first
        Ini.parse("[a]\nk=1 #y\n", SUPERVISOR).set("a", "k", "1;2 ;x")


def test_the_same_value_touches_nothing():
    ini = Ini.parse(SUPERVISORD, SUPERVISOR)
    assert ini.set("program:web", "StartRetries", "5") is ini


def test_reads_what_is_in_force():
    ini = Ini.parse("[DEFAULT]\nd=0\n[a]\nk=1\nx=2 ; note\n[b]\n[a]\nK=3\n", SUPERVISOR)
    assert ini.sections() == ["a", "b"]
    assert dict(ini.options("a")) == {"d": "0", "k": "3", "x": "2"}
    assert (ini.get("b", "d"), ini.line_of("a", "k"), ini.line_of("b", "k")) == ("0", 8, None)


def test_systemd_repeats_keys_and_an_empty_one_resets():
    ini = Ini.parse("[S]\nE=a\nE=\nE=b\nE=c \\\n d\n", SYSTEMD)
    assert ini.values("S", "E") == ["b", "c   d"]
    assert Ini.parse("[S]\nE=a \\\n  \nF=1\n", SYSTEMD).get("S", "E") == "a"
    assert str(ini.add("S", "E", "e")).endswith(" d\nE=e\n")


def test_keys_may_stand_alone():
    ini = Ini.parse("[mysqld]\nskip-networking\n!includedir /etc/x\n", MYCNF)
    assert dict(ini.options("mysqld")) == {"skip-networking": None}
    assert ini.problems() == [(3, "!includedir /etc/x")]
    assert "\nskip-networking = 1\n" in str(ini.set("mysqld", "skip_networking", "1"))


def test_remove_takes_every_occurrence_and_all_its_lines():
    ini = Ini.parse("[a]\nk=1\n  2\nx=1\n[a]\nK=3", SUPERVISOR)
    assert str(ini.remove("a", "k")) == "[a]\nx=1\n[a]\n"


def test_remove_section_leaves_its_neighbours_comments():
    ini = Ini.parse(SUPERVISORD, SUPERVISOR).remove_section("program:bot")
    assert (
        str(ini)
        == SUPERVISORD[: SUPERVISORD.index("[program:bot")]
        + SUPERVISORD[SUPERVISORD.index("[program:web") :]
    )
    assert str(Ini.parse("[a]\nk=1\n# of b\n[b]\n").remove_section("a")) == "# of b\n[b]\n"
