# SPDX-License-Identifier: Apache-2.0
"""Plugins of other packages for tests, installed in a folder by hand.

site = Site(folder)
site.add("greet", setup="before = 'cache'")
run([...], env={**os.environ, "PYTHONPATH": site.path})
"""

import os
from collections.abc import Callable
from pathlib import Path

from tests.command.running import ROOT, Command

OURS = sorted(path.parent.name for path in (ROOT / "plugins").glob("*/setup.py"))
COREFILE = """\
.:0 {
    bind 127.0.0.1
    errors
    cache
    greet hello
    unbound
}
"""
SMALL = ".:0 {\n    bind 127.0.0.1\n    errors\n    greet hello\n    whoami\n}\n"

Run = Callable[..., Command]

PLUGIN = '''\
"""Greet: answers TXT questions."""

import dns.rcode

from resolver import wire
from resolver.plugin import Plugin
from resolver.request import Request
from resolver.response import Response
from resolver.types import Rcode, ResponseWriter
from resolver.wire import Record

TXT = 16


class Greet(Plugin):
    """Answers TXT with a text; all else is the next plugin's."""

    name = "greet"

    def __init__(self, text: bytes) -> None:
        self._text = text

    async def serve_dns(self, writer: ResponseWriter, request: Request) -> Rcode:
        if request.qtype != TXT:
            return await self.call_next(writer, request)
        rdata = bytes([len(self._text)]) + self._text
        record = Record(wire.ANSWER, request.qname, TXT, request.qclass, 60, rdata)
        writer.write(
            Response.from_records(request.qname, TXT, [record], plugin=self.name)
        )
        return dns.rcode.NOERROR
'''

SETUP = '''\
"""Set-up of greet."""

from {package}.greet import Greet
from resolver.corefile.controller import Controller

{more}


def setup(controller: Controller) -> None:
    """Add a Greet."""
    controller.add_plugin(Greet(controller.once().only_arg().encode()))
'''


class Site:
    """A folder that packages are installed in; `path` is a PYTHONPATH with it and the checkout."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.path = f"{ROOT}{os.pathsep}{folder}"

    def add(
        self,
        name: str,
        *,
        more: str = "",
        setup: str | None = None,
        package: str = "",
        point: str = "",
    ) -> None:
        """Install a package with a plugin, by default one that works and is called like it.

        more: lines of its module `setup`; `setup` is the whole module. point: the entry point.
        """
        package = package or f"rootward_{name}"
        self._write(self.folder / package, more, setup)
        info = self.folder / f"{package}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
        entry = point or f"{name} = {package}"
        (info / "entry_points.txt").write_text(f"[rootward.plugins]\n{entry}\n")

    def _write(self, folder: Path, more: str, setup: str | None) -> None:
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        name = folder.name.removeprefix("rootward_")
        (folder / "greet.py").write_text(PLUGIN.replace('name = "greet"', f'name = "{name}"'))
        text = SETUP.format(package=folder.name, more=more) if setup is None else setup
        (folder / "setup.py").write_text(text)


def chain_of(out: str) -> str:
    """Return the plugins that `rootward chain` shows."""
    return " ".join(line.split()[0] for line in out.splitlines() if line.startswith("    "))
