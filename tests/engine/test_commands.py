"""Commands of a playbook, run by the real shell: how they run, when they don't, how they are undone."""

import os
import pwd
from pathlib import Path

import needs
import pytest
from played import Played

from hardener.errors import PlaybookError

HEAD = "- name: play\n  hosts: all\n  steps:\n"


@pytest.fixture
def host(tmp_path: Path) -> Played:
    return Played(tmp_path)


def test_what_it_makes_may_be_read_by_others(host: Played) -> None:
    """Our own umask is private, as the bootstrap sets it."""
    was = os.umask(0o077)
    try:
        made = '    - command: {cmd: "touch {{ here }}/a", touches: ["{{ here }}/a"]}\n'
        assert host.do(HEAD + made) == "changed", host.errors()
    finally:
        os.umask(was)
    assert (host.here / "a").stat().st_mode & 0o777 == 0o644


def steps(*lines: str) -> str:
    return HEAD + "".join(f"    - {line}\n" for line in lines)


def test_guards_run_as_the_command_would(host: Played) -> None:
    """In its folder and with its variables: else they would look at something else, and never hold."""
    more = 'chdir: "{{ here }}", environment: {NAME: a}, touches: ["{{ here }}/a"]'
    for guard in ('unless: "test -e $NAME"', 'only_if: "test ! -e $NAME"'):
        call = steps("command: {cmd: 'touch $NAME', %s, %s}" % (guard, more))
        assert host.do(call) == "changed", host.errors()
        assert host.do(call) == "ok", host.changes("preview")
        assert any("not run: " in note for note in host.notes())
        assert host.rollback() == "rolled back"
        assert host.text("a") is None


def test_a_guard_that_fails_says_why(host: Played) -> None:
    call = steps("command: {cmd: 'touch {{ here }}/a', only_if: nonesuch, irreversible: true}")
    assert host.do(call) == "ok"
    assert any("`nonesuch` fails" in note and "not found" in note for note in host.notes())


def test_creates_sees_what_an_earlier_step_would_make(host: Played) -> None:
    first = 'file: {path: "{{ here }}/a", content: x}'
    call = steps(first, "command: {cmd: 'false', creates: '{{ here }}/a', irreversible: true}")
    assert host.do(call, dry_run=True) == "pending"
    assert host.do(call) == "changed", host.errors()


def test_touches_are_put_back_as_they_were(host: Played) -> None:
    (host.here / "d").mkdir()
    (host.here / "d/a").write_text("old")
    (host.here / "d/gone").write_text("gone")
    cmd = "cd {{ here }}/d; echo new > a; rm gone; mkdir deep; echo x > deep/b"
    call = steps(f"command: {{cmd: '{cmd}', touches: ['{{{{ here }}}}/d']}}")
    assert host.do(call) == "changed", host.errors()
    assert host.rollback() == "rolled back", host.events
    assert sorted(p.name for p in (host.here / "d").iterdir()) == ["a", "gone"]
    assert (host.text("d/a"), host.text("d/gone")) == ("old", "gone")


def test_a_pattern_in_touches_would_keep_nothing(host: Played) -> None:
    with pytest.raises(PlaybookError, match="an absolute path without wildcards"):
        host.do(steps("command: {cmd: 'true', touches: ['{{ here }}/*.conf']}"))


UNDO = "command: {cmd: '%s', undo: 'rm {{ here }}/a'}"


def test_undo(host: Played) -> None:
    assert host.do(steps(UNDO % "echo x > {{ here }}/a")) == "changed", host.errors()
    assert host.rollback() == "rolled back"
    assert host.text("a") is None


def test_a_command_that_failed_is_not_undone(host: Played) -> None:
    """It failed because somebody else's was there: its undo would take that away."""
    (host.here / "a").write_text("somebody else's")
    after = 'file: {path: "{{ here }}/b", content: b}'
    call = steps(after, UNDO % "test ! -e {{ here }}/a")
    assert host.do(call) == "partly rolled back"
    assert (host.text("a"), host.text("b")) == ("somebody else's", None)
    (done,) = [e for e in host.events if e["event"] == "done"]
    ((resource, status, why),) = done["left"]
    assert status == "irreversible"
    assert "it failed, so its undo was not run: rm " in why
    assert host.do(steps(after)) == "changed", host.errors()  # the next run is not barred
    assert host.rollback("run-001", force=(resource,)) == "rolled back", host.events
    assert host.text("a") is None


def test_what_failed_and_was_kept_is_not_undone_later(host: Played) -> None:
    (host.here / "a").write_text("somebody else's")
    call = steps(UNDO % "false").replace("hosts: all", "hosts: all\n  on_failure: keep")
    assert host.do(call) == "failed"
    assert host.rollback(host.run) == "partly rolled back"
    assert host.text("a") == "somebody else's"


