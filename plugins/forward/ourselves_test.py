# SPDX-License-Identifier: Apache-2.0
"""When an upstream is this server block itself."""

import pytest

from plugins.forward.ourselves import is_ourselves, local_addresses
from plugins.forward.settings import Target
from resolver import names
from resolver.block import Block, Key
from resolver.request import Endpoint

LOCAL = frozenset({"192.0.2.10", "127.0.0.1"})


@pytest.mark.parametrize(
    "listen, to, is_tls, want",
    [
        pytest.param((), "127.0.0.1", False, True, id="loopback, on all addresses"),
        pytest.param((), "127.0.0.53", False, True, id="any loopback"),
        pytest.param((), "192.0.2.10", False, True, id="an address of this machine"),
        pytest.param((), "192.0.2.11", False, False, id="an address of another"),
        pytest.param(("127.0.0.1",), "127.0.0.1", False, True, id="the address of `bind`"),
        pytest.param(
            ("127.0.0.1",), "127.0.0.53", False, False, id="another address than `bind`'s"
        ),
        pytest.param(("0.0.0.0",), "192.0.2.10", False, True, id="`bind` to all"),
        pytest.param(("127.0.0.1",), "127.0.0.1", True, False, id="TLS where there is none"),
    ],
)
def test_addresses(listen: tuple[str, ...], to: str, is_tls: bool, want: bool) -> None:
    """Where the block listens, by address and by what it speaks."""
    block = Block((Key("dns", names.ROOT, 53),), {}, listen=listen)
    assert is_ourselves(Target(Endpoint(to, 53), is_tls), block, LOCAL) is want


def test_another_port_is_another_server() -> None:
    """Maybe another block of this process, which is no circle."""
    block = Block((Key("dns", names.ROOT, 53),), {})
    assert not is_ourselves(Target(Endpoint("127.0.0.1", 54)), block, LOCAL)


def test_the_machine_has_a_loopback_address() -> None:
    """Its interfaces are asked."""
    assert "127.0.0.1" in local_addresses()
