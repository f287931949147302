"""Which resources are secret: those that a secret step or want asks for, or wrote in a run that is kept.

A difference shows the lines around it, so no other step may show one of such a resource either.
After a rollback too: what was there before it may have been the older password.
"""

SECRET = b'"secret": true'


class Secrecy:
    """What is known of it in this process, and on this host."""

    def __init__(self, store):
        self._store = store
        self._wanted = set()
        self._written = None
        self._made = {}

    def note(self, call, want):
        """Remember what a secret step (`no_log`) wants, although it may be there already."""
        if call.get("no_log") or want.secret:
            self._wanted.add(str(want.resource))

    def make(self, name, alphabet, length):
        """Return random text; the same for one name as long as this process lives.

        So a run writes what its preview foretold; it is kept nowhere but where it is written.
        """
        if name not in self._made:
            import secrets

            self._made[name] = "".join(secrets.choice(alphabet) for _ in range(length))
        return self._made[name]

    def holds(self, resource):
        """Is the resource secret? Asked only of what is to be shown or written: this may read journals."""
        try:
            return str(resource) in self._wanted or str(resource) in self._remembered()
        except PermissionError:
            return True  # whoever may not read what was written may not see any of it

    def _remembered(self):
        if self._written is None:
            self._written = set().union(*map(self._of, self._store.begun()))
        return self._written

    def _of(self, run):
        journal = self._store.journal(run)
        records = journal.survey()[0] if journal.mentions(SECRET) else []
        return {r["resource"] for r in records if r["is"] == "change" and r["secret"]}
