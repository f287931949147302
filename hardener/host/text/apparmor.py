"""Profiles of AppArmor as far as their mode goes, and the kernel's list of them: apparmor.d(5)."""

import re

# The flags of a profile or a hat, at the end of its line: `flags=(complain)`, or the older `(complain)`.
FLAGS = re.compile(r"(?m)^([^#\n]*?)[ \t]*(?:\bflags[ \t]*=[ \t]*)?\(([a-z_,= \t]*)\)([ \t]*\{)")
LOADED = re.compile(r"(?m)^(.+) \((\w+)\)$")


def _words(flags):
    return [word for word in re.split(r"[,\s]+", flags) if word]


def complains(text):
    """Does a profile in it say that it only complains?"""
    return any("complain" in _words(flags) for _, flags, _ in FLAGS.findall(text))


def enforced(text):
    """The text with no profile that only complains; other flags stay."""

    def put(found):
        words = [word for word in _words(found.group(2)) if word != "complain"]
        if len(words) == len(_words(found.group(2))):
            return found.group(0)
        flags = " flags=(%s)" % ",".join(words) if words else ""
        return found.group(1) + flags + found.group(3)

    return FLAGS.sub(put, text)


def loaded(text):
    """Return {profile: mode} of the kernel's list."""
    return dict(LOADED.findall(text))
