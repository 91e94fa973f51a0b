# SPDX-License-Identifier: Apache-2.0
"""What `whoami` answers."""

import pytest

from plugins.whoami.whoami import Whoami
from resolver.request import Endpoint, Transport
from resolver.testing import Case, RecordingWriter, request, serve


@pytest.mark.parametrize(
    "client, transport, additional",
    [
        pytest.param(
            Endpoint("192.0.2.7", 4000),
            Transport.DO53_UDP,
            ["example.org. 0 IN A 192.0.2.7", "_udp.example.org. 0 IN SRV 0 0 4000 ."],
            id="IPv4 by UDP",
        ),
        pytest.param(
            Endpoint("2001:db8::7", 4000),
            Transport.DO53_TCP,
            ["example.org. 0 IN AAAA 2001:db8::7", "_tcp.example.org. 0 IN SRV 0 0 4000 ."],
            id="IPv6 by TCP",
        ),
        pytest.param(
            Endpoint("fe80::7%eth0", 4000),
            Transport.DO53_UDP,
            ["example.org. 0 IN AAAA fe80::7", "_udp.example.org. 0 IN SRV 0 0 4000 ."],
            id="a link-local client, its scope left out",
        ),
    ],
)
def test_a_client_learns_its_own_end(
    client: Endpoint, transport: Transport, additional: list[str]
) -> None:
    """Authoritative, nothing in the answer section."""
    writer = RecordingWriter(client=client, transport=transport)
    assert serve(Whoami(), writer, request("example.org. A")) == 0
    Case("example.org. A", additional=additional, aa=True).check(writer.response)
    assert writer.response.plugin == "whoami"


def test_a_name_too_long_for_another_label_has_no_srv() -> None:
    """RFC 1035, 2.3.4: 255 octets."""
    name = ".".join(["x" * 62] * 4) + "."
    writer = RecordingWriter()
    serve(Whoami(), writer, request(f"{name} A"))
    Case(f"{name} A", additional=[f"{name} 0 IN A 10.240.0.1"], aa=True).check(writer.response)
