"""Indexes in real SQLite databases: beside writers and readers, in both journal modes, undone to the byte."""

import itertools
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import needs
import pytest
from killing import DEATH, in_child
from sandbox import Sandbox, step
from tree import lay, listing

DB = "/home/trader/data/trades.db"
TRADER = 1000
PLAN: dict[str, Any] = {"sqlite": DB, "table": "trades", "columns": ["date", "symbol", "status"]}
NAMES = ["idx_trades_date", "idx_trades_status", "idx_trades_symbol"]
TABLE = (
    "CREATE TABLE trades (id INTEGER PRIMARY KEY, date TEXT, symbol TEXT, status TEXT, price REAL)"
)
ROW = "INSERT INTO trades (date, symbol, status, price) VALUES ('2026-01-02', 'AAPL', 'open', 1.5)"

WRITER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
for number in range(int(sys.argv[2])):
    db.execute("INSERT INTO trades (date, symbol, status, price) VALUES (?, 'MSFT', 'new', 2)", (number,))
    print(number, flush=True)
"""


@pytest.fixture(params=["delete", "wal"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def host(tmp_path: Path, mode: str) -> Sandbox:
    lay(tmp_path / "host", {"/home/trader/data": {"directory": True, "owner": TRADER}})
    made = Sandbox(tmp_path / "host")
    with closing(sqlite3.connect(path(made))) as db:
        db.execute(f"PRAGMA journal_mode = {mode}")
        db.execute(TABLE)
        db.execute("CREATE INDEX by_price ON trades (price)")
        db.executemany(ROW.replace("'AAPL'", "?"), [(f"S{n % 97}",) for n in range(3000)])
        db.commit()
    if os.geteuid() == 0:
        os.chown(path(made), TRADER, TRADER)
    return made


def path(host: Sandbox) -> Path:
    return host.root / DB.lstrip("/")


def ask(host: Sandbox, sql: str) -> list[Any]:
    with closing(sqlite3.connect(path(host), timeout=60, isolation_level=None)) as db:
        return db.execute(sql).fetchall()


def indexes(host: Sandbox) -> list[str]:
    sql = "SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'idx%' ORDER BY name"
    return [name for (name,) in ask(host, sql)]


def sane(host: Sandbox) -> None:
    assert ask(host, "PRAGMA integrity_check") == [("ok",)]


@contextmanager
def writing(host: Sandbox, rows: int) -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, "-c", WRITER, str(path(host)), str(rows)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout and writer.stdout.readline() == "0\n"
        yield writer


def test_a_preview_leaves_no_trace(host: Sandbox) -> None:
    before = listing(host.root)
    assert host.play(step("indexes", **PLAN), dry_run=True) == "pending", host.errors()
    assert listing(host.root) == before
    assert '+ CREATE INDEX "idx_trades_date" ON "trades" ("date");' in host.diff()
    assert any("at most 3000 rows" in note for note in host.notes())


def test_rollback_brings_back_every_byte(host: Sandbox) -> None:
    before = listing(host.root)
    assert host.play(step("indexes", **PLAN)) == "changed", host.errors()
    assert indexes(host) == NAMES
    after = listing(host.root)
    assert host.play(step("indexes", **PLAN)) == "ok"
    assert listing(host.root) == after
    assert host.rollback() == "rolled back", host.events
    assert listing(host.root) == before
    sane(host)


def test_a_short_look_of_somebody_is_waited_for(host: Sandbox) -> None:
    """Programs that open the database now and then do not cost the rollback its exactness."""
    before = listing(host.root)
    assert host.play(step("indexes", **PLAN)) == "changed", host.errors()
    look = "import sys, time; file = open(sys.argv[1]); print(flush=True); time.sleep(1)"
    argv = [sys.executable, "-c", look, str(path(host))]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout and other.stdout.readline() == "\n"
        assert host.rollback() == "rolled back", host.events
    assert listing(host.root) == before


def test_files_stay_the_owners(host: Sandbox) -> None:
    host.play(step("indexes", **PLAN))
    owner = os.stat(path(host).parent).st_uid
    assert {os.stat(path(host).parent / n).st_uid for n in os.listdir(path(host).parent)} == {owner}


def test_a_writer_loses_nothing(host: Sandbox) -> None:
    with writing(host, 400) as writer:
        assert host.play(step("indexes", **PLAN)) == "changed", host.errors()
        assert host.rollback() == "rolled back", host.events
        writer.communicate()
        assert writer.returncode == 0
    assert ask(host, "SELECT count(*) FROM trades") == [(3400,)]
    assert indexes(host) == []
    sane(host)


def test_rows_written_since_survive_the_rollback(host: Sandbox) -> None:
    host.play(step("indexes", **PLAN))
    with closing(sqlite3.connect(path(host))) as db, db:
        db.execute(ROW)
    assert host.rollback() == "rolled back", host.events
    assert ask(host, "SELECT count(*) FROM trades") == [(3001,)]
    assert indexes(host) == []
    sane(host)


def counter(host: Sandbox) -> int:
    """What connections trust to tell whether their cache is still true."""
    return int.from_bytes(path(host).read_bytes()[24:28], "big")


def test_a_database_in_anothers_folder_is_opened_with_its_owners_rights_only(host: Sandbox) -> None:
    needs.root()
    os.chown(path(host).parent, 0, 0)
    assert host.play(step("indexes", **PLAN)) == "refused"
    assert "/home/trader/data can't be written by the owner" in host.errors()


def test_readers_stay_connected(host: Sandbox) -> None:
    with closing(sqlite3.connect(path(host), isolation_level=None, timeout=60)) as reader:
        count = "SELECT count(*), sum(symbol = 'S3') FROM trades"
        rows, trusted = reader.execute(count).fetchall(), counter(host)
        assert host.play(step("indexes", **PLAN)) == "changed", host.errors()
        assert reader.execute(count).fetchall() == rows
        assert host.rollback() == "rolled back", host.events
        assert "bytes" in next(event["why"] for event in host.events if event["event"] == "undone")
        assert reader.execute(count).fetchall() == rows
        if reader.execute("PRAGMA journal_mode").fetchone() == ("delete",):
            assert counter(host) > trusted + 1  # never back to one that a cache was filled at
        with closing(sqlite3.connect(path(host))) as other, other:
            other.execute(ROW.replace("AAPL", "S3"))
        assert reader.execute(count).fetchall() == [(rows[0][0] + 1, rows[0][1] + 1)]
        assert reader.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert indexes(host) == []


def test_a_busy_writer_is_waited_for(host: Sandbox) -> None:
    hold = "import sqlite3, sys, time; db = sqlite3.connect(sys.argv[1]); db.execute('BEGIN IMMEDIATE'); print(1, flush=True); time.sleep(1); db.rollback()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, path(host)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout and holder.stdout.readline()
        start = time.monotonic()
        assert host.play(step("indexes", **PLAN)) == "changed", host.errors()
        assert time.monotonic() - start > 0.5
    assert indexes(host) == NAMES


def test_a_writer_that_never_ends_is_named_busy(host: Sandbox) -> None:
    with closing(sqlite3.connect(path(host))) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert host.play(step("indexes", **PLAN, lock_timeout=1)) == "rolled back"
        assert "is busy" in host.errors() and "lock_timeout" in host.errors()
    assert indexes(host) == []


@pytest.mark.parametrize(
    "definition",
    [
        "CREATE INDEX idx_trades_date ON trades (symbol)",
        "CREATE INDEX idx_trades_date ON trades (date DESC)",
        "CREATE INDEX idx_trades_date ON trades (date COLLATE NOCASE)",
        "CREATE INDEX idx_trades_date ON trades (date) WHERE status = 'open'",
        "CREATE UNIQUE INDEX idx_trades_date ON trades (date, id)",
        "CREATE INDEX idx_trades_date ON trades (lower(date))",
    ],
)
def test_another_definition_is_replaced_and_restored(host: Sandbox, definition: str) -> None:
    ask(host, definition)
    assert host.play(step("indexes", **PLAN)) == "changed", host.errors()
    assert f"- {definition};" in host.diff()
    with closing(
        sqlite3.connect(path(host))
    ):  # somebody has it open: the bytes stay, the index comes back
        ask(host, ROW)
        assert host.rollback() == "rolled back", host.events
    assert ask(host, "SELECT sql FROM sqlite_master WHERE name = 'idx_trades_date'") == [
        (definition,)
    ]


@pytest.mark.parametrize(
    "definition",
    [
        "CREATE INDEX idx_trades_date ON trades (date)",
        'create index if not exists "idx_trades_date" on [trades] ( `Date` ASC )',
        "CREATE INDEX idx_trades_date ON trades (date /* by day */ COLLATE BINARY)",
    ],
)
def test_the_same_in_other_words_is_the_same(host: Sandbox, definition: str) -> None:
    ask(host, definition)
    assert host.play(step("indexes", **{**PLAN, "columns": ["date"]})) == "ok", host.diff()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"table": "trade"}, "did you mean `trades`?"),
        ({"columns": ["symbl"]}, "did you mean `symbol`?"),
        ({"sqlite": "/home/trader/data/none.db"}, "there is no database /home/trader/data/none.db"),
        ({"sqlite": "/etc/passwd"}, "damaged, or no SQLite database"),
        (
            {"indexes": [{"name": "more", "columns": ["status"], "unique": True}]},
            "3000 rows have 'open'",
        ),
        (
            {"indexes": [{"name": "more", "columns": ["status"], "where": "nosuch = 1"}]},
            "no such column: nosuch",
        ),
        ({"indexes": [{"columns": [{"expression": "lower(symbol)"}]}]}, "needs a `name`"),
        ({"indexes": [{"name": "Trades", "columns": ["date"]}]}, "`Trades` is taken by a table"),
        ({"indexes": [{"name": "shown", "columns": ["date"]}]}, "`shown` is taken by a view"),
        ({"indexes": [{"name": "by_note", "columns": ["date"]}]}, "an index of table `notes`"),
        (
            {"indexes": [{"columns": ["date"], "where": "price > 1"}]},
            "two indexes of this step are called `idx_trades_date`",
        ),
        (
            {"indexes": [{"columns": ["price"], "where": "price > 1; DROP TABLE trades"}]},
            "one statement at a time",
        ),
    ],
)
def test_mistakes_are_found_in_the_preview(
    host: Sandbox, change: dict[str, Any], message: str
) -> None:
    ask(host, "CREATE VIEW shown AS SELECT date FROM trades")
    ask(host, "CREATE TABLE notes (note)")
    ask(host, "CREATE INDEX By_Note ON notes (note)")
    before = listing(host.root)
    assert host.play(step("indexes", **{**PLAN, **change}), dry_run=True) == "refused"
    assert message in host.errors()
    assert listing(host.root) == before


def test_names_have_no_case(host: Sandbox) -> None:
    """SQLite finds IDX_trades_DATE by any spelling; one that differs is replaced under its own."""
    one = step("indexes", **{**PLAN, "columns": ["date"]})
    ask(host, "CREATE INDEX IDX_trades_DATE ON trades (date)")
    assert host.play(one) == "ok", host.diff()
    ask(host, "DROP INDEX IDX_trades_DATE")
    ask(host, "CREATE INDEX IDX_trades_DATE ON trades (symbol)")
    before = listing(host.root)
    assert host.play(one) == "changed", host.errors()
    assert "- CREATE INDEX IDX_trades_DATE ON trades (symbol);" in host.diff()
    assert indexes(host) == ["idx_trades_date"]
    assert host.play(one) == "ok"
    assert host.rollback("run-002") == "rolled back", host.events
    assert listing(host.root) == before


def test_steps_that_fight_are_found_whichever_was_last(host: Sandbox) -> None:
    fight = [
        step(
            "indexes", n, sqlite=DB, table="trades", indexes=[{"name": "one", "columns": [column]}]
        )
        for n, column in enumerate(["date", "symbol"], 1)
    ]
    for column in ("status", "date", "symbol"):
        ask(host, "DROP INDEX IF EXISTS one")
        ask(host, f"CREATE INDEX one ON trades ({column})")
        assert host.play(*fight, dry_run=True) == "refused"
        assert "never come to rest" in host.errors()


def test_the_same_index_of_another_name_is_told(host: Sandbox) -> None:
    ask(host, "CREATE INDEX theirs ON trades (date ASC)")
    call = step("indexes", **{**PLAN, "columns": ["date"]})
    assert host.play(call) == "changed"
    assert "`idx_trades_date` will only cost: `theirs` is the same index" in host.notes()
    assert host.play(call) == "ok"
    assert not [note for note in host.notes() if "will only cost" in note]


def test_what_only_the_program_knows_is_in_nobodys_way(host: Sandbox) -> None:
    """A table may name functions and collations that the program adds to SQLite, as Django does."""
    with closing(sqlite3.connect(path(host))) as db:
        db.create_collation("local", lambda one, other: (one > other) - (one < other))
        db.create_function("fine", 1, lambda value: 1)
        db.execute(
            "CREATE TABLE people (name TEXT COLLATE local UNIQUE, town TEXT CHECK (fine(town)))"
        )
        db.execute("CREATE INDEX by_name ON people (name, town)")
        db.execute("CREATE VIRTUAL TABLE words USING fts4(word)")
        db.execute("PRAGMA writable_schema = 1")
        db.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'fts4', 'theirs') WHERE name = 'words'"
        )
        db.commit()
    before = listing(host.root)
    call = step("indexes", sqlite=DB, table="people", columns=["town"])
    assert host.play(call) == "changed", host.errors()
    assert host.play(call) == "ok"
    assert host.rollback("run-001") == "rolled back", host.events
    assert listing(host.root) == before
    for columns in (["name"], [{"name": "town", "collate": "local"}]):
        more = [{"name": "more", "columns": columns}]
        call = step("indexes", sqlite=DB, table="people", indexes=more)
        assert host.play(call, dry_run=True) == "refused"
        assert "no such collation sequence: local" in host.errors()
        assert "let that program make the index" in host.errors()


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_its_owner_can_not_write_is_refused_in_the_preview(host: Sandbox, what: str) -> None:
    needs.root()
    place = {"file": path(host), "folder": path(host).parent}[what]
    place.chmod(0o555)
    assert host.play(step("indexes", **PLAN), dry_run=True) == "refused"
    assert f"/{place.relative_to(host.root)} can't be written by the owner" in host.errors()
    ask(host, "SELECT 1")
    with closing(sqlite3.connect(path(host))) as db, db:
        for column, name in zip(PLAN["columns"], sorted(NAMES)):
            db.execute(
                f"CREATE INDEX {name.replace(name.split('_')[2], column)} ON trades ({column})"
            )
    assert host.play(step("indexes", **PLAN)) == "ok", host.errors()


def test_a_python_without_sqlite_says_so(host: Sandbox) -> None:
    """As Debian's python3-minimal has none; the step and PostgreSQL's indexes do not need it."""
    code = f"""
