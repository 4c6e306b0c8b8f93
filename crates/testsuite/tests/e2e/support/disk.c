/*
 * Stands between the gate and its disk (LD_PRELOAD). It counts every step that changes what lies under one
 * folder, and makes one of them go wrong: the process is killed before it, after it or in its middle, or it and
 * the next ones fail. Where that is asked for, what is sent on sockets counts as steps too.
 *
 * The plan is a file of six numbers, mapped by both sides: see `disk.rs`, which writes it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { COUNT, AT, TIMES, HOW, SOCKETS, HAPPENED, NUMBERS };
enum { BEFORE = 1001, MIDDLE = 1002, AFTER = 1003 };

static volatile uint64_t *plan;
static const char *under;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("POTERNE_TEST_PLAN");
    under = getenv("POTERNE_TEST_UNDER");
    long fd = path && under ? syscall(SYS_openat, AT_FDCWD, path, O_RDWR) : -1;
    if (fd < 0)
        return;
    void *mapped = mmap(NULL, NUMBERS * 8, PROT_READ | PROT_WRITE, MAP_SHARED, (int)fd, 0);
    syscall(SYS_close, fd);
    if (mapped != MAP_FAILED)
        plan = mapped;
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* A step begins: 0 when it goes on, else how it goes wrong. */
static int begins(void)
{
    uint64_t now = __atomic_add_fetch(&plan[COUNT], 1, __ATOMIC_SEQ_CST);
    uint64_t at = plan[AT];
    if (at == 0 || now < at || now - at >= plan[TIMES])
        return 0;
    __atomic_add_fetch(&plan[HAPPENED], 1, __ATOMIC_SEQ_CST);
    int how = (int)plan[HOW];
    if (how == BEFORE)
        die();
    return how;
}

static int is_ours(const char *path)
{
    return plan && path && strncmp(path, under, strlen(under)) == 0;
}

static int is_socket(int fd)
{
    struct stat about;
    return plan && plan[SOCKETS] && syscall(SYS_fstat, fd, &about) == 0 && S_ISSOCK(about.st_mode);
}

static int is_counted(int fd)
{
    char link[64], path[4096];
    if (!plan)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    return is_ours(path) || is_socket(fd);
}

/* A step that either happens or does not. */
#define STEP(counted, call)                                                                                  \
    do {                                                                                                     \
        int how = (counted) ? begins() : 0;                                                                  \
        if (how && how < BEFORE) {                                                                           \
            errno = how;                                                                                     \
            return -1;                                                                                       \
        }                                                                                                    \
        long done = (call);                                                                                  \
        if (how)                                                                                             \
            die();                                                                                           \
        return done;                                                                                         \
    } while (0)

/* A step that may happen by half: what is full takes the beginning of what is written, and then no more. */
#define WRITE(fd, whole, half)                                                                               \
    do {                                                                                                     \
        int how = is_counted(fd) ? begins() : 0;                                                             \
        if (how == MIDDLE || (how == ENOSPC && plan[HAPPENED] == 1 && size > 1)) {                           \
            long done = (half);                                                                              \
            if (how == MIDDLE)                                                                               \
                die();                                                                                       \
            return done;                                                                                     \
        }                                                                                                    \
        if (how && how < BEFORE) {                                                                           \
            errno = how;                                                                                     \
            return -1;                                                                                       \
        }                                                                                                    \
        long done = (whole);                                                                                 \
        if (how)                                                                                             \
            die();                                                                                           \
        return done;                                                                                         \
    } while (0)

ssize_t write(int fd, const void *bytes, size_t size)
{
    WRITE(fd, syscall(SYS_write, fd, bytes, size), syscall(SYS_write, fd, bytes, size / 2));
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at)
{
    WRITE(fd, syscall(SYS_pwrite64, fd, bytes, size, at), syscall(SYS_pwrite64, fd, bytes, size / 2, at));
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at)
{
    return pwrite64(fd, bytes, size, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    STEP(is_counted(fd), syscall(SYS_writev, fd, parts, count));
}

ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
    STEP(is_socket(fd), syscall(SYS_sendto, fd, bytes, size, flags, NULL, 0));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    STEP(is_socket(fd), syscall(SYS_sendmsg, fd, message, flags));
}

int fsync(int fd)
{
    STEP(is_counted(fd), syscall(SYS_fsync, fd));
}

int fdatasync(int fd)
{
    STEP(is_counted(fd), syscall(SYS_fdatasync, fd));
}

int ftruncate64(int fd, off64_t size)
{
    STEP(is_counted(fd), syscall(SYS_ftruncate, fd, size));
}

int ftruncate(int fd, off_t size)
{
    return ftruncate64(fd, size);
}

int openat(int folder, const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    int mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, int) : 0;
    va_end(more);
    int changes = flags & (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR);
    STEP(changes && is_ours(path), syscall(SYS_openat, folder, path, flags, mode));
}

int openat64(int, const char *, int, ...) __attribute__((alias("openat")));

int open(const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    int mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(more, int) : 0;
    va_end(more);
    return openat(AT_FDCWD, path, flags, mode);
}

int open64(const char *, int, ...) __attribute__((alias("open")));

int rename(const char *from, const char *to)
{
    STEP(is_ours(to), syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

int linkat(int one, const char *from, int other, const char *to, int flags)
{
    STEP(is_ours(to), syscall(SYS_linkat, one, from, other, to, flags));
}

int link(const char *from, const char *to)
{
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
    STEP(is_ours(path), syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

int mkdir(const char *path, mode_t mode)
{
    STEP(is_ours(path), syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}
