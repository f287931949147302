"""One rule of sudoers(5) as text: who, where, as whom, how, what."""

import re

SPECIAL = re.compile(r'([\s,:=!()"\\@#])')
UNESCAPED = re.compile(r"(?<!\\)([,:=])")
DIGEST = re.compile(r"(sha(?:224|256|384|512):\S+\s+)(.*)")
TAGS = (("nopasswd", "NOPASSWD:"), ("setenv", "SETENV:"), ("noexec", "NOEXEC:"))


def rule(params):
    """Return the line of a rule; `params` are those of the step type sudoers."""
    who = name(params["user"]) if params.get("user") else "%" + name(params["group"])
    tags = "".join(word + " " for key, word in TAGS if params.get(key))
    commands = ", ".join(map(command, params["commands"]))
    return "%s %s=(%s) %s%s" % (who, params["host"], params["runas"], tags, commands)


def name(text):
    """A name as it may stand at the start of a line: `domain users` has a blank in it."""
    return text if text == "ALL" else SPECIAL.sub(r"\\\1", text)


def command(text):
    """Arguments with `,`, `:` or `=` would be read as the end of them."""
    digest = DIGEST.match(text)
    head, rest = digest.groups() if digest else ("", text)
    program, blank, arguments = rest.partition(" ")
    return head + program + blank + UNESCAPED.sub(r"\\\1", arguments)
