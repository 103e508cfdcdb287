#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define LENGTH(array) (sizeof(array) / sizeof(array[0]))
#define MOST 400

struct program {
    struct sock_filter code[MOST];
    unsigned short length;
};

static void add(struct program *program, struct sock_filter instruction) {
    if (program->length < MOST) program->code[program->length++] = instruction;
}

static void load(struct program *program, size_t offset) {
    add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset));
}

static void answer(struct program *program, unsigned action) {
    add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/// When the loaded word equals `value`, the answer is `action`.
static void answer_if(struct program *program, unsigned value, unsigned action) {
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    answer(program, action);
}

#define REFUSED(number) (SECCOMP_RET_ERRNO | ((number) & SECCOMP_RET_DATA))

/// Calls of another architecture, and those of x32, would be read by other numbers.
static int begin(struct program *program) {
#ifdef ARCHITECTURE
    program->length = 0;
    load(program, offsetof(struct seccomp_data, arch));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0));
    answer(program, SECCOMP_RET_KILL_PROCESS);
    load(program, offsetof(struct seccomp_data, nr));
    add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1));
    answer(program, REFUSED(ENOSYS));
    return 1;
#else
    (void)program;
    return 0;
#endif
}

int sandbox_seal(void) {
    static const int allowed[] = {
        SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_close, SYS_fstat, SYS_lseek,
#ifdef SYS_poll
        SYS_poll,
#endif
        SYS_ppoll, SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_brk, SYS_futex, SYS_exit,
        SYS_exit_group, SYS_rt_sigreturn, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_sigaltstack, SYS_tgkill,
        SYS_getpid, SYS_gettid, SYS_clock_gettime, SYS_gettimeofday, SYS_clock_nanosleep, SYS_nanosleep,
        SYS_getrandom, SYS_getrusage, SYS_prlimit64, SYS_sched_yield, SYS_restart_syscall,
#ifdef SYS_getrlimit
        SYS_getrlimit, SYS_setrlimit,
#endif
#ifdef SYS_time
        SYS_time,
#endif
    };
    struct program program;
    if (!begin(&program)) return -1;
    for (size_t i = 0; i < LENGTH(allowed); i++) answer_if(&program, (unsigned)allowed[i], SECCOMP_RET_ALLOW);
    // Libraries look for files of their own, and take it well when there are none.
    answer(&program, REFUSED(EPERM));
    struct sock_fprog filter = {program.length, program.code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0 ? 0 : -1;
}

size_t sandbox_code_filter(unsigned char *buffer, size_t size) {
    static const int refused[] = {
        SYS_add_key, SYS_request_key, SYS_keyctl, SYS_bpf, SYS_perf_event_open, SYS_ptrace, SYS_mount, SYS_umount2,
        SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_swapon, SYS_swapoff, SYS_reboot, SYS_init_module,
        SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_acct, SYS_quotactl, SYS_syslog,
        SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_name_to_handle_at, SYS_open_by_handle_at,
        SYS_fanotify_init, SYS_userfaultfd, SYS_vmsplice, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
        SYS_sethostname, SYS_setdomainname, SYS_personality, SYS_vhangup, SYS_nfsservctl, SYS_lookup_dcookie,
        SYS_mbind, SYS_migrate_pages, SYS_move_pages, SYS_set_mempolicy,
        // Memory that belongs to no process would be counted for none: a set of semaphores takes 2 MB of it.
        SYS_shmget, SYS_memfd_create, SYS_semget, SYS_msgget, SYS_mq_open,
        // What there is of these counts over the whole machine.
        SYS_io_setup,
#ifdef SYS_memfd_secret
        SYS_memfd_secret,
#endif
#ifdef SYS_kexec_file_load
        SYS_kexec_file_load,
#endif
#ifdef SYS_io_uring_setup
        SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
#endif
#ifdef SYS_open_tree
        SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_fspick,
#endif
#ifdef SYS_mount_setattr
        SYS_mount_setattr,
#endif
#ifdef SYS_pidfd_getfd
        SYS_pidfd_getfd,
#endif
#ifdef SYS_iopl
        SYS_iopl, SYS_ioperm, SYS_modify_ldt,
#endif
    };
    static const unsigned families[] = {AF_UNIX, AF_INET, AF_INET6};
    struct program program;
    if (!begin(&program)) return 0;
    for (size_t i = 0; i < LENGTH(refused); i++) answer_if(&program, (unsigned)refused[i], REFUSED(EPERM));
    // The flags of clone3 stand in memory, where a filter cannot look; libraries then fall back to clone.
#ifdef SYS_clone3
    answer_if(&program, SYS_clone3, REFUSED(ENOSYS));
#endif
    // Sockets of other families reach parts of the kernel, or the machine around it (vsock).
    add(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socketpair, 1, 0));
    add(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 2 * LENGTH(families) + 2));
    load(&program, offsetof(struct seccomp_data, args[0]));
    for (size_t i = 0; i < LENGTH(families); i++) answer_if(&program, families[i], SECCOMP_RET_ALLOW);
    answer(&program, REFUSED(EAFNOSUPPORT));
    add(&program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4));
    load(&program, offsetof(struct seccomp_data, args[0]));
    add(&program, (struct sock_filter)BPF_JUMP(
                      BPF_JMP | BPF_JSET | BPF_K,
                      CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
                          CLONE_NEWCGROUP,
                      0, 1));
    answer(&program, REFUSED(EPERM));
    answer(&program, SECCOMP_RET_ALLOW);
    answer(&program, SECCOMP_RET_ALLOW);
    size_t bytes = program.length * sizeof(struct sock_filter);
    if (bytes > size) return 0;
    memcpy(buffer, program.code, bytes);
    return bytes;
}

void sandbox_die_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }

#else

int sandbox_seal(void) { return -1; }

size_t sandbox_code_filter(unsigned char *buffer, size_t size) {
    (void)buffer;
    (void)size;
    return 0;
}

void sandbox_die_with_parent(void) {}

#endif

int sandbox_close_rest(posix_spawn_file_actions_t *actions, int from) {
#ifdef __linux__
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
#else
    (void)actions;
    (void)from;
    return 0;
#endif
}

int sandbox_enter(posix_spawn_file_actions_t *actions, const char *folder) {
    return posix_spawn_file_actions_addchdir_np(actions, folder);
}

void sandbox_widen_pipe(int descriptor) {
#ifdef F_SETPIPE_SZ
    (void)fcntl(descriptor, F_SETPIPE_SZ, 1 << 20);
#else
    (void)descriptor;
#endif
}

static int used_up_code;

static void tell_used_up_memory(int number) {
    if (errno == ENOMEM) _exit(used_up_code);
    // Any other end comes about as it would have without this function.
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

void sandbox_tell_used_up_memory(int code) {
    static const int signals[] = {SIGABRT, SIGSEGV};
    used_up_code = code;
    struct sigaction action = {.sa_handler = tell_used_up_memory};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) (void)sigaction(signals[i], &action, NULL);
}

void sandbox_keep_memory(void) {
#ifdef __GLIBC__
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
    mallopt(M_TOP_PAD, 8 << 20);
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
#endif
}
