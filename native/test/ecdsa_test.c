/* SPDX-License-Identifier: Apache-2.0 */
/*
 * P-256 signatures as libunbound has them verified: the example of RFC 6605 (6.1), signatures that
 * are none, and a thousand of which OpenSSL and nettle have to say the same.
 */
#include "check.h"
#include "tests.h"

#include <dlfcn.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <openssl/err.h>
#include <pthread.h>
#include <string.h>

#define X "1a88c88615d437fbb8bf9e1942a1929f28562706ae6c2bd399e7b1bfb6d1e9e7"
#define Y "5b92b4aa42917ae1c61b701ef035c3fe7be3009cbafe5a2f71316c902dcf0d00"
#define R "ab1eb02d8aa687e97da0229337aa8873e6f0eb26be289f28333d183f5d3b7a95"
#define S "c0c869adfb748daee3c5286eed6682c12e5533186baced9c26c167a9ebae950b"
#define DIGEST "f3c3fc2bc93f926c16c726097de5bcafec49792d10effc432d4d03bc6aef54fe"
#define ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

static const struct {
    const char *name;
    const char *r, *s, *digest;
    int verified;
} cases[] = {
    {"the example of RFC 6605", R, S, DIGEST, 1},
    {"halves change places", S, R, DIGEST, 0},
    {"r is 0", "0", S, DIGEST, 0},
    {"s is 0", R, "0", DIGEST, 0},
    {"both are 0", "0", "0", DIGEST, 0},
    {"r is the order", ORDER, S, DIGEST, 0},
    {"s is the order", R, ORDER, DIGEST, 0},
    {"r has 257 bits", "1" R, S, DIGEST, 0},
    {"s has 400 bits", R, "ffffffffffffffffffffffffffffffffffff" S, DIGEST, 0},
    {"r is negative", "-" R, S, DIGEST, 0},
    {"another digest", R, S, X, 0},
    {"a digest of nothing", R, S, "", 0},
};

typedef int verify_function(const struct ecc_point *, size_t, const uint8_t *,
                            const struct dsa_signature *);

struct key {
    struct ecc_point point;
    struct ecc_scalar secret;
    struct dsa_signature signature;
};

/* Octets that look random, and are the same in each run; `context` is the state. */
static void octets_of(void *context, size_t length, uint8_t *octets)
{
    uint64_t *state = context;
    for (size_t i = 0; i < length; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        octets[i] = (uint8_t)(*state >> 56);
    }
}

static size_t octets_from(const char *text, uint8_t *octets)
{
    size_t length = strlen(text) / 2;
    for (size_t i = 0; i < length; i++) {
        unsigned octet;
        CHECK(sscanf(text + 2 * i, "%2x", &octet) == 1);
        octets[i] = (uint8_t)octet;
    }
    return length;
}

static void begin(struct key *key, const struct ecc_curve *curve)
{
    ecc_point_init(&key->point, curve);
    ecc_scalar_init(&key->secret, curve);
    dsa_signature_init(&key->signature);
}

static void end(struct key *key)
{
    dsa_signature_clear(&key->signature);
    ecc_scalar_clear(&key->secret);
    ecc_point_clear(&key->point);
}

static void set_example(struct ecc_point *point)
{
    mpz_t x, y;
    mpz_init_set_str(x, X, 16);
    mpz_init_set_str(y, Y, 16);
    CHECK(ecc_point_set(point, x, y));
    mpz_clear(x);
    mpz_clear(y);
}

static void table(void)
{
    struct key key;
    uint8_t digest[32];
    begin(&key, nettle_get_secp_256r1());
    set_example(&key.point);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mpz_set_str(key.signature.r, cases[i].r, 16);
        mpz_set_str(key.signature.s, cases[i].s, 16);
        size_t length = octets_from(cases[i].digest, digest);
        int verified = ecdsa_verify(&key.point, length, digest, &key.signature);
        if (verified != cases[i].verified)
            fprintf(stderr, "%s: %d\n", cases[i].name, verified);
        CHECK(verified == cases[i].verified);
        CHECK(ERR_peek_error() == 0);
    }
    end(&key);
}

/* Signatures of many keys, right ones and such with one bit changed: as nettle says. */
static void against_nettle(const struct ecc_curve *curve, size_t digest_length, int count)
{
    verify_function *verify = (verify_function *)dlsym(RTLD_NEXT, "nettle_ecdsa_verify");
    CHECK(verify && verify != nettle_ecdsa_verify);
    uint64_t state = 53;
    int right = 0;
    for (int i = 0; i < count; i++) {
        struct key key;
        uint8_t digest[64];
        begin(&key, curve);
        ecdsa_generate_keypair(&key.point, &key.secret, &state, octets_of);
        octets_of(&state, digest_length, digest);
        ecdsa_sign(&key.secret, &state, octets_of, digest_length, digest, &key.signature);
        size_t bit = (size_t)i / 4 % 128;
        if (i % 4 == 1)
            mpz_combit(key.signature.r, bit);
        if (i % 4 == 2)
            mpz_combit(key.signature.s, bit);
        if (i % 4 == 3)
            digest[bit / 8] ^= (uint8_t)(1u << bit % 8);
        int verified = ecdsa_verify(&key.point, digest_length, digest, &key.signature);
        CHECK(verified == verify(&key.point, digest_length, digest, &key.signature));
        CHECK(verified == (i % 4 == 0));
        right += verified;
        end(&key);
    }
    CHECK(right == (count + 3) / 4);
}

/* s and the order less s are both right (RFC 6090, 5.3: nothing forbids either). */
static void either_sign(void)
{
    struct key key;
    uint8_t digest[32];
    mpz_t order;
    mpz_init_set_str(order, ORDER, 16);
    begin(&key, nettle_get_secp_256r1());
    set_example(&key.point);
    mpz_set_str(key.signature.r, R, 16);
    mpz_set_str(key.signature.s, S, 16);
    mpz_sub(key.signature.s, order, key.signature.s);
    size_t length = octets_from(DIGEST, digest);
    CHECK(ecdsa_verify(&key.point, length, digest, &key.signature) == 1);
    mpz_add(key.signature.r, key.signature.r, order);
    CHECK(ecdsa_verify(&key.point, length, digest, &key.signature) == 0);
    mpz_clear(order);
    end(&key);
}

/* What OpenSSL had to tell its thread before is still there, and nothing of ours. */
static void errors_of_others(void)
{
    ERR_raise(ERR_LIB_USER, 7);
    unsigned long before = ERR_peek_last_error();
    struct key key;
    const uint8_t digest[32] = {1};
    begin(&key, nettle_get_secp_256r1());
    set_example(&key.point);
    mpz_set_str(key.signature.r, ORDER, 16);
    mpz_set_str(key.signature.s, S, 16);
    CHECK(ecdsa_verify(&key.point, sizeof digest, digest, &key.signature) == 0);
    CHECK(ERR_peek_last_error() == before);
    ERR_clear_error();
    end(&key);
}

static void *thread(void *unused)
{
    (void)unused;
    table();
    return NULL;
}

void ecdsa_tests(void)
{
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, thread, NULL) == 0);
    for (size_t i = 0; i < 4; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    table();
    either_sign();
    errors_of_others();
    against_nettle(nettle_get_secp_256r1(), 32, 1000);
    against_nettle(nettle_get_secp_256r1(), 20, 20);
    against_nettle(nettle_get_secp_256r1(), 48, 20);
    against_nettle(nettle_get_secp_384r1(), 48, 20);
}
