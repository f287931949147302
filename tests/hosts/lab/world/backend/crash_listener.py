"""Says on stderr which program went down (supervisor's event protocol on stdin and stdout)."""

import sys

while True:
    sys.stdout.write("READY\n")
    sys.stdout.flush()
    header = dict(pair.split(":") for pair in sys.stdin.readline().split())
    sys.stderr.write(sys.stdin.read(int(header["len"])) + "\n")
    sys.stderr.flush()
    sys.stdout.write("RESULT 2\nOK")
    sys.stdout.flush()