import sys
sys.modules["sqlite3"] = None
sys.path[:0] = {sys.path!r}
from sandbox import Sandbox, step
host = Sandbox({str(host.root)!r})
print(host.play(step("indexes", **{PLAN!r}), dry_run=True), host.errors())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("refused"), done.stderr
    assert "this host's Python has no sqlite3 module" in done.stdout


def test_composite_partial_and_expression_indexes(host: Sandbox) -> None:
    more = [
        {"columns": ["symbol", {"name": "date", "order": "desc"}], "where": "status = 'open'"},
        {
            "name": "idx_lower",
            "columns": [{"expression": "lower(symbol)", "collate": "NOCASE"}, "id"],
            "unique": True,
        },
    ]
    call = step("indexes", sqlite=DB, table="trades", indexes=more)
    before = listing(host.root)
    assert host.play(call) == "changed", host.errors()
    assert indexes(host) == ["idx_lower", "idx_trades_symbol_date"]
    assert host.play(call) == "ok", host.diff()
    host.rollback("run-001")
    assert listing(host.root) == before


def test_a_damaged_database_is_refused(host: Sandbox) -> None:
    with path(host).open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096)
    assert host.play(step("indexes", **PLAN), dry_run=True) == "refused"
    assert "damaged" in host.errors()


