#pragma once

#include <hiredis/hiredis.h>
#include <stddef.h>

// hiredis allocates an array as soon as it has read its announced length. A hostile length must not become a hostile
// allocation, so arrays go through this limit first; everything else is hiredis's own.
enum { REDIS_MAXIMUM_ELEMENTS = 1 << 16 };

static inline redisReplyObjectFunctions *redis_plain_functions(void) {
    redisReader *reader = redisReaderCreate();
    redisReplyObjectFunctions *functions = reader->fn;
    redisReaderFree(reader);
    return functions;
}

// Asks hiredis for its functions each time: a variable of this header would not reach the linker through Swift.
static inline void *redis_limited_array(const redisReadTask *task, int elements) {
    if (elements < 0 || elements > REDIS_MAXIMUM_ELEMENTS) return NULL;
    return redis_plain_functions()->createArray(task, elements);
}

/// hiredis's usual functions with the limit on arrays.
static inline redisReplyObjectFunctions redis_limited_functions(void) {
    redisReplyObjectFunctions functions = *redis_plain_functions();
    functions.createArray = redis_limited_array;
    return functions;
}
