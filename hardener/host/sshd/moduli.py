"""The primes for diffie-hellman-group-exchange: the short ones are taken out (moduli(5))."""

from hardener.host.errors import StepError
from hardener.host.kinds.file import File
from hardener.host.resource import Want
from hardener.host.sshd.order import FOLDER
from hardener.host.text.newlines import split

PATH = FOLDER + "/moduli"
SIZE = 4  # its field: bits, less one


def want(bits, view):
    """Want a file without primes of fewer bits."""
    file = File(view.resolve(PATH))
    now = view.read(file)
    lines = split(now.text())
    kept = [line for line in lines if not short(line, bits)]
    if now.exists and not any(map(is_prime, kept)):
        raise StepError(
            "%s has no prime of %d bits or more" % (PATH, bits),
            hint="leave out `moduli`, and diffie-hellman-group-exchange-* of KexAlgorithms",
        )
    return Want(file, now.with_text("".join(kept)) if now.exists else now)


def is_prime(line):
    fields = line.split()
    return len(fields) >= 7 and line[:1] != "#" and fields[SIZE].isdigit()


def short(line, bits):
    return is_prime(line) and int(line.split()[SIZE]) < bits - 1
