"""Whether nft takes a file as it is: nft -c -f (nft(8)). The kernel is asked, nothing is loaded."""

from hardener.host.errors import Refused


def check(candidate, parameters):
    """`parameters` are none; in a tree that is not booted there is no kernel to ask."""
    system, view = candidate.system, candidate.view
    if not (view.live and system.can_run("nft")):
        view.note("%s was not tried: there is no nft here that we may ask" % candidate.path)
        return
    ran = system.run(["nft", "-c", "-f", candidate.staged], changes=False)
    if not ran.ok:
        why = ran.why().replace(candidate.staged, candidate.path)
        raise Refused("nft refuses the new %s" % candidate.path, why=why)