def test_a_code_that_is_no_failure_is_undone(host: Played) -> None:
    call = steps(UNDO % "echo x > {{ here }}/a; exit 3") + "      failed_when: result.rc != 3\n"
    host.do(call)
    assert host.text("a") == "x\n", host.errors()
    assert host.rollback() == "rolled back", host.events
    assert host.text("a") is None


def test_what_an_accepted_command_wrote_is_known(host: Played) -> None:
    """So somebody's later edit of it is seen, and stays."""
    cmd = 'printf "1\\n2\\n3\\nnew\\n" > {{ here }}/a; exit 3'
    (host.here / "a").write_text("1\n2\n3\n")
    call = steps(f"command: {{cmd: '{cmd}', touches: ['{{{{ here }}}}/a']}}")
    assert host.do(call + "      failed_when: result.rc != 3\n") == "changed", host.errors()
    assert host.text("a") == "1\n2\n3\nnew\n"
    (host.here / "a").write_text("mine\n1\n2\n3\nnew\n")
    assert host.rollback() == "rolled back", host.events
    assert host.text("a") == "mine\n1\n2\n3\n"


def test_a_check_that_fails_after_a_command_does_not_doubt_it(host: Played) -> None:
    checked = steps(UNDO % "echo x > {{ here }}/a")
    checked += "      verify: [{file: {path: '{{ here }}/nonesuch'}}]\n"
    assert host.do(checked) == "rolled back", host.errors()
    assert host.text("a") is None


def test_a_later_step_that_fails_does_not_doubt_an_accepted_command(host: Played) -> None:
    call = steps(UNDO % "echo x > {{ here }}/a; exit 3") + "      failed_when: result.rc != 3\n"
    fails = "    - {file: {path: '{{ here }}/b', content: b}, preflight: [{file: {path: '{{ here }}/b'}}]}\n"
    assert host.do(call + fails) == "rolled back", host.errors()
    assert host.text("a") is None


def test_what_an_undo_takes_away_again_is_not_missed(host: Played) -> None:
    make = (
        "command: {cmd: 'mkdir {{ here }}/d; echo x > {{ here }}/d/a', undo: 'rm -r {{ here }}/d'}"
    )
    call = steps(make, 'line: {path: "{{ here }}/d/a", line: more}')
    (host.here / "d").mkdir()
    (host.here / "d/a").write_text("x\n")
    assert host.do(call.replace("mkdir", "mkdir -p")) == "changed", host.errors()
    assert host.rollback() == "rolled back", host.events
    assert not (host.here / "d").exists()


def test_a_host_is_not_barred_by_what_nobody_can_undo(host: Played) -> None:
    """A command that ends the run that runs it, as `reboot` does."""
    first = 'file: {path: "{{ here }}/a", content: a}'
    kills = "command: {cmd: 'kill -9 $PPID; sleep 60', irreversible: true}"
    pid = os.fork()
    if pid == 0:
        host.do(steps(first, kills))
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -9
    after = Played(host.here)
    after._runs = 10
    assert after.do(steps('file: {path: "{{ here }}/b", content: b}')) == "changed", after.errors()
    assert (after.text("a"), after.text("b")) == (None, "b")
    assert ("command:2 kill -9 $PPID; sleep 60", "irreversible") in after.undone()


def test_another_user_is_at_home(host: Played) -> None:
    needs.root()
    tell = "command: {cmd: 'id -un; echo $HOME $USER $LOGNAME; umask', query: true}, register: said"
    write = 'file: {path: "{{ here }}/a", content: "{{ said.stdout }}"}'
    call = steps(tell, write).replace("register: said", "register: said, become_user: nobody")
    call = call.replace("command:", "{command:").replace(
        "become_user: nobody", "become_user: nobody}"
    )
    assert host.do(call) == "changed", host.errors()
    home = pwd.getpwnam("nobody").pw_dir
    assert host.text("a") == f"nobody\n{home} nobody nobody\n0022"


def test_no_such_user_is_said_before(host: Played) -> None:
    call = steps("{command: 'true', become_user: nobody-at-all}").replace(
        "'true'", "{cmd: 'true', irreversible: true}"
    )
    assert host.do(call) == "refused"
    assert "there is no user nobody-at-all" in host.errors()


