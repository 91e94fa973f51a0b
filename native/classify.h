/* SPDX-License-Identifier: Apache-2.0 */
/* What a response says: resolver/classify.py, for images; see classify.c. Any thread. */
#ifndef RN_CLASSIFY_H
#define RN_CLASSIFY_H

#include "image.h"

/* resolver.classify.Kind */
enum rn_kind {
    RN_NO_ERROR,
    RN_NO_DATA,
    RN_NAME_ERROR,
    RN_DELEGATION,
    RN_SERVER_ERROR,
    RN_META,
    RN_OTHER_ERROR
};

/* resolver.classify.Class */
enum rn_class { RN_SUCCESS, RN_DENIAL, RN_ERROR };

/* Return what an image says. is_do: one whose signatures have ended at wall_s (seconds since 1970)
 * is RN_OTHER_ERROR. */
enum rn_kind rn_kind_of(const struct rn_image *image, bool is_do, int64_t wall_s);

/* The class of a kind, and of an image (response_class without DO). */
enum rn_class rn_class_of_kind(enum rn_kind kind);
enum rn_class rn_class_of(const struct rn_image *image);

/* Set how many seconds the first of the signatures to end has left (negative: it has ended); false
 * if there is none. */
bool rn_signatures_left_s(const struct rn_image *image, int64_t wall_s, int64_t *left_s);

/* Whether the answer section leads from the QNAME to a record of the QTYPE. */
bool rn_is_answered(const struct rn_image *image);

/* Whether a section has a record of a type. */
bool rn_image_has(const struct rn_image *image, int section, unsigned type);

/* The question's type; 0 if the image has no question that can be read. */
unsigned rn_image_qtype(const struct rn_image *image);

#endif
