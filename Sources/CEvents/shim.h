#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Linux's event descriptors, whose headers are not part of Swift's Glibc module. */

/* Timers for planning below the millisecond; the header's flags are not imported. */

static inline int monotonic_timer_create(void) {
    return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
}

/* Fires once at a moment of CLOCK_MONOTONIC in nanoseconds; 0 stops the timer. */
static inline int monotonic_timer_set(int descriptor, int64_t nanoseconds) {
    struct itimerspec moment = {{0, 0}, {nanoseconds / 1000000000, nanoseconds % 1000000000}};
    return timerfd_settime(descriptor, TFD_TIMER_ABSTIME, &moment, NULL);
}

static inline void monotonic_timer_drain(int descriptor) {
    uint64_t expirations;
    ssize_t count = read(descriptor, &expirations, sizeof expirations);
    (void)count;
}

/* A descriptor that other threads make readable. */

static inline int bell_create(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

static inline void bell_ring(int descriptor) {
    uint64_t one = 1;
    ssize_t count = write(descriptor, &one, sizeof one);
    (void)count;
}

/* Queues of events: epoll. Sockets are told of for as long as they are ready; timers and bells once each time. */

static const uint32_t event_readable = EPOLLIN;
static const uint32_t event_writable = EPOLLOUT;

static inline int event_queue_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline int event_queue_add(int queue, int descriptor, uint32_t flags, void *_Nonnull context) {
    struct epoll_event event = {.events = flags, .data = {.ptr = context}};
    return epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event);
}

static inline int event_queue_change(int queue, int descriptor, uint32_t flags, void *_Nonnull context) {
    struct epoll_event event = {.events = flags, .data = {.ptr = context}};
    return epoll_ctl(queue, EPOLL_CTL_MOD, descriptor, &event);
}

/* For descriptors that only end a wait: their events carry no context, and need not be drained. */
static inline int event_queue_add_waker(int queue, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data = {.ptr = NULL}};
    return epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event);
}

static inline struct epoll_event *_Nullable event_list_create(int capacity) {
    return calloc((size_t)capacity, sizeof(struct epoll_event));
}

static inline uint32_t event_flags(const struct epoll_event *_Nonnull list, int index) { return list[index].events; }

static inline void *_Nullable event_context(const struct epoll_event *_Nonnull list, int index) {
    return list[index].data.ptr;
}
