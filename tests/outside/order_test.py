# SPDX-License-Identifier: Apache-2.0
"""Where plugins of other packages stand in the chain."""

import pytest

from tests.outside.site import COREFILE, OURS, Run, Site, chain_of


@pytest.mark.parametrize(
    ("more", "want"),
    [
        pytest.param("", "bind errors acl cache greet unbound", id="before forward"),
        pytest.param("before = 'cache'", "bind errors acl greet cache unbound", id="before"),
        pytest.param("after = 'errors'", "bind errors greet acl cache unbound", id="after"),
        pytest.param("after = 'whoami'", "bind errors acl cache unbound greet", id="last"),
        pytest.param("before = 'kubernetes'", "bind errors acl cache greet unbound", id="not here"),
    ],
)
def test_where_it_stands(run: Run, site: Site, more: str, want: str) -> None:
    """Right before or after whom it names, be that in this build or not, else before `forward`."""
    site.add("greet", more=more)
    status, out, error = run("chain", "Corefile").end()
    assert (status, error) == (0, "")
    assert chain_of(out) == want


def test_the_chain_tells_what_it_costs(run: Run, site: Site) -> None:
    """A plugin that says nothing claims everything, and `rootward chain` says so."""
    site.add("greet", more="before = 'cache'")
    out = run("chain", "Corefile").end()[1]
    assert "    greet    claims everything\n" in out
    assert "  every question runs the chain: greet claims it, ahead of the cache\n" in out


def test_two_that_name_each_other_in_line(run: Run, site: Site) -> None:
    """One may stand beside another one from outside."""
    site.add("other", more="after = 'errors'")
    site.add("greet", more="before = 'other'")
    corefile = COREFILE.replace("greet hello", "greet hello\n    other hello")
    out = run("chain", "Corefile", corefile=corefile).end()[1]
    assert chain_of(out) == "bind errors greet other acl cache unbound"


@pytest.mark.parametrize(
    "point",
    [
        "greet = rootward_greet",
        "greet = rootward_greet.setup",
        "greet = rootward_greet.setup:setup",
        "greet=rootward_greet.setup : setup",
    ],
)
def test_how_an_entry_point_may_be_written(run: Run, site: Site, point: str) -> None:
    """The package, its module `setup`, or the function in a module."""
    site.add("greet", point=point)
    status, out, error = run("-plugins").end()
    assert (status, error) == (0, "")
    assert out.split() == sorted([*OURS, "greet"])


def test_a_name_that_the_list_has_and_this_build_has_not(run: Run, site: Site) -> None:
    """A package may bring `tsig`: it stands where the list says."""
    site.add("tsig", more="after = 'cache'")
    corefile = COREFILE.replace("greet", "tsig")
    status, out, error = run("chain", "Corefile", corefile=corefile).end()
    assert (status, error) == (0, "")
    assert chain_of(out) == "bind errors tsig acl cache unbound"
