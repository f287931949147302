"""Handlers fire once, after the steps, after a rollback again, and are owed until they have (D22)."""

from pathlib import Path

import pytest
from killing import dying_at, in_child
from played import Played

from hardener.host.errors import HostError

HEAD = "- name: play\n  hosts: all\n"
TOLD = """
  handlers:
    - name: tell
      command: 'echo "told: $(cat {{ here }}/a)" >> {{ here }}/log'
"""
WRITES = """
    - name: write a
      file: {path: "{{ here }}/a", content: "%s"}
      notify: tell
"""


@pytest.fixture
def host(tmp_path: Path) -> Played:
    (tmp_path / "a").write_text("old")
    return Played(tmp_path)


def book(*steps: str, handlers: str = TOLD, more: str = "") -> str:
    return HEAD + more + "  steps:\n" + "".join(steps) + handlers


def test_fires_once_after_all_steps(host: Played) -> None:
    twice = book(
        WRITES % "new",
        '    - {name: write b, file: {path: "{{ here }}/b", content: "b"}, notify: [tell]}\n',
        '    - {name: last, file: {path: "{{ here }}/c", content: "c"}}\n',
    )
    assert host.do(twice, dry_run=True) == "pending"
    assert host.said("preview")[-1] == ("tell", "changed")
    assert host.text("log") is None
    assert host.do(twice) == "changed", host.errors()
    assert [title for title, _ in host.said("apply")] == ["write a", "write b", "last", "tell"]
    assert host.text("log") == "told: new\n"


def test_rests_where_nothing_changed(host: Played) -> None:
    host.do(book(WRITES % "new"))
    assert host.do(book(WRITES % "new")) == "ok"
    assert host.said("preview") == [("write a", "ok")]
    assert host.text("log") == "told: new\n"


def test_never_fires_for_what_was_so_from_the_start(host: Played) -> None:
    assert host.do(book(WRITES % "old")) == "ok"
    assert host.text("log") is None


CHAIN = """
  handlers:
    - name: tell
      command: 'echo "told" >> {{ here }}/log'
      notify: [after it]
    - name: after it
      command: 'echo "after it" >> {{ here }}/log'
"""


def test_one_that_has_fired_notifies_those_below_it(host: Played) -> None:
    assert host.do(book(WRITES % "new", handlers=CHAIN)) == "changed", host.errors()
    assert host.text("log") == "told\nafter it\n"
    assert host.do(book(WRITES % "new", handlers=CHAIN)) == "ok"


def test_what_a_handler_has_notified_fires_again_after_a_rollback(host: Played) -> None:
    host.do(book(WRITES % "new", handlers=CHAIN))
    assert host.rollback() == "rolled back", host.events
    assert host.text("log") == "told\nafter it\n" * 2


def test_listens_to_a_topic(host: Played) -> None:
    listening = (
        TOLD + '      listen: [a changed]\n    - {name: other, command: "false", listen: b}\n'
    )
    changed = (WRITES % "new").replace("notify: tell", 'notify: ["a changed"]')
    assert host.do(book(changed, handlers=listening)) == "changed", host.errors()
    assert host.text("log") == "told: new\n"


def test_notified_by_name_of_no_handler_is_a_mistake(host: Played) -> None:
    with pytest.raises(Exception, match="1 problem") as caught:
        host.do(book((WRITES % "new").replace("notify: tell", "notify: tells")))
    assert "did you mean `tell`?" in str(caught.value)


def test_fires_again_after_the_rollback_put_everything_back(host: Played) -> None:
    """F29, F30: who is told sees the old file, not the one that is about to go."""
    host.do(book(WRITES % "new"))
    assert host.rollback() == "rolled back", host.events
    assert host.text("a") == "old"
    assert host.text("log") == "told: new\ntold: old\n"
    assert host.undone()[-1] == ("handler:tell", "fired")


def test_a_second_rollback_fires_nothing(host: Played) -> None:
    host.do(book(WRITES % "new"))
    host.rollback(host.run)
    assert host.rollback(host.run) == "rolled back"
    assert host.text("log") == "told: new\ntold: old\n"


