"""A link that is cut at its Nth frame, counted over both directions: `relay.py N HALF COUNT PYTHON ARGUMENTS…`.

Stands for `python` of a host in an inventory, so it knows nothing but the frames. HALF is 1 where the
first half of that frame still arrives. In COUNT it leaves how many there were; 0 cuts none.
"""

import os
import struct
import subprocess
import sys
import threading

TURN = threading.Lock()


class Link:
    def __init__(self, at: int, half: bool, count: str) -> None:
        self.at, self.half, self.count = at, half, count
        self.seen = 0

    def carry(self, frame: bytes, target: int) -> None:
        with TURN:
            self.seen += 1
            with open(self.count, "w") as file:
                file.write(str(self.seen))
            if self.seen == self.at:
                os.write(target, frame[: len(frame) // 2] if self.half else b"")
                os._exit(1)
        while frame:
            frame = frame[os.write(target, frame) :]

    def pump(self, source, target: int) -> None:
        """Carry frames until one side has ended; then the other is told."""
        try:
            while head := source.read(4):
                (length,) = struct.unpack(">I", head)
                self.carry(head + source.read(length), target)
        except (BrokenPipeError, struct.error):
            pass
        os.close(target)


def main() -> None:
    at, half, count, *command = sys.argv[1:]
    link = Link(int(at), half == "1", count)
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert child.stdin and child.stdout
    there = threading.Thread(target=link.pump, args=(sys.stdin.buffer, child.stdin.fileno()))
    there.daemon = True
    there.start()
    link.carry(child.stdout.readline(), 1)  # it says hello on a line, all else is frames
    link.pump(child.stdout, 1)
    os._exit(child.wait())


if __name__ == "__main__":
    main()
