"""Talk to a running supervisord: XML-RPC over its socket (supervisord.org/api.html).

It may be an ordinary user's, and so be anything: an answer is bounded in time and size, and must
be of the form that supervisor gives it.
"""

import binascii

from hardener.host.errors import StepError
from hardener.host.supervisor import xml_rpc
from hardener.host.supervisor.exchange import post

TEXT, NUMBER, TRUTH = str, int, bool
PROCESS = {"group": TEXT, "name": TEXT, "statename": TEXT, "pid": NUMBER, "exitstatus": NUMBER}
PROGRAM = {"group": TEXT, "name": TEXT, "autostart": TRUTH, "inuse": TRUTH}
FORMS = {"getAllProcessInfo": PROCESS, "getAllConfigInfo": PROGRAM}


def call(system, where, method, *arguments):
    """Return what `supervisor.METHOD` returns; its faults are StepErrors in its own words."""
    return expected(where, method, asked(system, where, "supervisor." + method, *arguments))


def call_all(system, where, *methods):
    """Return what each of these methods returns, in one request; none of them takes an argument.

    As supervisor/xmlrpc.py has it: a result stands there as it is, not in an array of its own.
    """
    calls = [{"methodName": "supervisor." + method, "params": []} for method in methods]
    said = asked(system, where, "system.multicall", calls)
    if not isinstance(said, list) or len(said) != len(methods):
        raise stranger(where)
    for method, each in zip(methods, said):
        if isinstance(each, dict) and "faultString" in each:
            raise refused(method, each["faultString"])
        expected(where, method, each)
    return said


def asked(system, where, method, *arguments):
    body = xml_rpc.request(method, arguments)
    try:
        return answer(where, method, *post(system, where.address, credentials(where), body))
    except OSError as error:
        raise StepError(
            "supervisord does not answer at %s" % where.address, why=str(error) or repr(error)
        )
    except ValueError:
        raise stranger(where)


def credentials(where):
    if not where.username:
        return {}
    pair = "%s:%s" % (where.username, where.password)
    coded = binascii.b2a_base64(pair.encode("utf-8"), newline=False)
    return {"Authorization": "Basic " + coded.decode("ascii")}


def answer(where, method, status, reason, body):
    if status == 401:
        raise StepError(
            "supervisord at %s refuses the name or password of its configuration" % where.address,
            hint="it runs with another one still, or keeps a hash:"
            " then give [supervisorctl] username and password",
        )
    if status != 200:
        raise StepError("supervisord at %s answers %d %s" % (where.address, status, reason))
    try:
        return xml_rpc.answer(body)
    except xml_rpc.Fault as fault:
        raise refused(method.partition(".")[2], str(fault))


def refused(method, why):
    return StepError("supervisord refuses %s" % method, why=str(why))


def expected(where, method, said):
    """Return what was said, if it is of the form that supervisor gives it."""
    if not formed(method, said):
        raise stranger(where)
    return said


def stranger(where):
    return StepError("what answers at %s is no supervisord" % where.address)


def formed(method, said):
    """Is this what supervisor answers to that?"""
    if method == "getPID":
        return isinstance(said, int) and said > 0
    if method == "reloadConfig":
        return names_in(said) and len(said) == 1 and len(said[0]) == 3
    if method not in FORMS:
        return True
    return isinstance(said, list) and all(
        isinstance(each, dict) and all(isinstance(each.get(k), t) for k, t in FORMS[method].items())
        for each in said
    )


def names_in(said):
    """Is it a list of lists of lists of names?"""
    return isinstance(said, list) and all(
        isinstance(groups, list) and all(isinstance(group, TEXT) for group in groups)
        for lists in said
        for groups in (lists if isinstance(lists, list) else [None])
    )