def test_a_template_file_may_use_a_result(host: Played) -> None:
    (host.here / "x.j2").write_text("it said {{ said.stdout }}\n")
    call = steps(
        "{command: {cmd: 'echo hello', touches: ['{{ here }}/t']}, register: said}",
        "file: {path: '{{ here }}/a', template: x.j2}",
    )
    assert host.do(call) == "changed", host.errors()
    assert host.text("a") == "it said hello\n"


MADE = 'file: {path: "{{ here }}/a", content: "x"}\n      register: made'
TELLS = "command: {cmd: 'echo {{ made is changed }} {{ made.status }} >> {{ here }}/log', irreversible: true}"


def test_its_text_may_tell_what_an_earlier_step_did(host: Played) -> None:
    """It runs every time; that the words are other ones in the next run is no fight."""
    for times in (1, 2):
        assert host.do(steps(MADE, TELLS)) == "changed", host.errors()
        assert len((host.text("log") or "").splitlines()) == times
    assert host.text("log") == "True changed\nFalse ok\n"


def test_it_may_run_only_when_nothing_was_changed(host: Played) -> None:
    rests = steps(MADE, TELLS + "\n      when: made is not changed")
    assert host.do(rests) == "changed", host.errors()
    assert host.text("log") is None
    assert host.do(rests) == "changed", host.errors()
    assert host.text("log") == "False ok\n"


def test_what_it_tells_of_a_file_that_others_write_is_still_a_fight(host: Played) -> None:
    fights = 'file: {path: "{{ here }}/b", content: "x{{ made is changed }}"}'
    assert host.do(steps(MADE, fights, TELLS)) == "refused"
    assert "would never come to rest" in host.errors()
    assert "/b" in host.errors()


EACH = steps(
    "command: {cmd: 'echo {{ item }} >> {{ here }}/log', undo: 'sed -i 1d {{ here }}/log'}"
)


def test_items_of_one_text_all_run(host: Played) -> None:
    call = EACH.replace("{{ item }}", "x") + "      loop: [1, 2, 3]\n"
    assert host.do(call) == "changed", host.errors()
    assert host.text("log") == "x\nx\nx\n"
    assert host.rollback() == "rolled back", host.events
    assert host.text("log") == ""


def test_items_that_differ_late_are_each_undone(host: Played) -> None:
    """Their shortened texts are one: the rollback of the second is not the first once more."""
    call = EACH.replace("echo", f"true {60 * 'a'}; echo") + "      loop: [1, 2, 3]\n"
    assert host.do(call) == "changed", host.errors()
    assert host.text("log") == "1\n2\n3\n"
    assert host.rollback() == "rolled back", host.events
    assert host.text("log") == ""


AGAIN = "echo x >> {{ here }}/log; test $(wc -l < {{ here }}/log) = 3"
TRIED = steps(f"command: {{cmd: '{AGAIN}', undo: 'sed -i 1d {{{{ here }}}}/log'}}")
TRIED += "      retries: 5\n      delay: 0\n"


def test_of_several_attempts_the_good_one_is_undone(host: Played) -> None:
    """And none is made again by the rollback; those that failed are told, each by itself."""
    assert host.do(TRIED + "    - command: {cmd: 'true', undo: 'true'}\n") == "changed"
    assert not [e for e in host.events if e["event"] == "diverged"]
    assert host.text("log") == "x\nx\nx\n"
    assert host.rollback() == "partly rolled back"
    assert host.text("log") == "x\nx\n"
    undone = dict(host.undone())
    assert list(undone.values()) == ["restored", "restored", "irreversible", "irreversible"]
    assert any(name.startswith("command:1 attempt 3: echo x") for name in undone)


def test_attempts_that_did_not_fail_are_each_undone(host: Played) -> None:
    until = steps("{%s, register: log, until: log.stdout == '3'}" % (
        "command: {cmd: 'echo x >> {{ here }}/log; wc -l < {{ here }}/log', undo: 'sed -i 1d {{ here }}/log'}"
        ", retries: 5, delay: 0"))  # fmt: skip
    assert host.do(until) == "changed", host.errors()
    assert host.text("log") == "x\nx\nx\n"
    assert host.rollback() == "rolled back", host.events
    assert host.text("log") == ""


def test_the_preview_of_a_rollback_tells_of_commands_what_it_does(host: Played) -> None:
    both = steps(UNDO % "echo x > {{ here }}/a", "command: {cmd: 'true', irreversible: true}")
    assert host.do(both) == "changed", host.errors()
    host.rollback(host.run, dry_run=True)
    foretold = [(name, status.replace("planned", "restored")) for name, status in host.undone()]
    diff = [line for e in host.events for line in e.get("diff", ())]
    assert any("rm " in line for line in diff), host.events
    assert host.rollback(host.run) == "partly rolled back"
    assert host.undone() == foretold
