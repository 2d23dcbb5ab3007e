#pragma once

#include <libpq-fe.h>
#include <sys/ioctl.h>

// The field codes are character macros, which Swift does not import.
static const int postgres_field_severity = PG_DIAG_SEVERITY;
static const int postgres_field_sqlstate = PG_DIAG_SQLSTATE;
static const int postgres_field_message = PG_DIAG_MESSAGE_PRIMARY;
static const int postgres_field_detail = PG_DIAG_MESSAGE_DETAIL;
static const int postgres_field_hint = PG_DIAG_MESSAGE_HINT;

/// Bytes that wait in the socket's receive buffer.
static inline int postgres_bytes_waiting(int descriptor) {
    int count = 0;
    return ioctl(descriptor, FIONREAD, &count) == 0 ? count : 0;
}
