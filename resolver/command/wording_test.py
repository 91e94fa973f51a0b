# SPDX-License-Identifier: Apache-2.0
"""Tests of claims in words."""

import pytest

from resolver import names
from resolver.claims import EVERYTHING, NOTHING, Claim, Claims
from resolver.command.wording import claims_in_words
from resolver.request import Transport


def zones(*texts: str) -> frozenset[bytes]:
    return frozenset(names.from_text(text) for text in texts)


@pytest.mark.parametrize(
    ("claims", "want"),
    [
        (NOTHING, "claims nothing"),
        (EVERYTHING, "claims everything"),
        ((Claim(qtypes={255}), Claim()), "claims everything"),
        ((Claim(qtypes={255}),), "claims type ANY"),
        ((Claim(qclasses={3}),), "claims class CH"),
        ((Claim(edns_options={3}),), "claims with EDNS option 3"),
        ((Claim(first_labels={b"localhost"}),), "claims first label localhost"),
        ((Claim(transports={Transport.DOT}),), "claims over tls"),
        ((Claim(zones=zones("b.", "a.")),), "claims at or below a. or b."),
        ((Claim(names=zones("a.")),), "claims name a."),
        ((Claim(names=zones(*"abcdef")),), "claims one of 6 names"),
        ((Claim(names=frozenset()),), "claims name (none)"),
        (
            (Claim(zones=zones("a."), qtypes={28, 1}), Claim(qtypes={16})),
            "claims at or below a., type A or AAAA; or type TXT",
        ),
    ],
)
def test_claims_in_words(claims: Claims, want: str) -> None:
    """All conditions of a claim, and its alternatives."""
    assert claims_in_words(claims) == want
