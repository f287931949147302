"""Relay a TCP port with a delay each way: `python relay.py ADDRESS:PORT SECONDS`.

Prints the local port it listens on. The kernel's own way (tc netem) is not in every kernel. Only
the delay is made: bytes keep their order and are not held back, so throughput stays as it is.
"""

import asyncio
import sys


async def delay(source: asyncio.StreamReader, target: asyncio.StreamWriter, seconds: float) -> None:
    """Pass bytes on, each `seconds` after it came."""
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(due - loop.time())
            if not data:
                break
            target.write(data)
            await target.drain()
        target.write_eof()

    delivery = asyncio.create_task(deliver())
    data = b"?"
    while data:
        data = await source.read(65536)
        under_way.put_nowait((loop.time() + seconds, data))
    await delivery


async def serve(host: str, port: int, seconds: float) -> None:
    """Relay each connection to the host."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The handshake's round trip: no byte of it passes through here.
        await asyncio.sleep(2 * seconds)
        try:
            far_reader, far_writer = await asyncio.open_connection(host, port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(
            delay(reader, far_writer, seconds),
            delay(far_reader, writer, seconds),
            return_exceptions=True,
        )
        for side in (writer, far_writer):
            side.close()

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    address, _, number = sys.argv[1].rpartition(":")
    asyncio.run(serve(address, int(number), float(sys.argv[2])))
