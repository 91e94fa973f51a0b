# SPDX-License-Identifier: Apache-2.0
"""What `acl` accepts."""

import pytest

from plugins.acl.acl import Action
from plugins.acl.setup import setup
from resolver import names
from resolver.errors import ConfigurationError
from resolver.testing import set_up


def test_lines_become_rules() -> None:
    """Zones, types and networks; `*` and nothing at all mean any."""
    handler = set_up(
        setup,
        """acl example.org 10.0.0.0/8 {
            allow type A TYPE65280 net 192.0.2.0/24 2001:db8::1
            block type * net *
        }
        acl {
            drop
        }""",
        zones=["example.net"],
    )
    first, second, third = handler.policy.rules
    assert [names.to_text(zone) for zone in first.zones] == ["example.org.", "10.in-addr.arpa."]
    assert (first.action, first.qtypes) == (Action.ALLOW, {1, 65280})
    assert [str(net) for net in first.sources.networks] == ["192.0.2.0/24", "2001:db8::1/128"]
    assert (second.action, second.qtypes, second.sources) == (Action.BLOCK, None, None)
    assert [names.to_text(zone) for zone in third.zones] == ["example.net."]
    assert handler.policy.default is None


@pytest.mark.parametrize(
    "text, says",
    [
        pytest.param(
            "blck type A",
            "unexpected token \"blck\"; expect 'allow', 'block', 'filter' or 'drop'",
            id="no action",
        ),
        pytest.param("block A net ::/0", 'unexpected token "A"', id="a type without `type`"),
        pytest.param(
            "block type net ::/0", 'unexpected token "net"; expect legal QTYPE', id="no type"
        ),
        pytest.param(
            "block type ABC", 'unexpected token "ABC"; expect legal QTYPE', id="unknown type"
        ),
        pytest.param("block net", 'unexpected token "net"', id="no network"),
        pytest.param(
            "block net 192.168.0/16", 'illegal CIDR notation "192.168.0/16"', id="three octets"
        ),
        pytest.param(
            "block net 192.168.0.0/33", 'illegal CIDR notation "192.168.0.0/33"', id="33 bits"
        ),
    ],
)
def test_refused(text: str, says: str) -> None:
    """In CoreDNS's words, with the line's place."""
    with pytest.raises(ConfigurationError) as caught:
        set_up(setup, f"acl {{\n {text}\n}}")
    assert str(caught.value).startswith(f"Corefile:2 - Error during parsing: plugin/acl: {says}")
