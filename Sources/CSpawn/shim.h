#ifndef PLUMBLINE_CSPAWN_SHIM_H
#define PLUMBLINE_CSPAWN_SHIM_H

// glibc declares these only for _GNU_SOURCE, which Swift's Glibc module does not set.
#include <malloc.h>
#include <spawn.h>
#include <sys/prctl.h>

extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int lowest);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);

/// Starts the child in a session of its own (glibc 2.26 and later).
static const short plumbline_spawn_session = 0x80;

/// Keeps other processes of the same user from reading the memory of this one, and the kernel from writing it to a file.
static inline int plumbline_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

#endif
