/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of ECDSA P-256 (RFC 6605), verified by OpenSSL where libunbound would leave it to
 * nettle.
 *
 * A libunbound built with nettle (Debian 12, Ubuntu 24.04) takes twice OpenSSL's time for one, and
 * that is most of what a signed answer costs. The loader looks up what libunbound calls in the
 * library that brought it, us, before it looks in nettle:
 *
 *     libunbound -> nettle_ecdsa_verify (here) -> OpenSSL, for P-256
 *                                              -> nettle's, for other curves and without memory
 *
 * Nobody else is bound to us: not what else in the process uses nettle, and not a libunbound built
 * with OpenSSL (Debian 13). GMP and the rest of nettle are found through the libunbound that calls,
 * which brings them; where none does, the weak names below are NULL, and nothing asks for them.
 *
 * Any thread may call. The curve is made once, and only read from then on.
 */
#ifdef RN_OPENSSL

/* Keys of EC_KEY: what OpenSSL 3.0 prefers takes a third more time for a key seen once. */
#define OPENSSL_API_COMPAT 0x10100000L

#include <dlfcn.h>
#include <gmp.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecdsa.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <pthread.h>
#include <stdint.h>

#pragma weak __gmpz_init
#pragma weak __gmpz_clear
#pragma weak __gmpz_export
#pragma weak __gmpz_sizeinbase
#pragma weak nettle_ecc_point_get
#pragma weak nettle_get_secp_256r1

enum { OCTETS = 32 }; /* of a coordinate, and of each half of a signature */

enum outcome { INVALID, VALID, UNKNOWN };

typedef int verify_function(const struct ecc_point *, size_t, const uint8_t *,
                            const struct dsa_signature *);

static pthread_once_t curve_once = PTHREAD_ONCE_INIT;
static EC_GROUP *curve;

static void make_curve(void)
{
    curve = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
}

/* A number of GMP, of at most OCTETS, as one of OpenSSL, which is the caller's; NULL: no memory. */
static BIGNUM *number(const mpz_t value)
{
    uint8_t octets[OCTETS];
    size_t length = 0;
    mpz_export(octets, &length, 1, 1, 1, 0, value);
    return BN_bin2bn(octets, (int)length, NULL);
}

static int fits(const mpz_t value)
{
    return mpz_sgn(value) > 0 && mpz_sizeinbase(value, 2) <= 8 * OCTETS;
}

/* The public key, which is the caller's; NULL without memory or where it is no point of the curve.
 */
static EC_KEY *key_of(const struct ecc_point *point)
{
    mpz_t x, y;
    mpz_init(x);
    mpz_init(y);
    nettle_ecc_point_get(point, x, y);
    BIGNUM *across = number(x), *up = number(y);
    mpz_clear(x);
    mpz_clear(y);
    EC_POINT *public = EC_POINT_new(curve);
    EC_KEY *key = EC_KEY_new();
    if (!across || !up || !public || !key || !EC_KEY_set_group(key, curve) ||
        !EC_POINT_set_affine_coordinates(curve, public, across, up, NULL) ||
        !EC_KEY_set_public_key(key, public)) {
        EC_KEY_free(key);
        key = NULL;
    }
    EC_POINT_free(public);
    BN_free(across);
    BN_free(up);
    return key;
}

/* The signature, which is the caller's; NULL without memory. */
static ECDSA_SIG *signature_of(const struct dsa_signature *given)
{
    BIGNUM *r = number(given->r), *s = number(given->s);
    ECDSA_SIG *signature = ECDSA_SIG_new();
    if (r && s && signature && ECDSA_SIG_set0(signature, r, s))
        return signature;
    ECDSA_SIG_free(signature);
    BN_free(r);
    BN_free(s);
    return NULL;
}

static enum outcome ask_openssl(const struct ecc_point *point, size_t length, const uint8_t *digest,
                                const struct dsa_signature *given)
{
    enum outcome outcome = UNKNOWN;
    EC_KEY *key = key_of(point);
    ECDSA_SIG *signature = signature_of(given);
    if (key && signature) {
        int status = ECDSA_do_verify(digest, (int)length, signature, key);
        outcome = status == 1 ? VALID : status == 0 ? INVALID : UNKNOWN;
    }
    ECDSA_SIG_free(signature);
    EC_KEY_free(key);
    return outcome;
}

static int ask_nettle(const struct ecc_point *point, size_t length, const uint8_t *digest,
                      const struct dsa_signature *given)
{
    verify_function *verify = (verify_function *)dlsym(RTLD_NEXT, "nettle_ecdsa_verify");
    return verify ? verify(point, length, digest, given) : 0;
}

/* As nettle's: 1 where the signature is `point`'s of `digest`, else 0. Borrows all; any thread. */
__attribute__((visibility("default"))) int nettle_ecdsa_verify(const struct ecc_point *point,
                                                               size_t length, const uint8_t *digest,
                                                               const struct dsa_signature *given)
{
    pthread_once(&curve_once, make_curve);
    if (!curve || point->ecc != nettle_get_secp_256r1() || length > OCTETS)
        return ask_nettle(point, length, digest, given);
    if (!fits(given->r) || !fits(given->s))
        return 0;
    ERR_set_mark();
    enum outcome outcome = ask_openssl(point, length, digest, given);
    ERR_pop_to_mark(); /* OpenSSL's list of errors is the thread's: others find it as it was */
    return outcome == UNKNOWN ? ask_nettle(point, length, digest, given) : outcome == VALID;
}

#else

typedef int rn_without_openssl; /* built where OpenSSL or nettle has no headers: libunbound keeps
                                   what it has */

#endif
