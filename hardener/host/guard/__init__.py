"""The host's own timer, which undoes a run that could lock somebody out unless a fresh login confirms it.

    armed → the play's changes → unconfirmed (until a deadline) → applied
                                                                → rolled back

All states are read from the run's journal (state.py); whoever holds the host's lock
writes them. The guard is a unit of systemd (unit.py) and a process (watch.py): it needs
no controller, no network and no session, it outlives a kill, and after a reboot it undoes
the run before the network is up. It is armed before the first change, or there is none.
"""
