/* A power cut, simulated in one process: LD_PRELOAD it, call powercut_arm(at, mode, seed), and go on as usual.
 *
 * Below the folder POWERCUT_DIR every write, truncation, creation, renaming and removal is remembered until it is synced:
 * data by fsync or fdatasync of its file, names by fsync of their folder. At the at-th such call (syncs count too) what
 * is not synced is taken back, and the process ends:
 *
 *   KILL  nothing is taken back: kill -9
 *   ALL   all of it
 *   SOME  each sector of each write, and each change of a name, with a chance of one half
 *
 * Files that are mapped (SQLite's -shm) are left alone: SQLite makes them again. Single-threaded. At 0 it only counts.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KILL, ALL, SOME };
enum { SECTOR = 512, EXIT_CODE = 86 };

typedef enum { DATA, SIZE, CREATED, RENAMED, REMOVED } Kind;

typedef struct Change {
    Kind kind;
    char path[PATH_MAX];  /* where it is now; of a REMOVED file: where it was */
    char other[PATH_MAX]; /* RENAMED: where it was; REMOVED: the link that keeps it */
    off_t at, old_size;
    size_t length; /* of the bytes kept */
    char *bytes;   /* what stood there before */
    struct Change *older;
} Change;

static Change *newest;
static long calls, cut_at;
static int cut_mode;
static unsigned long long random_state;

#define REAL(type, name, ...)                                                                                          \
    static type (*real)(__VA_ARGS__);                                                                                  \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static int real_fsync(int fd) { REAL(int, fsync, int); return real(fd); }
static ssize_t real_pwrite(int fd, const void *b, size_t n, off_t at) {
    REAL(ssize_t, pwrite64, int, const void *, size_t, off_t);
    return real(fd, b, n, at);
}
static int real_unlink(const char *path) { REAL(int, unlink, const char *); return real(path); }
static int real_rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    return real(from, to);
}
static int real_ftruncate(int fd, off_t size) { REAL(int, ftruncate64, int, off_t); return real(fd, size); }

static int chance(void) {
    random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
    return random_state >> 63;
}

/* The absolute path if it is one of ours, else NULL. */
static const char *ours(const char *path, char *absolute) {
    const char *folder = getenv("POWERCUT_DIR");
    if (!folder) return NULL;
    if (path[0] == '/') snprintf(absolute, PATH_MAX, "%s", path);
    else {
        char here[PATH_MAX];
        if (!getcwd(here, sizeof here) || snprintf(absolute, PATH_MAX, "%s/%s", here, path) >= PATH_MAX) return NULL;
    }
    size_t length = strlen(absolute);
    if (length > 4 && !strcmp(absolute + length - 4, "-shm")) return NULL;
    size_t prefix = strlen(folder);
    int is_ours = !strncmp(absolute, folder, prefix) && (absolute[prefix] == '/' || !absolute[prefix]);
    return is_ours ? absolute : NULL;
}

static const char *ours_fd(int fd, char *absolute) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0 || path[0] != '/') return NULL;
    path[length] = 0;
    return ours(path, absolute);
}

static Change *remember(Kind kind, const char *path) {
    Change *change = calloc(1, sizeof *change);
    change->kind = kind;
    snprintf(change->path, PATH_MAX, "%s", path);
    change->older = newest;
    return newest = change;
}

static void take_back(Change *change) {
    if (change->kind == CREATED) real_unlink(change->path);
    if (change->kind == RENAMED) {
        real_rename(change->path, change->other);
        /* What was changed before it was renamed is found under its old name. */
        for (Change *older = change->older; older; older = older->older)
            if (!strcmp(older->path, change->path)) snprintf(older->path, PATH_MAX, "%s", change->other);
    }
    if (change->kind == REMOVED) real_rename(change->other, change->path);
    if (change->kind != DATA && change->kind != SIZE) return;
    int fd = open(change->path, O_RDWR);
    if (fd < 0) return;
    for (size_t done = 0; done < change->length; done += SECTOR) {
        size_t length = change->length - done < SECTOR ? change->length - done : SECTOR;
        if (cut_mode == ALL || chance()) real_pwrite(fd, change->bytes + done, length, change->at + done);
    }
    if (cut_mode == ALL) real_ftruncate(fd, change->old_size);
    close(fd);
}

/* To be called in front of each call that counts. */
static void count(void) {
    if (++calls != cut_at) return;
    cut_at = 0;
    for (Change *change = newest; change && cut_mode != KILL; change = change->older)
        if (cut_mode == ALL || change->kind == DATA || change->kind == SIZE || chance()) take_back(change);
    _exit(EXIT_CODE);
}

