"""The words that sshd is started with: what they say counts before any file (sshd(8), -o).

Red Hat gives it the policy for crypto so, and Debian SSHD_OPTS; who starts it by another unit
says it there.
"""

import re
import shlex

UNITS = ("ssh.service", "sshd.service")
SETTING = re.compile(r"(?m)^[ \t]*(EnvironmentFile|Environment|ExecStart)[ \t]*=[ \t]*(.*)$")
VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def of(view, read):
    """Return the words without the program and `-D`; `read` gives the text of a file, "" without one."""
    from hardener.host.systemd import units  # which needs files, which have risks

    for unit in UNITS:
        path = units.find(view, unit)
        if path:
            paths = [path] + sorted(units.drop_ins(view, unit), key=lambda p: p.rpartition("/")[2])
            return expanded([read(each) for each in paths], read)
    return []


def expanded(texts, read):
    """Return the words, given the texts of a unit and its drop-ins (systemd.exec(5), systemd.service(5))."""
    said = {"EnvironmentFile": [], "Environment": [], "ExecStart": []}
    for text in texts:
        for name, value in SETTING.findall(re.sub(r"\\\n", " ", text)):
            said[name] = said[name] + [value.strip()] if value.strip() else []
    variables = environment(said, read)
    words = [word for line in said["ExecStart"][-1:] for word in with_values(line, variables)]
    return [word for word in words[1:] if word != "-D"]


def environment(said, read):
    """Return {name: value}; files are read after what the unit itself says."""
    lines = [word for value in said["Environment"] for word in shlex.split(value)]
    for path in said["EnvironmentFile"]:
        found = re.findall(r"(?m)^[ \t]*(\w+)=(.*)$", read(path.lstrip("-")))
        lines += ["%s=%s" % (name, " ".join(shlex.split(value))) for name, value in found]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def with_values(line, variables):
    """A variable that is a word of its own is split, one within a word is not."""
    for word in shlex.split(line):
        alone = re.fullmatch(r"\$(\w+)", word)
        if alone:
            yield from shlex.split(variables.get(alone.group(1), ""))
        else:
            yield VARIABLE.sub(lambda v: variables.get(v.group(1) or v.group(2), ""), word)
