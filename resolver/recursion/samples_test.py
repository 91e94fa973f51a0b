# SPDX-License-Identifier: Apache-2.0
"""What the tests of configurations and anchors share: samples made from a few words."""

from dataclasses import replace
from pathlib import Path

from resolver import names
from resolver.recursion import anchors, defaults
from resolver.recursion.configuration import Rendered, render
from resolver.recursion.defaults import Environment
from resolver.recursion.settings import (
    AnchorSource,
    File,
    Option,
    RecursionSettings,
    Servers,
    Where,
    Zone,
)
from resolver.request import Endpoint

OLD, NEW = anchors.shipped()
ANCHOR = ". 172800 IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"
ENVIRONMENT = Environment(1024, known=frozenset(defaults.OPTIONAL), anchors=(ANCHOR,))


def at(line: int) -> Where:
    return Where("Corefile", line)


def rendered(
    *lines: str, environment: Environment = ENVIRONMENT, folder: Path = Path("/")
) -> Rendered:
    """Render properties as a Corefile has them; the first stands on line 2."""
    found = RecursionSettings(at(1))
    for number, line in enumerate(lines, 2):
        word, *words = line.split()
        file = File(folder / words[0], at(number))
        if word == "option":
            option = Option(words[0], " ".join(words[1:]), at(number))
            found = replace(found, options=(*found.options, option))
        elif word in ("stub", "forward"):
            hosts = [host.rpartition("@") for host in words[1:]]
            ends = tuple(Endpoint(host, int(port)) for host, _, port in hosts)
            servers = Servers(names.from_text(words[0]), ends, at(number))
            if word == "stub":
                found = replace(found, stubs=(*found.stubs, servers))
            else:
                found = replace(found, forwards=(*found.forwards, servers))
        elif word == "trust_anchor":
            found = replace(found, trust_anchor=AnchorSource.FILE, trust_anchor_file=file)
        elif word == "config":
            found = replace(found, config=(*found.config, file))
        elif word == "insecure":
            zone = Zone(names.from_text(words[0]), at(number))
            found = replace(found, insecure=(*found.insecure, zone))
        else:
            found = replace(found, root_hints=(*found.root_hints, file))
    return render(found, environment)


def statements(result: Rendered, keyword: str) -> list[str]:
    lines = (line.strip() for line in result.text.decode().splitlines())
    return [line.partition(": ")[2] for line in lines if line.startswith(f"{keyword}: ")]


def state(*lines: tuple[str, int], seen: int = 1000) -> bytes:
    """Return an anchor file as libunbound writes it."""
    head = f"; autotrust trust anchor file\n;;id: . 1\n;;last_success: {seen} ;;Thu\n"
    body = (
        f"{key.replace(' 172800 IN ', '	172800	IN	')} ;{{id = 1 (ksk), size = 2048b}} "
        f";;state={number} [ X ] ;;count=0 ;;lastchange=1 ;;Thu\n"
        for key, number in lines
    )
    return (head + "".join(body)).encode()