/* Forgets the data of a file, or (with is_folder) the names in a folder. */
static void synced(const char *path, int is_folder) {
    size_t length = strlen(path);
    for (Change **at = &newest; *at;) {
        Change *change = *at;
        int is_data = change->kind == DATA || change->kind == SIZE;
        int is_there = is_folder ? !is_data && !strncmp(change->path, path, length) && change->path[length] == '/' &&
                                       !strchr(change->path + length + 1, '/')
                                 : is_data && !strcmp(change->path, path);
        if (!is_there) {
            at = &change->older;
            continue;
        }
        if (change->kind == REMOVED) real_unlink(change->other);
        *at = change->older;
        free(change->bytes);
        free(change);
    }
}

static void remember_bytes(Kind kind, int fd, const char *path, off_t at, size_t length) {
    struct stat now;
    fstat(fd, &now);
    Change *change = remember(kind, path);
    change->at = at;
    change->old_size = now.st_size;
    change->bytes = calloc(1, length + 1);
    change->length = length;
    for (size_t done = 0; done < length;) { /* what is behind the end stays zero */
        ssize_t n = pread(fd, change->bytes + done, length - done, at + done);
        if (n <= 0) break;
        done += n;
    }
}

void powercut_arm(long at, int mode, unsigned long long seed) {
    newest = NULL; /* what this process did before is of no interest, and its memory ends with it */
    calls = 0;
    cut_at = at;
    cut_mode = mode;
    random_state = seed * 2862933555777941757ULL + 3037000493ULL;
}

long powercut_calls(void) { return calls; }

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) {
    char path[PATH_MAX];
    if (ours_fd(fd, path)) {
        count();
        remember_bytes(DATA, fd, path, at, length);
    }
    return real_pwrite(fd, bytes, length, at);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return pwrite64(fd, bytes, length, at); }

ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(ssize_t, write, int, const void *, size_t);
    char path[PATH_MAX];
    if (ours_fd(fd, path)) {
        count();
        remember_bytes(DATA, fd, path, lseek(fd, 0, SEEK_CUR), length);
    }
    return real(fd, bytes, length);
}

int ftruncate64(int fd, off_t size) {
    char path[PATH_MAX];
    if (ours_fd(fd, path)) {
        struct stat now;
        count();
        fstat(fd, &now);
        remember_bytes(SIZE, fd, path, size, now.st_size > size ? now.st_size - size : 0);
    }
    return real_ftruncate(fd, size);
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int sync_fd(int fd, int result) {
    char path[PATH_MAX];
    struct stat now;
    if (!result && ours_fd(fd, path) && !fstat(fd, &now)) synced(path, S_ISDIR(now.st_mode));
    return result;
}
int fsync(int fd) {
    char path[PATH_MAX];
    if (ours_fd(fd, path)) count();
    return sync_fd(fd, real_fsync(fd));
}
int fdatasync(int fd) {
    char path[PATH_MAX];
    if (ours_fd(fd, path)) count();
    return sync_fd(fd, real_fsync(fd));
}

int rename(const char *from, const char *to) {
    char path[PATH_MAX], other[PATH_MAX];
    const char *known = ours(from, other) ? ours(to, path) : NULL;
    if (known) count();
    int result = real_rename(from, to);
    if (known && !result) {
        for (Change *change = newest; change; change = change->older)
            if (!strcmp(change->path, other)) snprintf(change->path, PATH_MAX, "%s", path);
        snprintf(remember(RENAMED, path)->other, PATH_MAX, "%s", other);
    }
    return result;
}

int unlink(const char *name) {
    char path[PATH_MAX], kept[PATH_MAX];
    static int number;
    if (!ours(name, path) || access(path, F_OK)) return real_unlink(name);
    count();
    snprintf(kept, sizeof kept, "%s/.removed-%d-%d", getenv("POWERCUT_DIR"), getpid(), number++);
    if (!link(path, kept)) snprintf(remember(REMOVED, path)->other, PATH_MAX, "%s", kept);
    return real_unlink(name);
}

static int opened(const char *name, int flags, mode_t mode) {
    REAL(int, open64, const char *, int, ...);
    char path[PATH_MAX];
    int is_new = (flags & O_CREAT) && ours(name, path) && access(path, F_OK);
    if (is_new) count();
    int fd = real(name, flags, mode);
    if (is_new && fd >= 0) remember(CREATED, path);
    return fd;
}
#define MODE_OF(flags, mode)                                                                                           \
    mode_t mode = 0;                                                                                                   \
    if (flags & O_CREAT) {                                                                                             \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode = va_arg(rest, int);                                                                                      \
        va_end(rest);                                                                                                  \
    }
int open64(const char *name, int flags, ...) { MODE_OF(flags, mode) return opened(name, flags, mode); }
int open(const char *name, int flags, ...) { MODE_OF(flags, mode) return opened(name, flags, mode); }
