/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing of records in the form that images are kept in: resolver/compose.py, octet by octet.
 *
 * Names are compressed (RFC 1035, 4.1.4), but no pointer targets an address, MX or RRSIG record,
 * since these are moved when an answer is shuffled. Senders may have compressed names in the RDATA
 * of more types than we may (RFC 3597, 4): those of RFC 1035 are compressed anew, the others
 * written whole. Nothing is kept.
 */
#include "compose.h"

#include "image.h"

enum { FIXED = 10, RDLENGTH = 8, TTL = 4 };

/* Where names stand in RDATA; what comes behind them is taken as it is. */
struct layout {
    uint8_t skipped; /* octets in front */
    uint8_t strings; /* character-strings behind these */
    uint8_t names;   /* behind these */
    bool is_compressed;
};

/* What resolver/wire.py and compose.py have a table for; false: RDATA without names. */
static bool layout_of(unsigned type, struct layout *layout)
{
    switch (type) {
    case 2:  /* NS */
    case 3:  /* MD */
    case 4:  /* MF */
    case 5:  /* CNAME */
    case 7:  /* MB */
    case 8:  /* MG */
    case 9:  /* MR */
    case 12: /* PTR */
        *layout = (struct layout){0, 0, 1, true};
        return true;
    case 6:  /* SOA */
    case 14: /* MINFO */
        *layout = (struct layout){0, 0, 2, true};
        return true;
    case 15: /* MX */
        *layout = (struct layout){2, 0, 1, true};
        return true;
    case 17: /* RP */
        *layout = (struct layout){0, 0, 2, false};
        return true;
    case 18: /* AFSDB */
    case 21: /* RT */
    case 36: /* KX */
        *layout = (struct layout){2, 0, 1, false};
        return true;
    case 24: /* SIG */
        *layout = (struct layout){18, 0, 1, false};
        return true;
    case 26: /* PX */
        *layout = (struct layout){2, 0, 2, false};
        return true;
    case 30: /* NXT */
    case 39: /* DNAME */
        *layout = (struct layout){0, 0, 1, false};
        return true;
    case 33: /* SRV */
        *layout = (struct layout){6, 0, 1, false};
        return true;
    case 35: /* NAPTR */
        *layout = (struct layout){4, 3, 1, false};
        return true;
    default:
        return false;
    }
}

static bool is_movable(unsigned type)
{
    return type == 1 || type == 15 || type == 28 || type == 46; /* A, MX, AAAA, RRSIG */
}

/* Copy octets of the message to *to; false: they do not fit. */
static bool put(const struct rn_labels *labels, size_t at, size_t count, uint8_t *out, size_t *to)
{
    if (*to + count > RN_COMPOSED_MAX)
        return false;
    memcpy(out + *to, labels->octets + at, count);
    *to += count;
    return true;
}

static bool put_rdata(struct rn_labels *labels, const struct rn_raw *raw, uint8_t *out, size_t *to)
{
    size_t at = raw->fixed + FIXED, start = at;
    struct layout layout;
    if (at == raw->end || !layout_of(raw->type, &layout))
        return put(labels, at, raw->end - at, out, to);
    at += layout.skipped;
    for (; layout.strings > 0; layout.strings--)
        at += at < raw->end ? 1u + labels->octets[at] : 1u;
    if (at > raw->end || !put(labels, start, at - start, out, to))
        return false;
    for (; layout.names > 0; layout.names--) {
        uint16_t node;
        size_t end;
        if (!rn_labels_read(labels, at, &node, &end) || end > raw->end)
            return false;
        *to = layout.is_compressed ? rn_labels_write(labels, at, out, *to, !is_movable(raw->type))
                                   : rn_labels_write_whole(labels, at, out, *to);
        at = end;
    }
    return put(labels, at, raw->end - at, out, to);
}

bool rn_compose_record(struct rn_labels *labels, const struct rn_raw *raw, uint8_t *out, size_t *to,
                       size_t *ttl_offset)
{
    *to = rn_labels_write(labels, raw->owner, out, *to, !is_movable(raw->type));
    uint8_t *fixed = out + *to;
    memcpy(fixed, labels->octets + raw->fixed, RDLENGTH);
    *ttl_offset = *to + TTL;
    *to += FIXED;
    if (!put_rdata(labels, raw, out, to))
        return false;
    rn_put16(fixed + RDLENGTH, (unsigned)(out + *to - fixed - FIXED));
    return *to <= RN_COMPOSED_MAX;
}
