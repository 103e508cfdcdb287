// Calls that Swift cannot make itself: what the Linux kernel can forbid a process, and how a child is started.
#ifndef CSANDBOX_H
#define CSANDBOX_H

#include <spawn.h>
#include <stddef.h>

/// Forbids this process everything but computing and its open descriptors. Returns 0, or -1 where the kernel cannot.
int sandbox_seal(void);

/// Writes a filter, as bubblewrap's --seccomp reads it, that refuses what the code of a data step never needs.
/// Returns its size in bytes, or 0 when there is none for this machine or the buffer is too small.
size_t sandbox_code_filter(unsigned char *buffer, size_t size);

/// Lets the kernel kill this process when its parent ends.
void sandbox_die_with_parent(void);

/// Lets a child close every descriptor from this number on, and start in this folder; both are newer than POSIX.
int sandbox_close_rest(posix_spawn_file_actions_t *actions, int from);
int sandbox_enter(posix_spawn_file_actions_t *actions, const char *folder);

/// Ends this process with this exit code when a library gives up because it got no memory. libjq then aborts; its function
/// `jv_nomem_handler`, which is made for this case, is broken in version 1.6, where libjq calls through a wild pointer instead.
void sandbox_tell_used_up_memory(int code);

/// Lets the C library keep freed memory for the next use instead of giving it back to the system.
void sandbox_keep_memory(void);

/// Lets a pipe hold a megabyte, so that a page goes through it in few turns.
void sandbox_widen_pipe(int descriptor);

#endif
