"""Keys of a file of environment variables: values, conditions, and secrets that are made once."""

import re

from hardener.host.edits import edited
from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.steps import Params
from hardener.host.text.env_file import EnvFile

LETTERS = "abcdefghijklmnopqrstuvwxyz"
HEX = "0123456789abcdef"
ALPHABETS = {
    "hex": HEX,
    "digits": "0123456789",
    "alphanumeric": LETTERS + LETTERS.upper() + "0123456789",
    "urlsafe": LETTERS + LETTERS.upper() + "0123456789-_",
}


def plan(params, view):
    path, rules = view.resolve(params.path), asked(params)

    def change(text):
        env = EnvFile(text, params.dialect)
        for key, rule in rules.items():
            env = with_key(env, path, key, rule, view)
        require(path, env, rules)
        return str(env)

    now = view.read(File(path))
    if now.type == "file" and now.mode != int(params.mode, 8):
        view.note("its mode is %04o, and is to be %s" % (now.mode, params.mode))
    # The lines around one that changes may be secrets too, so nothing of the file is shown.
    yield edited(params, view, change)._replace(secret=True)


def asked(params):
    """Return {key: what is asked of it}; a value alone stands for {value: …}."""
    return {
        key: Params(rule if isinstance(rule, dict) else {"value": rule})
        for key, rule in params.variables.items()
    }


def with_key(env, path, key, rule, view):
    found = env.values().get(key)
    if rule.state == "absent":
        return env if found is None else told(env.remove(key), key, "goes", view)
    if rule.value is not None:
        value = word(rule.value)
        return env if found == value else told(env.set(key, value), key, "is set", view)
    if rule.generate and missing(found, rule):
        value = view.made_secret("%s %s" % (path, key), *recipe(rule.generate))
        return told(env.set(key, value), key, "is generated", view)
    return env


def told(env, key, what, view):
    view.note("%s %s" % (key, what))
    return env


def word(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def missing(value, rule):
    """Is there nothing of its own yet?"""
    return not value or value in (rule.placeholders or ())


def recipe(generate):
    """(the characters that a secret is made of, how many of them)."""
    return ALPHABETS[generate["alphabet"]], generate["length"]


def require(path, env, rules):
    """Raise StepError with all that is wrong, the values themselves left out."""
    values = env.values()
    wrong = [
        "%s %s" % (at(env, key), each)
        for key, rule in rules.items()
        if rule.state != "absent"
        for each in faults(values.get(key), rule)
    ]
    if wrong:
        raise StepError(
            "%s does not hold what is asked of it" % path,
            where=path,
            why="\n".join(wrong),
            hint="correct these values, or give `value` or `generate`",
        )


def at(env, key):
    return "line %d: %s" % (env.line_of(key), key) if key in env.values() else key


def faults(value, rule):
    """What is wrong with a value, in words that do not tell it."""
    if missing(value, rule):
        return ["is not there"] if value is None and rule.required else empty(value, rule)
    length, least, most = len(value), rule.min_length or 0, rule.max_length
    tried = [
        (length < least, "is %d characters long, and is to have %d or more" % (length, least)),
        (most is not None and length > most, "is %d characters long: at most %s" % (length, most)),
        (rule.hex and not re.match(r"[0-9A-Fa-f]+\Z", value), "is not hexadecimal"),
        (
            rule.one_of and value not in map(word, rule.one_of),
            "is none of %s" % ", ".join(map(word, rule.one_of or ())),
        ),
        (
            rule.pattern and not re.match(r"(?:%s)\Z" % rule.pattern, value),
            "does not match %s" % rule.pattern,
        ),
    ]
    return [words for wrong, words in tried if wrong]


def empty(value, rule):
    """A key that stands there with nothing of its own in it."""
    if value is None or not (rule.required or value):
        return []
    return ["still has the placeholder"] if value else ["is empty"]
