"""What sshd is told, a step for each file that it reads; what an earlier file overrides is left out."""

import posixpath

from hardener.host.sshd import keywords, order
from hardener.host.steps.sshd import DROP_INS
from hardener.host.text.sshd_config import arguments


def steps(view, system):
    said = list(order.read(view))
    mains = [view.resolve(order.MAIN)]
    for path in mains + sorted({each.path for each in said} - set(mains)):
        place = where(path, mains[0])
        params = dict(place or {}, **told(path, said, view)) if place else {}
        if not place:
            yield "sshd as %s says" % path, None, "it is no file that a step of sshd writes"
        if "options" in params or "match" in params:
            yield "sshd as %s says" % path, "sshd", params


def where(path, main):
    """The parameters that lead to this file; None where the step does not write."""
    if path == main:
        return {"in": "file"}
    folder, name = posixpath.split(path)
    if folder == DROP_INS and name.endswith(".conf"):
        return {"in": "drop-in", "name": name[: -len(".conf")]}
    return None


def told(path, said, view):
    """Return `options` and `match` of one file."""
    config = order.config(path, view)
    options = {
        keywords.spelt(keyword): value
        for keyword, value in block(config, 0).items()
        if not order.rivals(said, path, keyword, words(keyword, value))
    }
    matches = [
        {"criteria": " ".join(quoted(word) for word in config.criteria[number]), "options": inside}
        for number in range(1, len(config.criteria))
        for inside in [named(block(config, number))]
        if inside
    ]
    found = {"options": options, "match": matches}
    return {name: value for name, value in found.items() if value}


def named(options):
    return {keywords.spelt(keyword): value for keyword, value in options.items()}


def block(config, number):
    """Return {keyword: value} of what counts in one block, as the step takes it."""
    found = {}
    for each in config.directives:
        known = each.keyword not in keywords.BLOCKS and keywords.spelt(each.keyword)
        if each.block == number and known and each.args:
            found.setdefault(each.keyword, []).append(each.args)
    return {keyword: value(keyword, lines) for keyword, lines in found.items()}


def value(keyword, lines):
    if keyword in keywords.ONE_LINE:
        return [word for line in lines for word in line]
    if keyword in keywords.EACH_A_LINE:
        return [" ".join(line) for line in lines]
    return (
        " ".join(quoted(word) for word in lines[0])
        if keyword not in keywords.WHOLE
        else lines[0][0]
    )


def quoted(word):
    return '"%s"' % word if not word or any(sign in word for sign in " \t#") else word


def words(keyword, value):
    return [arguments(keyword, each) for each in (value if isinstance(value, list) else [value])]
