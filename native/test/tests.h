/* SPDX-License-Identifier: Apache-2.0 */
/* The groups of tests, each in the file of its name. */
#ifndef RN_TEST_TESTS_H
#define RN_TEST_TESTS_H

void probe_tests(void); /* first: they fork, which no thread may have been started before */
void ecdsa_tests(void);
void name_tests(void);
void asked_tests(void);
void render_tests(void);
void ring_tests(void);
void outbox_tests(void);
void counts_tests(void);
void events_tests(void);
void lines_tests(void);
void table_tests(void);
void store_tests(void);
void sieve_tests(void);
void plan_tests(void);
void normal_tests(void);
void verdict_tests(void);
void keeping_tests(void);
void log_tests(void);
void answer_tests(void);
void group_tests(void);
void end_tests(void);
void turns_tests(void);
void waiting_tests(void);
void diverted_tests(void);
void flight_tests(void);
void party_tests(void);
void flight_load_tests(void);
void doors_tests(void);
void lane_tests(void);
void lane_doors_tests(void);
void load_tests(void);

#endif
