"""XML-RPC, as much of it as supervisord speaks (xmlrpc.com/spec.md): texts, numbers, truths, arrays, structs.

Python's xmlrpc.client would load http.client: see exchange.py.
"""

from xml.parsers import expat

DEEPEST = 32  # elements within each other
LONGEST = 20  # characters of a number: Python takes its time for longer ones
TRUTHS = {"0": False, "1": True}


class Fault(Exception):
    """What was asked for is refused, in the words of who refuses it."""


def request(method, arguments):
    """Return a call as bytes; an argument is a text, a number, a truth, or a list or dict of such."""
    params = "".join("<param>%s</param>" % _value(each) for each in arguments)
    name = "<methodName>%s</methodName>" % method
    text = "<methodCall>%s<params>%s</params></methodCall>" % (name, params)
    return ("<?xml version='1.0'?>" + text).encode("utf-8")


def _value(value):
    if isinstance(value, bool):
        inner = "<boolean>%d</boolean>" % value
    elif isinstance(value, int):
        inner = "<int>%d</int>" % value
    elif isinstance(value, dict):
        inner = "<struct>%s</struct>" % "".join(map(_member, value.items()))
    elif isinstance(value, list):
        inner = "<array><data>%s</data></array>" % "".join(map(_value, value))
    else:
        inner = "<string>%s</string>" % _escaped(value)
    return "<value>%s</value>" % inner


def _member(pair):
    return "<member><name>%s</name>%s</member>" % (_escaped(pair[0]), _value(pair[1]))


def _escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def answer(data):
    """Return the value of an answer (bytes); Fault, or ValueError where it is none of supervisord's.

    A document type is none: supervisord has none, and a parser may be led astray by it.
    """
    answered, parser = _Answer(), expat.ParserCreate()
    parser.StartElementHandler = answered.begin
    parser.EndElementHandler = answered.end
    parser.CharacterDataHandler = answered.said.append
    try:
        if b"<!" in data:
            raise ValueError("it has a document type")
        parser.Parse(data, True)
        return _one(answered.values, "")
    except (expat.ExpatError, LookupError, TypeError) as error:
        raise ValueError(str(error))


class _Answer:
    """What is whole of an answer; a running supervisord tells of some thousand values."""

    def __init__(self):
        self.values = []  # one after the other
        self.said = []  # the text of the element that is open
        self._starts = []  # how many values there were when each open element began

    def begin(self, tag, _):
        if len(self._starts) == DEEPEST:
            raise ValueError("it is too deep")
        self._starts.append(len(self.values))
        self.said.clear()

    def end(self, tag):
        start, read = self._starts.pop(), MEANT[tag]
        if read:
            self.values[start:] = [read(self.values[start:], "".join(self.said))]
        self.said.clear()


def _one(parts, text):
    """What stands in `value`: one value of a type, or a text without one."""
    if len(parts) > 1:
        raise ValueError("two values in place of one")
    return parts[0] if parts else text


def _number(parts, text):
    if len(text) > LONGEST:
        raise ValueError("this is no number of supervisord's")
    return int(text)


def _refused(parts, text):
    raise Fault(parts[0]["faultString"])


MEANT = {
    "array": lambda parts, text: parts,
    "boolean": lambda parts, text: TRUTHS[text.strip()],
    "double": lambda parts, text: float(text),
    "fault": _refused,
    "i4": _number,
    "int": _number,
    "name": lambda parts, text: text,
    "string": lambda parts, text: text,
    "struct": lambda parts, text: dict(zip(parts[::2], parts[1::2])),
    "value": _one,
    # These are only around others.
    **dict.fromkeys(("data", "member", "methodResponse", "param", "params")),
}