FAILS = '    - {name: fails, command: {cmd: "test -e {{ here }}/mended", irreversible: true}}\n'


def test_owed_after_a_failed_run_and_fired_by_the_next(host: Played) -> None:
    """D22, F29: the first run changed the file and stopped before the handler; nothing changes in the second."""
    keeps = book(WRITES % "new", FAILS, more="  on_failure: keep\n")
    assert host.do(keeps) == "failed"
    assert (host.text("a"), host.text("log")) == ("new", None)
    (host.here / "mended").touch()
    assert host.do(book(WRITES % "new"), dry_run=True) == "pending"
    assert host.said("preview") == [("write a", "ok"), ("tell", "changed")]
    assert host.do(book(WRITES % "new")) == "changed"
    assert host.text("log") == "told: new\n"
    assert host.do(book(WRITES % "new")) == "ok"


def test_not_fired_by_a_run_that_was_undone_before_it_came_to_it(host: Played) -> None:
    host.do(book(WRITES % "new", FAILS))
    assert (host.text("a"), host.text("log")) == ("old", None)
    assert host.do(book(WRITES % "old")) == "ok"
    assert host.text("log") is None


def test_a_handler_that_fails_undoes_the_run(host: Played) -> None:
    """And is tried once more over what was put back; this one fails there too."""
    fails = TOLD.replace("echo", "false || exit 3; echo")
    assert host.do(book(WRITES % "new", handlers=fails)) == "partly rolled back"
    assert "the command ended with 3" in host.errors()
    assert (host.text("a"), host.text("log")) == ("old", None)


def test_a_handler_that_fails_stays_owed_where_changes_are_kept(host: Played) -> None:
    fails = TOLD.replace("'echo", "'test -e {{ here }}/mended || exit 3; echo")
    kept = book(WRITES % "new", handlers=fails, more="  on_failure: keep\n")
    assert host.do(kept) == "failed"
    assert host.do(kept) == "failed"
    (host.here / "mended").touch()
    assert host.do(kept) == "changed"
    assert host.text("log") == "told: new\n"
    assert host.do(kept) == "ok"


FIRST = '    - {name: first, file: {path: "{{ here }}/b", content: "%s"}, register: first}\n'


def test_when_on_a_predicted_result(host: Played) -> None:
    """The preview knows that a file will change, so it knows what hangs on it."""
    then = '    - {name: then, file: {path: "{{ here }}/c", content: c}, when: first.changed}\n'
    assert host.do(book(FIRST % "b", then, handlers=""), dry_run=True) == "pending"
    assert host.said("preview") == [("first", "changed"), ("then", "changed")]
    assert host.do(book(FIRST % "b", then, handlers="")) == "changed"
    assert host.text("c") == "c"
    assert host.do(book(FIRST % "b", then, handlers="")) == "ok"
    assert host.said("preview") == [("first", "ok"), ("then", "skipped")]


OUTPUT = (
    '    - {name: ask, command: {cmd: "echo one; echo two", irreversible: true}, register: said}\n'
)
EACH = """
    - name: write
      file: {path: "{{ here }}/{{ item }}", content: "{{ item }}"}
      loop: "{{ said.stdout.splitlines() }}"
"""


def test_loop_over_what_a_command_will_say(host: Played) -> None:
    """Unknown in the preview, and said to be; done in the apply."""
    calls = book(OUTPUT, EACH, handlers="")
    assert host.do(calls, dry_run=True) == "pending"
    assert host.said("preview") == [("ask", "changed"), ("write", "unknown")]
    (said,) = [e["why"] for e in host.events if e.get("status") == "unknown"]
    assert "`said`" in said
    assert host.do(calls) == "changed", host.errors()
    assert host.said("apply") == [
        ("ask", "changed"), ("write (one)", "changed"), ("write (two)", "changed"),
    ]  # fmt: skip
    assert (host.text("one"), host.text("two")) == ("one", "two")


