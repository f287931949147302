"""Children that a program leaves behind when it is stopped.

supervisor makes each program the leader of a process group (setpgrp in its process.py), and the
kernel gives that number to nobody else while the group has a member.

Which process that was, the supervisord says: so it is told to end as the user who that is, who
could have done so anyway.
"""

from hardener.host.door import processes
from hardener.host.errors import StepError

SIGKILL = 9
SPARE = 10  # seconds in which the kernel ends what was killed


def end(system, leader, number, patience, user):
    """Stop what is left of the group of a program that has ended; kill it after `patience` seconds.

    `user` is the uid that the supervisord runs as.
    """
    if leader <= 1:  # kill(2): 1 would stand for every process that there is
        raise StepError("supervisord names process %d as a program of its own" % leader)
    if ended(system, leader, number, patience, user):
        return
    if ended(system, leader, SIGKILL, SPARE, user):
        return
    raise StepError("children of process %d do not end" % leader)


def ended(system, leader, number, patience, user):
    """Send a signal, and tell whether all were gone within so many seconds."""
    deadline = system.clock() + patience
    if left(system, leader):
        system.signal_group(leader, number, user)
    while left(system, leader) and system.clock() < deadline:
        system.sleep(0.1)
    return not left(system, leader)


def left(system, leader):
    return any(process.group == leader for process in processes.running(system))
