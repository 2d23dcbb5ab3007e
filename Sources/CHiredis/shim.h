#pragma once

#include <hiredis/hiredis.h>
#include <stddef.h>

// hiredis allocates an array as soon as it has read its announced length. A hostile length must not become a hostile
// allocation, so arrays go through this limit first; everything else is hiredis's own.
enum { REDIS_MAXIMUM_ELEMENTS = 1 << 20 };

static void *(*redis_plain_array)(const redisReadTask *, int);

static void *redis_limited_array(const redisReadTask *task, int elements) {
    if (elements < 0 || elements > REDIS_MAXIMUM_ELEMENTS) return NULL;
    return redis_plain_array(task, elements);
}

/// hiredis's usual functions with the limit on arrays. To be called once, before any reader is made with it.
static inline redisReplyObjectFunctions redis_limited_functions(void) {
    redisReader *reader = redisReaderCreate();
    redisReplyObjectFunctions functions = *reader->fn;
    redisReaderFree(reader);
    redis_plain_array = functions.createArray;
    functions.createArray = redis_limited_array;
    return functions;
}
