/* A disk that takes 30 ms for each flush: loaded before the C library, it lets fsync and fdatasync wait (loop.ts). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static const struct timespec slow = {0, 30 * 1000 * 1000};

typedef int (*flush_fn)(int);

static int flush(const char *name, int fd) {
  flush_fn real = (flush_fn)dlsym(RTLD_NEXT, name);
  nanosleep(&slow, 0);
  return real(fd);
}

int fsync(int fd) { return flush("fsync", fd); }
int fdatasync(int fd) { return flush("fdatasync", fd); }
