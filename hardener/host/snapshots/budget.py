"""How much of old snapshots may stay: so many runs, so many bytes, so old; the tightest one counts.

What is never removed takes no place from the others: bytes that it holds are not counted.
"""

import re

from hardener.host import sizes
from hardener.host.errors import StepError
from hardener.host.typed import NamedTuple, Optional

NONE = "unlimited"
AGE = re.compile(r"\A([0-9]+)\s*([hdw])\Z")
SECONDS = {"h": 3600, "d": 86400, "w": 7 * 86400}


class Budget(NamedTuple):
    """`given` holds the words in which it was given; None is no limit. Bytes, and seconds."""

    given: dict
    keep: Optional[int]
    max_size: Optional[int]
    max_age: Optional[float]

    def why(self, rank, age, total):
        """Say which limit a run is over: `rank` counts from 1, the newest; "" if none."""
        for name, value in (("keep", rank), ("max_age", age), ("max_size", total)):
            limit = getattr(self, name)
            if limit is not None and value is not None and value > limit:
                return "%s: %s" % (name, self.given[name])
        return ""

    def chosen(self, survey, now):
        """Return ([(snapshot to remove, why)], [one that is over but is kept]), oldest first."""
        chosen, spared = [], []
        total = sum(survey.last_of(each) for each in survey.found)
        for rank, each in zip(range(len(survey.found), 0, -1), survey.found):
            why = self.why(rank, self.age(each, survey, now), total)
            if why and each.kept:
                spared.append(each)
            elif why:
                chosen.append((each, why))
                total -= survey.last_of(each)
        return chosen, spared

    @staticmethod
    def age(snapshot, survey, now):
        """Seconds; None where the clock can't be right: it has gone back behind the newest run."""
        times = [each.at for each in survey.found if isinstance(each.at, (int, float))]
        if snapshot.at not in times or now < max(times):
            return None
        return now - snapshot.at


def read(given):
    """Return the Budget of {keep, max_size, max_age}; what is missing is no limit."""
    words = {name: given.get(name, NONE) for name in ("keep", "max_size", "max_age")}
    return Budget(
        words,
        _limit(words["keep"], _count),
        _limit(words["max_size"], sizes.parse),
        _limit(words["max_age"], seconds),
    )


def _limit(word, parse):
    return None if word in (NONE, None) else parse(word)


def _count(word):
    if not (str(word).isdigit() and int(word)):
        raise StepError("%r is no number of runs" % (word,), hint="write 20")
    return int(word)


def seconds(word):
    """Return the seconds of `90d`, `12h` or `2w`."""
    match = AGE.match(str(word).strip())
    if not match:
        raise StepError("%r is no age" % (word,), hint="write 90d, 12h or 2w")
    return float(match.group(1)) * SECONDS[match.group(2)]


def exceeded(store, budget):
    """Could anything be over it, or be left over? Reads no journal, and no more runs than may stay."""
    begun = store.begun()
    if len(store.system.listdir(store.path("runs"))) > len(begun):
        return True
    if budget.keep is not None and len(begun) > budget.keep:
        return True
    if budget.max_size is not None and store.size() > budget.max_size:
        return True
    times = [store.glance(store.path("runs", run, "run.json")).get("at") for run in begun]
    ages = [store.system.now() - at for at in times if isinstance(at, (int, float))]
    return budget.max_age is not None and max(ages + [0]) > budget.max_age
