"""The logrotate step with the real logrotate, in a small tree that holds nothing else."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from logrotated import CONF, app, host
from sandbox import step
from tree import lay, listing

__all__ = ["host"]

BAD = ("failed", "refused")


def test_logrotate_reads_what_the_step_wrote(host: Any) -> None:
    tree = host(**{'/var/log/my app/it\'s "x".log': "line\n"})
    call = app(
        paths=["/var/log/app/*.log", '/var/log/my app/it\'s "x".log'],
        frequency="weekly",
        weekday=1,
        rotate=7,
        maxsize="10M",
        compress=True,
        compressoptions="-9 --rsyncable",
        create={"mode": "0640", "owner": "trader", "group": "trader"},
        su={"user": "trader", "group": "trader"},
        dateext=True,
        dateformat="-%Y%m%d",
        notifempty=True,
        sharedscripts=True,
        preremove="cat <<END\n  }\nEND\n",
        postrotate="true # it's\nfalse",
    )
    assert tree.play(call) == "changed", tree.errors()
    assert not any("not tried" in note for note in tree.notes())
    told = debug(tree.root)
    assert "error" not in told.replace("log_errors", "")
    assert 'considering log /var/log/my app/it\'s "x".log' in told
    assert "(7 rotations)" in told
    assert "log files >= 10485760 are rotated earlier" in told
    assert tree.play(call) == "ok"
    assert tree.rollback() == "rolled back"


def debug(root: Path) -> str:
    argv = ["chroot", str(root), "/usr/sbin/logrotate", "-d", "/etc/logrotate.conf"]
    return subprocess.run(argv, capture_output=True, text=True, check=False).stderr


@pytest.mark.parametrize("other", ["aaa", "zzz"])
def test_two_files_that_claim_a_log_are_both_named(host: Any, other: str) -> None:
    tree = host(
        **{
            f"/etc/logrotate.d/{other}": "/var/log/app/a.log {\n}\n",
            "/etc/logrotate.d/fine": "/x {\nmissingok\n}\n",
        }
    )
    before = listing(tree.root)
    assert tree.play(app(), dry_run=True) in BAD
    assert "/var/log/app/a.log is rotated" in tree.errors()
    assert "/etc/logrotate.d/app" in tree.errors()
    assert f"/etc/logrotate.d/{other}" in tree.errors()
    assert "/etc/logrotate.d/fine" not in tree.errors()
    assert listing(tree.root) == before


@pytest.mark.parametrize("conf", ["%s" + CONF, CONF + "%s"], ids=["before", "after"])
def test_a_log_claimed_by_the_main_file(host: Any, conf: str) -> None:
    tree = host(**{"/etc/logrotate.conf": conf % "/var/log/app/a.log {\n}\n"})
    assert tree.play(app()) in BAD
    assert "by /etc/logrotate.conf and by /etc/logrotate.d/app" in tree.errors()


def test_a_log_named_twice_in_the_step(host: Any) -> None:
    tree = host()
    assert tree.play(app(paths=["/var/log/app/*.log", "/var/log/app/a.log"])) in BAD
    assert "is rotated twice by /etc/logrotate.d/app" in tree.errors()


def test_ignoreduplicates_of_the_first_file_lets_the_second_be(host: Any) -> None:
    tree = host(**{"/etc/logrotate.d/zzz": "/var/log/app/a.log {\n}\n"})
    assert tree.play(app(ignoreduplicates=True)) == "changed", tree.errors()


def test_the_faults_of_other_files_are_told_not_charged(host: Any) -> None:
    tree = host(**{"/etc/logrotate.d/broken": "/var/log/other.log {\n    frobnicate\n}\n"})
    assert tree.play(app()) == "changed", tree.errors()
    assert any(
        "complains of other files" in note and "/etc/logrotate.d/broken" in note
        for note in tree.notes()
    )


def test_a_value_that_logrotate_refuses(host: Any) -> None:
    tree = host()
    before = listing(tree.root)
    assert tree.play(app(olddir="/var/log/not-there")) in BAD
    assert "logrotate refuses the new /etc/logrotate.d/app" in tree.errors()
    assert "/var/log/not-there" in tree.errors()
    assert listing(tree.root) == before


def test_a_dry_run_makes_no_olddir(host: Any) -> None:
    """`logrotate -d` would: it makes folders while it reads its files."""
    tree = host(
        **{
            "/etc/logrotate.d/other": "/var/log/b.log {\nmissingok\nolddir /srv/b\ncreateolddir 0755 root root\n}\n"
        }
    )
    before = listing(tree.root)
    owned = {"mode": "0750", "owner": "root", "group": "root"}
    call = app(olddir="/srv/old", createolddir=owned)
    assert tree.play(call, dry_run=True) == "pending", tree.errors()
    assert listing(tree.root) == before
    debug(tree.root)
    assert (tree.root / "srv/b").is_dir()  # so the test above would have seen it


def test_a_missing_log_is_a_note(host: Any) -> None:
    tree = host()
    call = step("logrotate", name="app", paths=["/var/log/none.log"])
    assert tree.play(call) == "changed", tree.errors()
    assert any("/var/log/none.log is not there" in note for note in tree.notes())


def test_a_file_that_is_never_read_is_refused(host: Any) -> None:
    tree = host(**{"/etc/logrotate.conf": "weekly\n"})
    assert tree.play(app()) in BAD
    assert "add `include /etc/logrotate.d` to /etc/logrotate.conf" in tree.errors()


def test_a_name_that_logrotate_passes_over_is_refused(host: Any) -> None:
    tree = host()
    assert tree.play(app(name="app.disabled")) in BAD
    assert "Ignoring app.disabled" in tree.errors()


def test_a_user_made_earlier_in_the_play(host: Any) -> None:
    """The preview knows the new passwd; the real logrotate cannot yet."""
    tree = host()
    passwd = (tree.root / "etc/passwd").read_text() + "new:x:1200:1200::/:/bin/sh\n"
    group = (tree.root / "etc/group").read_text() + "new:x:1200:\n"
    made = [
        step("file", 1, path="/etc/passwd", content=passwd),
        step("file", 2, path="/etc/group", content=group),
    ]
    call = {**app(create={"mode": "0640", "owner": "new", "group": "new"}), "number": 3}
    assert tree.play(*made, call) == "changed", tree.errors()
    assert "create 0640 new new" in (tree.root / "etc/logrotate.d/app").read_text()


def test_nothing_is_left_of_the_copy(host: Any) -> None:
    tree = host()
    assert tree.play(app()) == "changed"
    assert not list((tree.root / "var/lib/hardener/staging").iterdir())


@pytest.mark.parametrize(
    "line",
    ["include /etc/logrotate.d/", "include=/etc//logrotate.d", "  include etc/logrotate.d/."],
)
def test_ways_to_write_include(host: Any, line: str) -> None:
    tree = host(**{"/etc/logrotate.conf": f"weekly\n{line}\n"})
    assert tree.play(app()) == "changed", tree.errors()


def test_an_include_in_quotes_is_no_include_to_logrotate(host: Any) -> None:
    tree = host(**{"/etc/logrotate.conf": 'weekly\ninclude "/etc/logrotate.d"\n'})
    assert tree.play(app()) in BAD
    assert 'cannot stat "/etc/logrotate.d"' in tree.errors()


def test_a_folder_with_a_blank_and_one_that_is_included_by_another_file(host: Any) -> None:
    tree = host(
        **{
            "/etc/logrotate.conf": "include /etc/more logs\n",
            "/etc/more logs/all": "/x {\nmissingok\n}\ninclude /etc/logrotate.d\n",
        }
    )
    assert tree.play(app()) == "changed", tree.errors()


@pytest.mark.parametrize("line", ["tabooext + .log", "taboopat + ap*"])
def test_names_that_the_main_file_makes_taboo(host: Any, line: str) -> None:
    tree = host(**{"/etc/logrotate.conf": f"{line}\ninclude /etc/logrotate.d\n"})
    assert tree.play(app(name="app.log")) in BAD
    assert "Ignoring app.log" in tree.errors()


def test_files_of_one_name_in_two_folders(host: Any) -> None:
    """logrotate says only the name; the fault of the other one is not ours."""
    broken = "/var/log/other.log {\n    frobnicate\n}\n"
    tree = host(
        **{
            "/etc/logrotate.conf": "include /etc/early\ninclude /etc/logrotate.d\n",
            "/etc/early/app": broken,
        }
    )
    assert tree.play(app()) == "changed", tree.errors()
    assert any("/etc/early/app:2" in note for note in tree.notes()), tree.notes()


CLAIMS = {
    "a name and a pattern": "/var/log/late/x.log",
    "two patterns": "/var/log/*/x.*",
    "in a list": '/x\n"/var/log/late/x.log"',
}


@pytest.mark.parametrize("other", CLAIMS.values(), ids=CLAIMS)
@pytest.mark.parametrize("file", ["aaa", "zzz"])
def test_claims_to_logs_that_are_not_there_yet(host: Any, other: str, file: str) -> None:
    tree = host(**{f"/etc/logrotate.d/{file}": f"{other} {{\nmissingok\n}}\n"})
    assert tree.play(app(paths=["/var/log/late/*.log"]), dry_run=True) in BAD
    assert f"/etc/logrotate.d/{file}" in tree.errors()
    assert "/var/log/late/*.log" in tree.errors()


def test_claims_within_the_step_to_logs_that_are_not_there_yet(host: Any) -> None:
    tree = host()
    assert tree.play(app(paths=["/var/log/late/*.log", "/var/log/late/x.log"])) in BAD
    assert "twice by /etc/logrotate.d/app" in tree.errors()


NO_CLAIMS = {
    "another folder": "/var/log/other/*.log {\nmissingok\n}\n",
    "another ending": "/var/log/late/*.txt {\nmissingok\n}\n",
    "said to be well": "/var/log/late/x.log {\nmissingok\nignoreduplicates\n}\n",
}


@pytest.mark.parametrize("other", NO_CLAIMS.values(), ids=NO_CLAIMS)
def test_no_claims(host: Any, other: str) -> None:
    tree = host(**{"/etc/logrotate.d/aaa": other})
    assert tree.play(app(paths=["/var/log/late/*.log"])) == "changed", tree.errors()


def test_ignoreduplicates_counts_for_what_is_read_later(host: Any) -> None:
    other = "/var/log/late/x.log {\nmissingok\nignoreduplicates\n}\n"
    tree = host(**{"/etc/logrotate.d/zzz": other})
    assert tree.play(app(paths=["/var/log/late/*.log"])) in BAD


def test_classes_of_letters_that_may_meet_are_a_note(host: Any) -> None:
    tree = host(**{"/etc/logrotate.d/aaa": "/var/log/late/[a-m]*.log {\nmissingok\n}\n"})
    assert tree.play(app(paths=["/var/log/late/[n-z]*.log"])) == "changed", tree.errors()
    assert any("/etc/logrotate.d/aaa" in note for note in tree.notes()), tree.notes()


@pytest.mark.parametrize("name", ["compresscmd", "uncompresscmd"])
def test_a_program_that_is_not_there(host: Any, name: str) -> None:
    tree = host()
    assert tree.play(app(compress=True, **{name: "/usr/bin/zstd"}), dry_run=True) in BAD
    assert "/usr/bin/zstd is not there" in tree.errors()


@pytest.mark.parametrize(
    "conf",
    [
        "/x {\nmissingok\nsu root root\n}\ninclude /etc/logrotate.d\n",
        "include /etc/logrotate.d\nsu root root\n",
    ],
    ids=["of a block", "too late"],
)
def test_a_su_that_does_not_count_for_our_file(host: Any, conf: str) -> None:
    tree = host(**{"/etc/logrotate.conf": conf})
    (tree.root / "var/log/app").chmod(0o777)
    assert tree.play(app()) in BAD
    assert "logrotate would skip every log in /var/log/app" in tree.errors()


def test_a_su_for_all(host: Any) -> None:
    tree = host(**{"/etc/logrotate.conf": "su root adm\ninclude /etc/logrotate.d\n"})
    lay(tree.root, {"/etc/group": "root:x:0:\nadm:x:4:\n"})
    (tree.root / "var/log/app").chmod(0o777)
    assert tree.play(app()) == "changed", tree.errors()
