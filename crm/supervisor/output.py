"""Gathers what the children write and passes it on, each line under its author's name."""

import json
import os
import sys
import threading
from typing import BinaryIO


class Output:
    """A pipe for each child, read by a thread of its own until the child closes it."""

    def __init__(self, log_format: str) -> None:
        self._as_json = log_format == "json"
        self._turn = threading.Lock()

    def open(self, name: str) -> BinaryIO:
        """Open a pipe for a child's output; close it here once the child has it."""
        reader, writer = os.pipe()
        source = os.fdopen(reader, "rb")
        threading.Thread(target=self._pass_on, args=(name, source), daemon=True).start()
        return os.fdopen(writer, "wb", buffering=0)

    def write(self, name: str, line: str) -> None:
        """Write one line of `name` to stderr."""
        if not self._as_json:
            line = f"{name:<10}| {line}"
        elif not line.startswith("{"):
            line = json.dumps({"process": name, "event": line}, ensure_ascii=False)
        with self._turn:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    def _pass_on(self, name: str, source: BinaryIO) -> None:
        with source:
            for line in source:
                self.write(name, line.decode("utf-8", errors="replace").rstrip())
