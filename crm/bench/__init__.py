"""Measures the product against floors of its own, in one run on servers of its own.

A floor does the same work with nothing around it, so a ratio to it holds on any machine.
"""

from collections.abc import Callable, Mapping

from flask import Flask

# Serves an application the way `crm web` does, until SIGTERM.
Serve = Callable[[Callable[[], Flask]], None]

# One row a bench: its name and where it is defined.
BENCHES: Mapping[str, str] = {
    "intake": "crm.bench.intake:measure",
    "segments": "crm.bench.segments:measure",
    "import": "crm.bench.imports:measure",
}
