#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// OpenSSL offers these as macros, which Swift does not import.

static inline long tls_set_server_name(SSL *session, const char *name) {
    return SSL_set_tlsext_host_name(session, name);
}

static inline long tls_set_minimum_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_min_proto_version(context, version);
}

/// The header's flag is not imported.
static const uint64_t tls_option_no_renegotiation = SSL_OP_NO_RENEGOTIATION;

/// What comes with a record is read in the same system call as the record's own head.
static inline void tls_enable_read_ahead(SSL_CTX *context) {
    SSL_CTX_set_read_ahead(context, 1);
}

/// SSL_write gives back after each record that was sent, so that a large body's progress is known; and a connection
/// without anything half read or half sent keeps none of its 34 KB of buffers.
static inline void tls_set_modes(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
}

/// Sessions are handed to the callback, and kept by nobody else.
static inline void tls_keep_sessions(SSL_CTX *context, int (*callback)(SSL *session, SSL_SESSION *resumable)) {
    if (callback == NULL) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    } else {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, callback);
    }
}

static inline int tls_chain_length(STACK_OF(X509) *chain) {
    return chain == NULL ? 0 : sk_X509_num(chain);
}

static inline X509 *tls_chain_certificate(STACK_OF(X509) *chain, int index) {
    return sk_X509_value(chain, index);
}

static inline void tls_release_names(GENERAL_NAMES *names) {
    GENERAL_NAMES_free(names);
}

static inline int tls_name_count(GENERAL_NAMES *names) {
    return names == NULL ? 0 : sk_GENERAL_NAME_num(names);
}

/// The bytes of a DNS or IP name; kind is 1 for DNS, 2 for an address, 0 for what we do not read.
static inline const unsigned char *tls_name_bytes(GENERAL_NAMES *names, int index, int *length, int *kind) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    *kind = name->type == GEN_DNS ? 1 : (name->type == GEN_IPADD ? 2 : 0);
    const ASN1_STRING *text = *kind == 1 ? name->d.dNSName : (*kind == 2 ? name->d.iPAddress : NULL);
    *length = text == NULL ? 0 : ASN1_STRING_length(text);
    return text == NULL ? NULL : ASN1_STRING_get0_data(text);
}
