"""An editor, as far as it matters: a client of yaml-language-server."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

SECONDS = 60.0


class Editor:
    """One running server; a file that is opened is known by its path."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._number = 0
        self._heard: Queue[dict[str, Any]] = Queue()
        self._told: dict[str, list[dict[str, Any]]] = {}
        threading.Thread(target=self._listen, daemon=True).start()
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self._say("initialized", {})
        wanted = {"validate": True, "hover": True, "completion": True}
        settings = {**wanted, "schemaStore": {"enable": False}}
        self._say("workspace/didChangeConfiguration", {"settings": {"yaml": settings}})

    def open(self, path: Path) -> list[str]:
        """Open a file; return what is underlined in it: the line, from 1, and what it says."""
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1}
        document["text"] = path.read_text("utf-8")
        self._say("textDocument/didOpen", {"textDocument": document})
        while path.as_uri() not in self._told:
            self._hear()
        found = self._told[path.as_uri()]
        return [f"{each['range']['start']['line'] + 1}: {each['message']}" for each in found]

    def complete(self, path: Path, line: int, column: int) -> list[str]:
        """Return the words that are offered at a place (both from 1)."""
        found = self.ask("textDocument/completion", at(path, line, column))
        return [each["label"] for each in (found or {}).get("items", ())]

    def hover(self, path: Path, line: int, column: int) -> str:
        """Return what is shown of the word at a place."""
        found = self.ask("textDocument/hover", at(path, line, column))
        return str(found["contents"]["value"]) if found else ""

    def ask(self, method: str, params: Any) -> Any:
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._hear()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message["error"]
                return message["result"]

    def _hear(self) -> dict[str, Any]:
        message = self._heard.get(timeout=SECONDS)
        if message.get("method") == "textDocument/publishDiagnostics":
            self._told[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            self._send({"id": message["id"], "result": None})
        return message

    def _say(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _listen(self) -> None:
        out = self._process.stdout
        assert out
        while header := out.readline():
            size = int(header.removeprefix(b"Content-Length:"))
            while out.readline().strip():
                pass
            self._heard.put(json.loads(out.read(size)))


def at(path: Path, line: int, column: int) -> dict[str, Any]:
    place = {"line": line - 1, "character": column - 1}
    return {"textDocument": {"uri": path.as_uri()}, "position": place}


@contextmanager
def editor(server: str) -> Iterator[Editor]:
    command = [server, "--stdio"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Editor(process)
        finally:
            process.kill()