def test_a_large_database_is_not_kept(host: Sandbox) -> None:
    call = step("indexes", **PLAN, keep_bytes_up_to=0)
    assert host.play(call) == "changed", host.errors()
    size = path(host).stat().st_size
    blobs = host.root / "var/lib/hardener/blobs"
    assert all(blob.stat().st_size < size // 2 for blob in blobs.iterdir())
    assert host.rollback() == "rolled back", host.events
    assert indexes(host) == []


def noted_twice(do: Callable[[], Any]) -> Callable[[str, str], None]:
    """A `watch` that does something between our commit and our note of it: the second one."""
    notes = itertools.count(1)

    def watch(operation: str, path: str) -> None:
        if operation == "replace" and path.endswith("sqlite.json") and next(notes) == 2:
            do()

    return watch


def test_stopped_between_the_commit_and_our_note_of_it(host: Sandbox) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    stopped = Sandbox(host.root, watch=noted_twice(stop))
    with pytest.raises(KeyboardInterrupt):
        stopped.play(step("indexes", **PLAN))
    assert indexes(host) == []
    sane(host)


@pytest.mark.parametrize("meanwhile", [(), (ROW,), ("PRAGMA user_version = 5",)])
def test_killed_between_the_commit_and_our_note_of_it(
    host: Sandbox, meanwhile: tuple[str, ...]
) -> None:
    """Every byte comes back, if what our change makes of the old bytes is what is there; else no row is lost."""
    before, rows = path(host).read_bytes(), ask(host, "SELECT * FROM trades")
    killed = Sandbox(host.root, watch=noted_twice(lambda: os._exit(DEATH)))
    assert not in_child(lambda: killed.play(step("indexes", **PLAN)))
    assert indexes(host) == NAMES
    for each in meanwhile:
        ask(host, each)
    again = Sandbox(host.root)
    # The child that works on the database lives a moment longer, and holds the lock as long.
    assert again.engine().rollback(None, "run-005", wait=30) == "rolled back", again.events
    assert indexes(host) == []
    if not meanwhile:
        assert path(host).read_bytes() == before
    assert ask(host, "SELECT * FROM trades")[: len(rows)] == rows
    assert len(ask(host, "SELECT * FROM trades")) == len(rows) + meanwhile.count(ROW)
    assert ask(host, "PRAGMA user_version") == [
        (5 if "PRAGMA user_version = 5" in meanwhile else 0,)
    ]


def test_nobody_writes_between_our_commit_and_our_look_at_it(host: Sandbox) -> None:
    tried = []

    def write(operation: str, name: str) -> None:
        if operation == "replace" and name.endswith("sqlite.json"):
            with closing(sqlite3.connect(path(host), timeout=0)) as db:
                with pytest.raises(sqlite3.OperationalError, match="locked"):
                    db.execute(ROW)
                tried.append(name)

    assert Sandbox(host.root, watch=write).play(step("indexes", **PLAN)) == "changed"
    assert tried


def crash(host: Sandbox, sql: tuple[str, ...], ends: tuple[str, ...]) -> dict[str, bytes]:
    """Leave the files of a database as a program does that is killed after these statements."""
    with closing(sqlite3.connect(path(host), isolation_level=None)) as db:
        for each in sql:
            db.execute(each)
        kept = {end: Path(f"{path(host)}{end}").read_bytes() for end in ends}
        db.rollback()
    for end, data in kept.items():
        Path(f"{path(host)}{end}").write_bytes(data)
        if os.geteuid() == 0:
            os.chown(f"{path(host)}{end}", TRADER, TRADER)
    return kept


def test_a_journal_that_our_own_crash_left_is_taken_back(host: Sandbox, mode: str) -> None:
    """The power went between the first page of an index and its last: nobody else is to clean up."""
    before = ask(host, "SELECT * FROM sqlite_master")

    def stop(operation: str, path: str) -> None:
        if operation == "sqlite":
            os._exit(9)

    if not (child := os.fork()):
        Sandbox(host.root, watch=stop).play(step("indexes", **PLAN))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    spilled = ("PRAGMA cache_size = 2", "BEGIN", "CREATE INDEX idx_trades_date ON trades (date)")
    crash(host, spilled, ("", "-journal") if mode == "delete" else ("", "-wal"))
    again = Sandbox(host.root)
    again._runs = 5
    assert again.play() == "ok", again.events
    assert [e["status"] for e in again.events if e["event"] == "undone"] == ["restored"]
    assert ask(host, "SELECT * FROM sqlite_master") == before
    sane(host)


def sizes(host: Sandbox) -> dict[str, int]:
    return {each.name: each.stat().st_size for each in path(host).parent.iterdir()}


@pytest.mark.parametrize("mode", ["wal"], indirect=True)
def test_a_preview_reads_the_log_of_a_crashed_program_and_leaves_it(host: Sandbox) -> None:
    kept = crash(host, (ROW,), ("", "-wal", "-shm"))
    before = sizes(host)
    assert host.play(step("indexes", **PLAN), dry_run=True) == "pending", host.errors()
    assert sizes(host) == before
    assert path(host).read_bytes() == kept[""]
    assert any("at most 3001 rows" in note for note in host.notes())


@pytest.mark.parametrize(
    ("mode", "sql", "ends"),
    [
        ("wal", (ROW,), ("", "-wal")),
        (
            "delete",
            ("PRAGMA cache_size = 2", "BEGIN", "UPDATE trades SET status = 'lost'"),
            ("", "-journal"),
        ),
    ],
    indirect=["mode"],
)
def test_a_log_that_only_a_writer_can_take_in_is_refused(
    host: Sandbox, sql: tuple[str, ...], ends: tuple[str, ...]
) -> None:
    crash(host, sql, ends)
    before = listing(host.root)
    assert host.play(step("indexes", **PLAN), dry_run=True) == "refused"
    assert "was not closed by its last writer" in host.errors()
    assert listing(host.root) == before
    sane(host)  # sqlite itself takes it in
    assert host.play(step("indexes", **PLAN)) == "changed", host.errors()


def test_two_runs_are_undone_one_after_the_other_to_the_byte(host: Sandbox) -> None:
    before = listing(host.root)
    assert host.play(step("indexes", **{**PLAN, "columns": ["date"]})) == "changed"
    between = listing(host.root)
    assert host.play(step("indexes", **PLAN)) == "changed"
    assert host.rollback() == "rolled back", host.events
    assert listing(host.root) == between
    assert host.rollback() == "rolled back", host.events
    assert listing(host.root) == before