def test_loop_over_what_a_query_says_now(host: Played) -> None:
    """A command that only looks is asked in the preview too, so the loop is known."""
    calls = book(OUTPUT.replace("irreversible", "query"), EACH, handlers="")
    assert host.do(calls, dry_run=True) == "pending"
    assert host.said("preview") == [
        ("ask", "ok"), ("write (one)", "changed"), ("write (two)", "changed"),
    ]  # fmt: skip


def test_results_of_a_loop_are_registered_together(host: Played) -> None:
    loop = """
    - name: write
      file: {path: "{{ here }}/{{ item }}", content: "x"}
      loop: [a, b]
      register: wrote
    - name: then
      file: {path: "{{ here }}/count", content: "{{ wrote.results | length }} files"}
      when: wrote.changed and not wrote.failed
"""
    assert host.do(book(loop, handlers="")) == "changed", host.errors()
    assert host.text("count") == "2 files"


def test_a_handler_in_a_loop_is_notified_by_the_item_that_changed(host: Played) -> None:
    loop = (WRITES % "old").replace("/a", "/{{ item }}") + "      loop: [a, b]\n"
    assert host.do(book(loop)) == "changed", host.errors()
    assert host.text("log") == "told: old\n"


def test_a_skipped_step_notifies_nobody(host: Played) -> None:
    assert host.do(book(WRITES % "new" + "      when: false\n")) == "ok"
    assert (host.text("a"), host.text("log")) == ("old", None)


def test_a_handler_may_use_a_result(host: Played) -> None:
    handlers = """
  handlers:
    - name: tell
      file: {path: "{{ here }}/told", content: "changed: {{ first.changed }}"}
"""
    notifying = FIRST.replace("register: first", "register: first, notify: tell") % "b"
    assert host.do(book(notifying, handlers=handlers)) == "changed", host.errors()
    assert host.text("told") == "changed: True"
    assert host.rollback() == "rolled back"
    assert (host.text("told"), host.text("b")) == (None, None)


def test_a_restart_that_failed_is_tried_again_over_the_old_file(host: Played) -> None:
    """A daemon that the new configuration stopped has to come back with the old one."""
    handlers = """
  handlers:
    - name: restart
      command: 'rm -f {{ here }}/up; grep -q old {{ here }}/a || exit 1; touch {{ here }}/up'
"""
    (host.here / "up").touch()
    stops = book((WRITES % "new").replace("tell", "restart"), handlers=handlers)
    assert host.do(stops) == "rolled back", host.events
    assert (host.text("a"), host.text("up")) == ("old", "")
    assert host.undone()[-1] == ("handler:restart", "fired")


def test_a_refire_that_fails_is_left_to_be_done(host: Played) -> None:
    handlers = TOLD.replace("'echo", "'test ! -e {{ here }}/broken || exit 4; echo")
    host.do(book(WRITES % "new", handlers=handlers))
    run = host.run
    (host.here / "broken").touch()
    assert host.rollback(run) == "partly rolled back"
    assert host.text("a") == "old"
    (done,) = [e for e in host.events if e["event"] == "done"]
    ((resource, status, why),) = done["left"]
    assert (resource, status) == ("handler:tell", "failed")
    assert "the command ended with 4" in why
    (host.here / "broken").unlink()
    assert host.rollback(run) == "rolled back"
    assert host.text("log") == "told: new\ntold: old\n"


def test_the_rollback_of_a_rollback_tells_too(host: Played) -> None:
    host.do(book(WRITES % "new"))
    host.rollback(host.run)
    assert host.rollback("run-002") == "rolled back", host.events
    assert host.text("a") == "new"
    assert host.text("log") == "told: new\ntold: old\ntold: new\n"


def test_nothing_of_a_run_stands_after_its_own_rollback(host: Played) -> None:
    """What the rollback did to tell others is no change of the run."""
    unwell = '  verify:\n    - {name: well, command: {cmd: "false"}}\n'
    assert host.do(book(WRITES % "new", handlers=TOLD + unwell)) == "rolled back"
    assert host.text("log") == "told: new\ntold: old\n"
    with pytest.raises(HostError, match="there is no run to roll back"):
        host.rollback()


