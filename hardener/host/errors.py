"""What can go wrong on a host; sent to the controller as data with the same fields.

HostError
  StepError      a step can't be carried out as the playbook asks
    Denied       the rights that we work with do not suffice
    Unseen       what is there can't be told without a program, or without writing
    NotApplicable  this host lacks what the step needs: a capability, a feature of its kernel, systemd
    Refused      the owning program, or a rule, says no before anything changed
      Lockout    the host would no longer let in who is logged in
      Restless   a second run would not leave what the first one made
    NotProven    written, but read back as something else
  Unknown        the state can't be known before an earlier change has happened
  Busy           another run holds the host, or waits for its confirmation
  Conflict       a resource changed since the run that is to be rolled back
  JournalError   a journal that can't be read or was tampered with
  ProtocolError  the controller sent what is no message
    LostFrame    and where the next one begins is not known
"""


class HostError(Exception):
    """Something a person can mend: what, where, why, what to do."""

    def __init__(self, what, where="", why="", hint=""):
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.hint = hint

    def data(self):
        return {
            "type": type(self).__name__,
            "what": self.what,
            "where": self.where,
            "why": self.why,
            "hint": self.hint,
        }


class StepError(HostError):
    """The step can't be carried out as it stands."""


class Refused(StepError):
    """Refused before anything changed."""


class Lockout(Refused):
    """The host, as a play would leave it, says no to who is logged in now."""


class Restless(Refused):
    """Two steps want different states of one resource."""


AS_ROOT = "`become: true` in the play has root do it"


class Denied(StepError):
    """Not allowed with these rights."""


class Unseen(StepError):
    """It can't be told from here: a program is missing, or something would have to be written."""


NOT_SEEN = (Denied, Unseen)


class NotApplicable(StepError):
    """This host lacks what the step needs, and no step can bring it: `what` says what is lacking.

    Raised before the first want. It fails the step, unless that says `if_possible: true`.
    """


class NotProven(StepError):
    """Written, but the host does not have the state that was written."""


HIDDEN = "what it said is hidden: `no_log`, or a value out of a vault"


def hidden(error):
    """The error of a secret step (`no_log`): where, but not what was asked for or what a program said."""
    if isinstance(error, Restless):
        return Restless(error.what, where=error.where)
    if isinstance(error, NOT_SEEN):
        return type(error)("it could not be read; " + HIDDEN, where=error.where)
    if isinstance(error, NotApplicable):
        return NotApplicable("this host lacks what it needs; " + HIDDEN, where=error.where)
    return StepError("it failed; " + HIDDEN, where=error.where)


class HiddenBug(Exception):
    """A bug in a step that says `no_log`: of what sort it is, and where in our code, but not its words."""


def hidden_bug(error):
    """The bug that is told in place of this one, with its traceback, which shows code and no values."""
    told = HiddenBug("%s; %s" % (type(error).__name__, HIDDEN))
    return told.with_traceback(error.__traceback__)


class Unknown(HostError):
    """Only known after an earlier change has really happened."""

    def __init__(self, resource, because):
        super().__init__("%s is known after apply" % (resource,), why=because)
        self.resource = resource


class Busy(HostError):
    """Another run holds this host."""


class Conflict(HostError):
    """Somebody changed the resource since."""


class JournalError(HostError):
    """The journal does not read as it was written."""


class ProtocolError(HostError):
    """A malformed message."""


class LostFrame(ProtocolError):
    """Nothing that follows can be told apart any more."""
