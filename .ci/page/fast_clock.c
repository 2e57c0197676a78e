// A library for LD_PRELOAD that makes a program's clock run FAST_CLOCK_RATE times as fast. The clock starts
// FAST_CLOCK_SECONDS before the real time, catches up with it, and follows it from then on. What the program
// has done by then, such as a service's history of an hour, is as real as if the hour had passed.
//
// It covers what the standard library of Rust and tokio wait with on Linux: futex and epoll_wait.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_epoll_wait)(int, struct epoll_event *, int, int);
static long (*real_syscall)(long, ...);
static int64_t start, rate, skipped;

static int64_t nanoseconds(const struct timespec *time) { return time->tv_sec * 1000000000LL + time->tv_nsec; }

static struct timespec timespec_of(int64_t nanoseconds) {
    return (struct timespec){nanoseconds / 1000000000, nanoseconds % 1000000000};
}

static int64_t monotonic(void) {
    struct timespec now;
    real_clock_gettime(CLOCK_MONOTONIC, &now);
    return nanoseconds(&now);
}

__attribute__((constructor)) static void initialize(void) {
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    real_epoll_wait = dlsym(RTLD_NEXT, "epoll_wait");
    real_syscall = dlsym(RTLD_NEXT, "syscall");
    const char *of_rate = getenv("FAST_CLOCK_RATE"), *of_seconds = getenv("FAST_CLOCK_SECONDS");
    rate = of_rate ? atoll(of_rate) : 1;
    int64_t seconds = of_seconds ? atoll(of_seconds) : 0;
    // Time passes once at the usual rate too, so this much is skipped while it passes faster.
    skipped = rate > 1 ? seconds * 1000000000LL / rate * (rate - 1) : 0;
    start = monotonic();
}

// How much of the skipped time has been skipped at this real instant of the monotonic clock.
static int64_t skipped_at(int64_t now) {
    int64_t so_far = (now - start) * (rate - 1);
    return so_far < skipped ? so_far : skipped;
}

// The monotonic clock is ahead, since it may not go below zero; the others are behind.
int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = real_clock_gettime(clock, time);
    if (result == 0 && (clock == CLOCK_MONOTONIC || clock == CLOCK_REALTIME)) {
        int64_t shift = skipped_at(monotonic());
        *time = timespec_of(nanoseconds(time) + (clock == CLOCK_MONOTONIC ? shift : shift - skipped));
    }
    return result;
}

static int64_t real_instant(int64_t fast) {
    int64_t since = fast - start;
    return since <= skipped / (rate - 1) * rate ? start + since / rate : fast - skipped;
}

long syscall(long number, ...) {
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; i++) arguments[i] = va_arg(list, long);
    va_end(list);
    struct timespec until;
    int is_timed = number == SYS_futex && (arguments[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET && arguments[3];
    if (is_timed && rate > 1 && !(arguments[1] & FUTEX_CLOCK_REALTIME)) {
        until = timespec_of(real_instant(nanoseconds((const struct timespec *)arguments[3])));
        arguments[3] = (long)&until;
    }
    return real_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout) {
    if (timeout > 0 && rate > 1 && skipped_at(monotonic()) < skipped) timeout = timeout / rate + 1;
    return real_epoll_wait(epoll, events, most, timeout);
}
