# SPDX-License-Identifier: Apache-2.0
"""The C functions by which lanes tell of queries, compiled as a module for tests that feed them."""

from tests.native.internals import Internals, build_more

_HEADERS = ("asked.h", "arrival.h", "image.h", "render.h", "served.h")
_DECLARATIONS = """
    struct rn_plan { struct rn_ledger *ledger; ...; };
    struct rn_block {
        bool wants_events;
        bool wants_failures;
        uint8_t event_classes;
        struct rn_manner manner;
        ...;
    };
    struct rn_recursed {
        uint8_t as;
        uint8_t cap;
        bool is_coalesced;
        bool is_secure;
        bool is_bogus;
        uint16_t rcode;
        int64_t duration_ns;
    };
    struct rn_ledger *rn_ledger_keep(struct rn_ledger *ledger);
    void rn_ledger_end(struct rn_ledger *ledger);
    void rn_counts_add(struct rn_counts *counts, const struct rn_served *served);
    void rn_counts_tally(struct rn_counts *counts, const struct rn_plan *plan, uint16_t listener,
                         int tally, uint64_t amount);
    void rn_counts_recursed(struct rn_counts *counts, const struct rn_plan *plan,
                            uint16_t listener, const struct rn_recursed *recursed);
    void rn_events_tell(struct rn_events *events, const struct rn_block *block,
                        const struct rn_served *served, const struct rn_image *image,
                        int64_t wall_s);
"""
_INCLUDES = ("counts.h", "events.h")


def build(internals: Internals) -> Internals:
    """Compile the module beside another one."""
    return build_more(internals.archive, "told", _HEADERS, _DECLARATIONS, _INCLUDES)
