"""What supervisor does with % in a value: Python's formatting, over names that it knows."""

import posixpath
import re

from hardener.host.errors import StepError
from hardener.host.supervisor.options import kind, name

FORMAT = re.compile(r"%%|%\(([^)]*)\)[-#0 +]*\d*[a-zA-Z]")


def names_of(config, section, environment, node):
    """{name: value} that a value of this section may use; environment is the running daemon's."""
    found = {"ENV_" + key: value for key, value in environment.items()}
    for options in (config.options("supervisord"), config.options(section)):
        found.update(
            {
                "ENV_" + key: ""
                for key in re.findall(r"([A-Za-z_]\w*)\s*=", options.get("environment") or "")
            }
        )
    found.update(here=posixpath.dirname(config.path), host_node_name=node)
    if ":" in section and kind(section) != "group":
        found.update(
            program_name=name(section), group_name=name(section), process_num=0, numprocs=1
        )
    return found


def expand(value, known, where, twice=False):
    """The value as supervisor expands it; raises StepError that says what to write."""
    for _ in range(2 if twice else 1):
        loose = FORMAT.sub("", value)
        if "%" in loose:
            raise StepError(
                "%s: a %% of its own must be written %s" % (where, "%%%%" if twice else "%%"),
                why="supervisor takes %s for a format%s"
                % (value, ", twice in [supervisord] environment" if twice else ""),
            )
        value = once(value, known, where)
    return value


def once(value, known, where):
    try:
        return value % known
    except KeyError as error:
        raise unknown(error.args[0], where, known)
    except (ValueError, TypeError) as error:
        raise StepError("%s: supervisor could not expand %s" % (where, value), why=str(error))


def unknown(name, where, known):
    if name.startswith("ENV_"):
        return StepError(
            "%s: supervisord has no %s in its environment" % (where, name[len("ENV_") :]),
            why="it would not read its files at all",
            hint="set it where supervisord is started, or in [supervisord] environment",
        )
    others = sorted(each for each in known if not each.startswith("ENV_"))
    return StepError(
        "%s: supervisor knows no %%(%s)s" % (where, name), hint="it knows %s" % ", ".join(others)
    )


def env_names(value):
    return re.findall(r"%\(ENV_([^)]*)\)", value)
