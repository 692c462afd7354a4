/*
 * Counts the calls of every process of a tree that change files below a folder. At the n-th it
 * kills the process that makes it, and the first of the tree, or lets it and all later ones fail.
 *
 *   FAULTS_CONTROL  a file with `struct control`, which all processes share
 *   FAULTS_BELOW    the folder
 *
 * Before the call is made is also after the call before it, so every n is a place between two.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct control {
  volatile int64_t count;
  int64_t at;      /* 0: only count */
  int64_t failure; /* an errno; 0 kills */
  int64_t first;   /* the process to kill along with the caller; 0: only the caller */
};

static struct control *control;
static const char *below;

__attribute__((constructor)) static void start(void) {
  const char *file = getenv("FAULTS_CONTROL");
  below = getenv("FAULTS_BELOW");
  if (!file || !below) return;
  int fd = syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0) return;
  void *shared = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  syscall(SYS_close, fd);
  if (shared != MAP_FAILED) control = shared;
}

static int here(const char *path) {
  char full[PATH_MAX];
  if (!control || !path) return 0;
  if (path[0] != '/') {
    if (!getcwd(full, sizeof full)) return 0;
    return strncmp(full, below, strlen(below)) == 0;
  }
  return strncmp(path, below, strlen(below)) == 0;
}

static int here_fd(int fd) {
  if (!control) return 0;
  char link[64], full[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = syscall(SYS_readlink, link, full, sizeof full - 1);
  if (length < 0) return 0;
  full[length] = 0;
  return strncmp(full, below, strlen(below)) == 0;
}

static int here_at(int dir, const char *path) {
  return path && path[0] != '/' && dir != AT_FDCWD ? here_fd(dir) : here(path);
}

#define IN(dir, path) (here_at(dir, path) ? below : NULL)

/* 0: go on; else errno is set. */
static int hit(void) {
  if (!control) return 0;
  int64_t n = __sync_add_and_fetch(&control->count, 1);
  if (!control->at || n < control->at) return 0;
  if (control->failure) {
    errno = control->failure;
    return -1;
  }
  if (n > control->at) return 0;
  if (control->first > 1) kill(control->first, SIGKILL);
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

#define BY_PATH(name, params, args, path) \
  int name params { REAL(name); if (here(path) && hit()) return -1; return real args; }

BY_PATH(rename, (const char *a, const char *b), (a, b), b)
BY_PATH(renameat, (int x, const char *a, int y, const char *b), (x, a, y, b), IN(y, b))
BY_PATH(renameat2, (int x, const char *a, int y, const char *b, unsigned f), (x, a, y, b, f), IN(y, b))
BY_PATH(link, (const char *a, const char *b), (a, b), b)
BY_PATH(linkat, (int x, const char *a, int y, const char *b, int f), (x, a, y, b, f), IN(y, b))
BY_PATH(symlink, (const char *a, const char *b), (a, b), b)
BY_PATH(unlink, (const char *a), (a), a)
BY_PATH(unlinkat, (int x, const char *a, int f), (x, a, f), IN(x, a))
BY_PATH(mkdir, (const char *a, mode_t m), (a, m), a)
BY_PATH(mkdirat, (int x, const char *a, mode_t m), (x, a, m), IN(x, a))
BY_PATH(rmdir, (const char *a), (a), a)
BY_PATH(chmod, (const char *a, mode_t m), (a, m), a)
BY_PATH(truncate, (const char *a, off_t n), (a, n), a)

#define BY_FD(name, type, params, args) \
  type name params { REAL(name); if (here_fd(fd) && hit()) return -1; return real args; }

BY_FD(write, ssize_t, (int fd, const void *b, size_t n), (fd, b, n))
BY_FD(pwrite, ssize_t, (int fd, const void *b, size_t n, off_t o), (fd, b, n, o))
BY_FD(pwrite64, ssize_t, (int fd, const void *b, size_t n, off64_t o), (fd, b, n, o))
BY_FD(writev, ssize_t, (int fd, const struct iovec *v, int n), (fd, v, n))
BY_FD(ftruncate, int, (int fd, off_t n), (fd, n))
BY_FD(fchmod, int, (int fd, mode_t m), (fd, m))
BY_FD(fsync, int, (int fd), (fd))
BY_FD(fdatasync, int, (int fd), (fd))

#define OPENS(flags) ((flags) & (O_CREAT | O_TRUNC | O_WRONLY | O_RDWR))
#define MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    MODE(flags) \
    if (OPENS(flags) && here(path) && hit()) return -1; \
    return real(path, flags, mode); \
  }
#define OPENAT(name) \
  int name(int dir, const char *path, int flags, ...) { \
    REAL(name); \
    MODE(flags) \
    if (OPENS(flags) && here_at(dir, path) && hit()) return -1; \
    return real(dir, path, flags, mode); \
  }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

FILE *fopen(const char *path, const char *mode) {
  REAL(fopen);
  if (strpbrk(mode, "wa+") && here(path) && hit()) return NULL;
  return real(path, mode);
}

FILE *fopen64(const char *path, const char *mode) {
  REAL(fopen64);
  if (strpbrk(mode, "wa+") && here(path) && hit()) return NULL;
  return real(path, mode);
}
