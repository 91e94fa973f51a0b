/* SPDX-License-Identifier: Apache-2.0 */
/* Which questions are claimed, and what acl says of them: resolver/claims.py, plugins/acl/acl.py.
 */
#include "plan.h"
#include "served.h"

#include <string.h>

static bool has_option(const struct rn_claim *claim, const struct rn_asked *asked)
{
    for (unsigned i = 0; i < asked->option_count; i++)
        if (rn_is_among(claim->edns_options, claim->edns_option_count, asked->options[i]))
            return true;
    return false;
}

static bool matches(const struct rn_claim *claim, const struct rn_arrival *arrival)
{
    const struct rn_asked *asked = &arrival->asked;
    if (!(claim->transports >> arrival->transport & 1))
        return false;
    if (claim->qtypes && !rn_is_among(claim->qtypes, claim->qtype_count, asked->qtype))
        return false;
    if (claim->qclasses && !rn_is_among(claim->qclasses, claim->qclass_count, asked->qclass))
        return false;
    if (claim->edns_options && !has_option(claim, asked))
        return false;
    if (claim->first_labels && !rn_names_contain_label(claim->first_labels, asked->qname))
        return false;
    if (claim->zones && !rn_zones_contain(claim->zones, asked->qname, asked->qname_length))
        return false;
    return !claim->names || rn_names_contain(claim->names, asked->qname, asked->qname_length);
}

bool rn_claims_match(const struct rn_claims *claims, const struct rn_arrival *arrival)
{
    for (size_t i = 0; i < claims->count; i++)
        if (matches(&claims->claims[i], arrival))
            return true;
    return false;
}

/* Return the longest of a rule's zones that the name is at or below, NULL: none. */
static const struct rn_rule_zone *zone_of(const struct rn_rule *rule, const struct rn_asked *asked)
{
    const struct rn_rule_zone *found = NULL;
    for (size_t i = 0; i < rule->zone_count; i++) {
        const struct rn_rule_zone *zone = &rule->zones[i];
        if ((!found || zone->length > found->length) &&
            rn_name_is_below(asked->qname, asked->qname_length, zone->name, zone->length))
            found = zone;
    }
    return found;
}

unsigned rn_acl_decide(const struct rn_acl *acl, const struct rn_arrival *arrival, uint16_t *zone)
{
    *zone = UINT16_MAX;
    for (size_t i = 0; i < acl->count; i++) {
        const struct rn_rule *rule = &acl->rules[i];
        const struct rn_rule_zone *found = zone_of(rule, &arrival->asked);
        if (!found)
            continue;
        if (rule->qtypes && !rn_is_among(rule->qtypes, rule->qtype_count, arrival->asked.qtype))
            continue;
        if (rule->sources && !rn_sources_contain(rule->sources, &arrival->client))
            continue;
        *zone = found->number;
        return rule->access;
    }
    if (acl->standard && !rn_sources_contain(acl->standard, &arrival->client))
        return RN_PROHIBITED;
    return RN_ALLOWED;
}