def ends(folder: Path, number: int) -> bool:
    """Does a play come to its end that is to be killed at this write?"""
    return in_child(lambda: Played(folder, watch=dying_at(number)).do(book(WRITES % "new")))


def test_killed_anywhere_nobody_is_left_with_the_wrong_word(tmp_path: Path) -> None:
    """Whoever was told of the new file, or may have been, is told of the old one again."""
    for number in range(1, 100):
        here = tmp_path / str(number)
        here.mkdir()
        (here / "a").write_text("old")
        if ends(here, number):
            break
        after = Played(here)
        after._runs = 10
        assert after.do(book(WRITES % "old")) == "ok", f"killed at write {number}"
        assert (after.text("log") or "told: old\n").endswith("told: old\n")
    assert number > 10


COMMAND = "    - {name: c, command: {cmd: '%s', %s}, notify: tell, %s}\n"


@pytest.mark.parametrize(
    ("cmd", "how", "more", "fired"),
    [
        ("true", "irreversible: true", "tags: x", True),
        ("exit 3", "irreversible: true", "failed_when: result.rc != 3", True),
        ("exit 3", "irreversible: true", "ignore_errors: true", False),
        ("true", "irreversible: true", "changed_when: false", False),
        ("true", "irreversible: true", "changed_when: result.rc == 7", False),
        ("true", "irreversible: true", "changed_when: result.rc == 0", True),
        ("exit 1", "query: true", "changed_when: result.rc == 1, failed_when: result.rc > 1", True),
        ("true", "query: true", "changed_when: result.rc == 1, failed_when: result.rc > 1", False),
    ],
)
def test_a_command_notifies_as_ansible_would(
    cmd: str, how: str, more: str, fired: bool, host: Played
) -> None:
    """It counts as changed where it has run and not failed; `changed_when` and `failed_when` decide."""
    status = host.do(book(COMMAND % (cmd, how, more)))
    assert status == ("ok" if "query" in how and not fired else "changed"), host.errors()
    assert (("tell", "changed") in host.said("apply")) is fired
    assert (host.text("log") is not None) is fired


def test_a_handler_that_cannot_be_wanted_is_not_foretold(host: Played) -> None:
    call = book(COMMAND % ("true", "irreversible: true", "changed_when: false"))
    assert host.do(call, dry_run=True) == "pending"
    assert host.said("preview") == [("c", "ok")]


def test_changed_when_fires_for_what_was_so_already(host: Played) -> None:
    so = (WRITES % "old").rstrip() + "\n      changed_when: true\n"
    assert host.do(book(so)) == "changed", host.errors()
    assert host.text("log") == "told: old\n"


UNKNOWN = """
    - {name: asks, command: {cmd: "echo new", irreversible: true}, register: said}
    - {name: write a, file: {path: "{{ here }}/a", content: "{{ said.stdout }}"}, notify: tell}
    - block:
        - {name: breaks, command: {cmd: "false", irreversible: true}}
      rescue:
        - {name: mends, file: {path: "{{ here }}/b", content: mended}, notify: tell b}
"""


def test_one_that_may_be_notified_is_unknown_and_diverges_from_nothing(host: Played) -> None:
    """Promise 2: what can't be known is said to be unknown, and what comes of it was not foretold."""
    also = TOLD + TOLD.replace("\n  handlers:\n", "").replace("tell", "tell b").replace("/a", "/b")
    play = book(UNKNOWN, handlers=also)
    host.do(play, dry_run=True)
    assert host.said("preview")[-2:] == [("tell", "unknown"), ("tell b", "unknown")]
    assert host.do(play) == "changed", host.errors()
    assert host.said("apply")[-2:] == [("tell", "changed"), ("tell b", "changed")]
    assert not [event for event in host.events if event["event"] == "diverged"]
