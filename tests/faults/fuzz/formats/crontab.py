"""Tables of cron."""

from collections.abc import Callable
from typing import Any

from faults.fuzz.formats.edit import Edit, none, one, own_lines
from hypothesis import strategies as st

from hardener.host.edits import changed
from hardener.host.text import encoding
from hardener.host.text.crontab import Crontab
from hardener.host.text.crontab import Entry as Job

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


FORMATS = {
    "crontab": lambda text: str(Crontab.parse(text)),
}
EDITS = {
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
}
