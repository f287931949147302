"""What sshd says of its whole configuration with a new file in it: sshd -t (sshd(8))."""

from hardener.host.sshd.copy import Copy, Unheard, can_be_asked


def check(candidate, parameters):
    """`parameters` are none; what sshd remarks without refusing the file is a note."""
    system, view = candidate.system, candidate.view
    if not can_be_asked(system):
        view.note("%s was not tried: there is no sshd here that we may ask" % candidate.path)
        return
    try:
        said = Copy(
            system, view, candidate.folder, {candidate.path: candidate.state.text()}
        ).complaints()
        for line in said:
            view.note("sshd says: %s" % line)
    except Unheard as unheard:
        view.note(unheard.what)
