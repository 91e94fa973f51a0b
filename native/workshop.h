/* SPDX-License-Identifier: Apache-2.0 */
/* What a workshop has, for those who make images in it: normal.c, variant.c. */
#ifndef RN_WORKSHOP_H
#define RN_WORKSHOP_H

#include "compose.h"
#include "normal.h"
#include "rrsets.h"

enum { RN_EDE_TEXT_MAX = 256, RN_EDE_HEAD = 6 /* option code, length, INFO-CODE */ };

struct rn_workshop {
    struct rn_labels labels;
    struct rn_rrsets rrsets;
    struct rn_place places[RN_PLACES_MAX];
    uint16_t rrset_of[RN_PLACES_MAX]; /* of each place */
    uint8_t ede[RN_EDE_HEAD + RN_EDE_TEXT_MAX];
    uint8_t out[RN_COMPOSED_ROOM];
};

#endif
