/*
 * nshm: named shared memory, for C99 and C++. On Linux and on Windows.
 *
 * A first process creates a section under a name and writes through a view of it; a second process
 * opens the section by the name and reads. Name and memory go with their last user, kill -9
 * included: no daemon, no background thread, no clean-up.
 *
 *     nshm_section *section;
 *     nshm_view *view;
 *     if (nshm_section_create("frame", 256, NULL, &section, NULL) == NSHM_STATUS_OK
 *         && nshm_view_map(section, 0, 0, &view, NULL) == NSHM_STATUS_OK)
 *         nshm_view_write(view, 0, "hello", 6, NULL);
 *
 * Errors. What can fail returns an nshm_status: 0 is success. Its last parameter is where an error
 * object goes that says more; NULL if nobody asks. Each place for an object is written in every
 * case, so it need not be initialised; what it held before is not freed. A place for anything else
 * is written on success only.
 *
 * Ownership. What a function puts into a place of yours, or returns, and says to free, you free
 * once, by the function it names; these functions take NULL. Every other pointer you get belongs to
 * an object and lives as long. Functions keep no pointer of yours when they return.
 *
 * Arguments. Any pointer may be NULL: what must not be is answered NSHM_STATUS_INVALID_ARGUMENT.
 * Otherwise it points to what its type says. Texts are UTF-8 and end with a NUL.
 *
 * Threads. Every function may be called by every thread. Objects may be used by several threads at
 * once, but not while one of them frees or changes them.
 */

#ifndef NSHM_H
#define NSHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The version of this header; nshm_version() is that of the library. */
#define NSHM_VERSION "0.1.0"
#define NSHM_VERSION_MAJOR 0
#define NSHM_VERSION_MINOR 1
#define NSHM_VERSION_PATCH 0

/** The timeout of nshm_section_wait() that never passes. */
#define NSHM_FOREVER (-1)

/**
 * What a call came to. NSHM_STATUS_OK is 0; every other value is a failure.
 *
 * The numbers stay as they are for ever. Later versions may add some, so have a default case.
 */
typedef enum {
    /** It was done. */
    NSHM_STATUS_OK = 0,
    /** No live object has this name. */
    NSHM_STATUS_NOT_FOUND = 1,
    /** A live object has this name already. */
    NSHM_STATUS_ALREADY_EXISTS = 2,
    /** The system refuses this user the access, or a handle or view is for reading only. */
    NSHM_STATUS_ACCESS_DENIED = 3,
    /** Creating "Global\\" names is a privilege on this system, and this user does not have it. */
    NSHM_STATUS_PRIVILEGE_NOT_HELD = 4,
    /** The name breaks a rule; nshm_error_name_rule() says which. */
    NSHM_STATUS_INVALID_NAME = 5,
    /** The size is zero. */
    NSHM_STATUS_INVALID_SIZE = 6,
    /** An offset or a length reaches past the end. */
    NSHM_STATUS_OUT_OF_BOUNDS = 7,
    /** An offset is not a multiple of what the access needs. */
    NSHM_STATUS_MISALIGNED = 8,
    /** The name belongs to an object of another kind. */
    NSHM_STATUS_WRONG_KIND = 9,
    /** The system cannot promise that much memory. */
    NSHM_STATUS_COMMIT_LIMIT = 10,
    /** The system's limit on the number of sections is reached. */
    NSHM_STATUS_TOO_MANY_SECTIONS = 11,
    /** The object lives in another IPC namespace: another container, for example. */
    NSHM_STATUS_FOREIGN_NAMESPACE = 12,
    /** What lies under the name, or the token, was not made by nshm or was tampered with. */
    NSHM_STATUS_CORRUPT = 13,
    /** The time that was allowed has passed. */
    NSHM_STATUS_TIMED_OUT = 14,
    /** This system cannot do what was asked for. */
    NSHM_STATUS_UNSUPPORTED = 15,
    /** Anything else; see nshm_error_os_code(). */
    NSHM_STATUS_OTHER = 16,
    /**
     * An argument cannot be: NULL where there must be something, a text other than a name that is
     * not UTF-8, a number that its enumeration does not have.
     */
    NSHM_STATUS_INVALID_ARGUMENT = 17,
    /** A bug in nshm. Nothing was done that could be relied on. */
    NSHM_STATUS_INTERNAL = 18,
    /** The addresses that were asked for are taken. */
    NSHM_STATUS_ADDRESS_IN_USE = 19,
    /** This thread does not own the mutex. */
    NSHM_STATUS_NOT_OWNER = 20,
    /** The semaphore would count more than its maximum. */
    NSHM_STATUS_TOO_MANY_POSTS = 21,
    /** This thread has the lock already. */
    NSHM_STATUS_WOULD_DEADLOCK = 22,
} nshm_status;

/** Which rule a name breaks. */
typedef enum {
    /** None: the failure was another one. */
    NSHM_NAME_RULE_NONE = 0,
    /** It is empty. */
    NSHM_NAME_RULE_EMPTY = 1,
    /** It has more than 260 UTF-16 units behind the prefix. */
    NSHM_NAME_RULE_TOO_LONG = 2,
    /** It begins with a backslash. */
    NSHM_NAME_RULE_LEADING_SEPARATOR = 3,
    /**
     * A backslash follows something else than "Global", "Local" or "Session\\NUMBER", written so.
     */
    NSHM_NAME_RULE_UNKNOWN_PREFIX = 4,
    /** Nothing follows the prefix. */
    NSHM_NAME_RULE_MISSING_LEAF = 5,
    /** It is the bare word "Global", "Local" or "Session". */
    NSHM_NAME_RULE_RESERVED = 6,
    /** It is not UTF-8. */
    NSHM_NAME_RULE_NOT_UTF8 = 7,
    /** A rule that this version of the library has no number for. */
    NSHM_NAME_RULE_OTHER = 8,
} nshm_name_rule;

/** What a handle may do with its section. The system enforces it. */
typedef enum {
    /** Read and write: the default. */
    NSHM_ACCESS_READ_WRITE = 0,
    /** Read only: no page of it is writable in this process. */
    NSHM_ACCESS_READ_ONLY = 1,
} nshm_access;

/** Whom a section admits besides its creator. */
typedef enum {
    /** Nobody else: the default. */
    NSHM_AUDIENCE_OWNER = 0,
    /** The creator's group. */
    NSHM_AUDIENCE_GROUP = 1,
    /** Every user. */
    NSHM_AUDIENCE_EVERYONE = 2,
    /**
     * Nobody at all, not even the creator by the name: only the handle that the creation gives,
     * and what is made from it.
     */
    NSHM_AUDIENCE_NOBODY = 3,
} nshm_audience;

/** The size of the pages behind a section. */
typedef enum {
    /** Ordinary pages: the default. */
    NSHM_HUGE_PAGES_NO = 0,
    /** Ordinary pages that the system may join into huge ones. A wish, never an error. */
    NSHM_HUGE_PAGES_TRANSPARENT = 1,
    /** Pages of 2 MiB from the system's pool. The size is rounded up to them. */
    NSHM_HUGE_PAGES_TWO_MIB = 2,
    /** Pages of 1 GiB from the system's pool. The size is rounded up to them. */
    NSHM_HUGE_PAGES_ONE_GIB = 3,
} nshm_huge_pages;

/** What nshm_section_open_or_create() did. */
typedef enum {
    /** The section is new, and this call made it. */
    NSHM_DISPOSITION_CREATED = 0,
    /** The section was there; its size, security and contents are as they were. */
    NSHM_DISPOSITION_OPENED = 1,
} nshm_disposition;

/** What an object is. Later versions may add kinds. */
typedef enum {
    /** Of a kind that this version of the library has no number for. */
    NSHM_KIND_OTHER = 0,
    /** Memory under a name. */
    NSHM_KIND_SECTION = 1,
    /** Something that happens, and that threads wait for. */
    NSHM_KIND_EVENT = 2,
    /** A lock that belongs to a thread. */
    NSHM_KIND_MUTEX = 3,
    /** A counter that no wait takes below zero. */
    NSHM_KIND_SEMAPHORE = 4,
} nshm_kind;

/**
 * Why a call failed, in words. Whoever passes a place for one gets NULL there on success and an
 * object on failure, and frees that with nshm_error_free().
 */
typedef struct nshm_error nshm_error;

/**
 * The live objects of a scope at the moment of the call, sorted by name. It keeps none of them
 * alive. Free it with nshm_list_free().
 */
typedef struct nshm_list nshm_list;

/**
 * What to ask of a new section, or of a new handle to an existing one. What concerns the making
 * of a section (security, reserve-only, pages from a pool) is ignored when one is opened.
 *
 * Calls look at it and keep nothing of it: it serves any number of calls, and may be freed or
 * changed after each.
 */
typedef struct nshm_options nshm_options;

/**
 * A handle to a section: memory, under a name or without one, that every process may map which
 * opens it.
 *
 * Name and memory live as long as any process has a handle or a view, and are gone at once when
 * the last one goes: by nshm_section_close(), by the end of the process, by kill -9. A handle may
 * be used by several threads at once.
 *
 * Linux: a System V segment, found through a symbolic link; a child of fork() is a user of its
 * own. Windows: a file mapping object backed by the paging file.
 */
typedef struct nshm_section nshm_section;

/**
 * A view of a section: its memory, mapped into this process. It keeps the section, and its name,
 * also after the handle is closed.
 *
 * Other processes may write at any time. nshm_view_read() and nshm_view_write() copy, and never
 * touch a byte outside the view; who works on the memory itself, by nshm_view_ptr(), does so by
 * atomics or by agreement among the processes.
 */
typedef struct nshm_view nshm_view;

/**
 * What the system knows of a section. Nothing here comes from memory that others may write.
 *
 * Linux: the kernel's record of the segment. Windows does not tell who made a section and when,
 * nor how much of it is in memory: it says process 0, user UINT32_MAX, the year 1970, and 0.
 */
typedef struct {
    /** Its size in bytes: a multiple of the page size, unless it is over a file. */
    size_t len;
    /** The process that created it; 0 where it cannot be seen from here. */
    uint32_t creator_pid;
    /** The user that created it. Who must be trusted with a "Global\\" name can be told by this. */
    uint32_t creator_uid;
    /** When it was created, in seconds since 1970 (UTC). */
    int64_t created;
    /** How many users there are in all processes: attaches on Linux, handles on Windows. */
    uint64_t attach_count;
    /** How many of its bytes are in memory. */
    uint64_t resident;
    /** How many of its bytes are in swap. */
    uint64_t swapped;
    /** Whom it admits besides its creator. */
    nshm_audience audience;
    /** What those others may do. */
    nshm_access others;
} nshm_info;

/** One live object of a list. */
typedef struct {
    /**
     * Its name, UTF-8, as the other functions take it: with its prefix, or a leaf if the list is
     * that of a namespace.
     */
    const char *name;
    /** What it is. */
    nshm_kind kind;
    /** What the system knows of it. What this user may not ask of has length 0 on Windows. */
    nshm_info info;
} nshm_entry;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/* ---- Version and status ----------------------------------------------------------------------- */

/**
 * The version of the library that runs, as in "0.1.0". NSHM_VERSION is that of this header.
 *
 * @return A text, never NULL. It lives for ever.
 */
const char *nshm_version(void);

/**
 * A few words for a status: what it means in general. The message of an nshm_error says more.
 *
 * @param status Any value, also one that this version does not know.
 * @return A text, never NULL. It lives for ever.
 */
const char *nshm_status_text(nshm_status status);

/* ---- Errors ----------------------------------------------------------------------------------- */

/**
 * The status that the call has returned.
 *
 * @param error May be NULL.
 * @return NSHM_STATUS_OK for NULL.
 */
nshm_status nshm_error_status(const nshm_error *error);

/**
 * What happened, as one line of UTF-8: the step, the name, the reason.
 *
 * @param error May be NULL.
 * @return A text that lives as long as the error; never NULL, but empty for NULL.
 */
const char *nshm_error_message(const nshm_error *error);

/**
 * What was being done, in words that follow "failed to".
 *
 * @param error May be NULL.
 * @return A text that lives as long as the error; never NULL, but empty for NULL.
 */
const char *nshm_error_step(const nshm_error *error);

/**
 * The name, token or path that it happened to.
 *
 * @param error May be NULL.
 * @return A text that lives as long as the error, or NULL where there is none.
 */
const char *nshm_error_name(const nshm_error *error);

/**
 * What would mend it.
 *
 * @param error May be NULL.
 * @return A text that lives as long as the error, or NULL where no cure is known.
 */
const char *nshm_error_hint(const nshm_error *error);

/**
 * The system's own words for what it refused; the message does not repeat them.
 *
 * @param error May be NULL.
 * @return A text that lives as long as the error, or NULL where no call of the system failed.
 */
const char *nshm_error_cause(const nshm_error *error);

/**
 * The system's own code: errno on Linux, GetLastError() on Windows.
 *
 * @param error May be NULL.
 * @return 0 where no call of the system failed.
 */
int nshm_error_os_code(const nshm_error *error);

/**
 * For NSHM_STATUS_INVALID_NAME: the rule that the name breaks.
 *
 * @param error May be NULL.
 * @return NSHM_NAME_RULE_NONE for every other status.
 */
nshm_name_rule nshm_error_name_rule(const nshm_error *error);

/**
 * Frees an error and its texts.
 *
 * @param error May be NULL.
 */
void nshm_error_free(nshm_error *error);

/* ---- Options ---------------------------------------------------------------------------------- */

/**
 * Makes options, all at their defaults. Wherever options are asked for, NULL means the same.
 *
 * @return Options to be freed with nshm_options_free(); never NULL.
 */
nshm_options *nshm_options_new(void);

/**
 * Frees options.
 *
 * @param options May be NULL.
 */
void nshm_options_free(nshm_options *options);

/**
 * What the handle may do. Default: NSHM_ACCESS_READ_WRITE.
 *
 * @return NSHM_STATUS_INVALID_ARGUMENT where options are NULL or there is no such access.
 */
nshm_status nshm_options_set_access(nshm_options *options, nshm_access access);

/**
 * Whom a new section admits, and what those others may do. Default: nobody else.
 *
 * Linux: the mode bits of the segment; the umask does not apply. Names in a user's own directory
 * ("x", "Local\\x") are out of the reach of others in any case: use "Global\\x" or a namespace.
 * Windows: the access control list of the section.
 *
 * @return NSHM_STATUS_INVALID_ARGUMENT where options are NULL, or there is no such audience or
 *         access.
 */
nshm_status nshm_options_set_security(nshm_options *options,
                                      nshm_audience audience,
                                      nshm_access others);

/**
 * Whether to bring every page into memory now. Default: pages come when they are touched.
 *
 * Linux: MADV_POPULATE_WRITE or MADV_POPULATE_READ; without effect before Linux 5.14.
 * Windows: touches each page.
 *
 * @return NSHM_STATUS_INVALID_ARGUMENT where options are NULL.
 */
nshm_status nshm_options_set_populate(nshm_options *options, bool populate);

/**
 * Whether to keep the pages from being swapped out. Default: not.
 *
 * Linux: SHM_LOCK, within the user's limit of locked memory.
 * Windows: VirtualLock() on each view.
 *
 * @return NSHM_STATUS_INVALID_ARGUMENT where options are NULL.
 */
nshm_status nshm_options_set_lock(nshm_options *options, bool lock);

/**
 * Whether the size is only reserved: nothing is promised at creation, and touching a page may
 * kill the process when memory has run out. Default: the whole size is promised.
 *
 * Linux: SHM_NORESERVE. Windows: SEC_RESERVE; pages are committed when they are mapped.
 *
 * @return NSHM_STATUS_INVALID_ARGUMENT where options are NULL.
 */
nshm_status nshm_options_set_reserve_only(nshm_options *options, bool reserve_only);

/**
 * The size of the pages. Default: NSHM_HUGE_PAGES_NO.
 *
 * Linux: MADV_HUGEPAGE for transparent ones, where the system allows them; SHM_HUGETLB for those
 * of a pool. Windows: SEC_LARGE_PAGES for 2 MiB, which is a privilege; 1 GiB is unsupported.
 *
 * On Linux whoever may write a section in pages of a pool can take them away again, and a touch may
 * end the process then. Who opens one must ask for pages of a pool as well, unless its creator is the
 * same user or root and nobody else may write it.
 *
 * @return NSHM_STATUS_INVALID_ARGUMENT where options are NULL or there are no such pages.
 */
nshm_status nshm_options_set_huge_pages(nshm_options *options, nshm_huge_pages huge_pages);

/**
 * Whether core files contain the section as this handle maps it. Default: not.
 *
 * Linux: MADV_DONTDUMP without it. Windows: no effect.
 *
 * @return NSHM_STATUS_INVALID_ARGUMENT where options are NULL.
 */
nshm_status nshm_options_set_dumpable(nshm_options *options, bool dumpable);

/**
 * The private namespace in which names are looked for: a directory that must exist. Whoever may
 * read it may open names in it, and whoever may write to it may create them. Every name in a call
 * with these options is then a leaf, without a prefix. Default: none, and the name says where.
 *
 * Linux: names are symbolic links in that directory. Windows: names of this session, marked with
 * the path of the directory.
 *
 * @param dir The path, UTF-8; it is made absolute now. NULL: none.
 * @return NSHM_STATUS_INVALID_ARGUMENT where options are NULL or the path is not UTF-8.
 */
nshm_status nshm_options_set_namespace(nshm_options *options, const char *dir);

/* ---- Sections --------------------------------------------------------------------------------- */

/**
 * Creates a section of zeros under a name that is free.
 *
 * The whole size is promised now: touching it later does not fail for want of memory.
 * Linux: shmget() and symlink(). Windows: CreateFileMappingW().
 *
 * @param name    UTF-8: "x" or "Local\\x" for this user (Linux) or session (Windows), "Global\\x"
 *                for all, "Session\\NUMBER\\x". 1 to 260 UTF-16 units after the prefix, of any
 *                character but the backslash; upper and lower case differ.
 * @param size    In bytes, at least 1; rounded up to whole pages.
 * @param options May be NULL.
 * @param section Where the handle goes: close it with nshm_section_close(). NULL on failure.
 * @param error   Where an error object goes; may be NULL.
 * @return NSHM_STATUS_ALREADY_EXISTS, _INVALID_NAME, _INVALID_SIZE, _COMMIT_LIMIT,
 *         _TOO_MANY_SECTIONS, _ACCESS_DENIED, _PRIVILEGE_NOT_HELD, _WRONG_KIND,
 *         _FOREIGN_NAMESPACE, _CORRUPT, _TIMED_OUT; _NOT_FOUND where the directory of a
 *         namespace is missing, or another user has none (Linux).
 */
nshm_status nshm_section_create(const char *name,
                                size_t size,
                                const nshm_options *options,
                                nshm_section **section,
                                nshm_error **error);

/**
 * Opens a section that exists. The size is whatever its creator gave it: nshm_section_len().
 *
 * Linux: readlink() and shmat(). Windows: OpenFileMappingW().
 *
 * @param name    UTF-8, as for nshm_section_create().
 * @param options May be NULL: for reading and writing.
 * @param section Where the handle goes: close it with nshm_section_close(). NULL on failure.
 * @param error   Where an error object goes; may be NULL.
 * @return NSHM_STATUS_NOT_FOUND, _ACCESS_DENIED, _INVALID_NAME, _WRONG_KIND,
 *         _FOREIGN_NAMESPACE, _CORRUPT.
 */
nshm_status nshm_section_open(const char *name,
                              const nshm_options *options,
                              nshm_section **section,
                              nshm_error **error);

/**
 * Opens a section that exists, for reading only, whatever the options say of the access.
 *
 * @param name    UTF-8, as for nshm_section_create().
 * @param options May be NULL.
 * @param section Where the handle goes: close it with nshm_section_close(). NULL on failure.
 * @param error   Where an error object goes; may be NULL.
 * @return As nshm_section_open().
 */
nshm_status nshm_section_open_read_only(const char *name,
                                        const nshm_options *options,
                                        nshm_section **section,
                                        nshm_error **error);

/**
 * Opens the section of a name, or creates it, and says which. An existing section keeps its size.
 *
 * @param name        UTF-8, as for nshm_section_create().
 * @param size        In bytes, at least 1, for a section that is to be created.
 * @param options     May be NULL.
 * @param section     Where the handle goes: close it with nshm_section_close(). NULL on failure.
 * @param disposition Where it says which, on success; may be NULL.
 * @param error       Where an error object goes; may be NULL.
 * @return As nshm_section_create() and nshm_section_open(), but not _ALREADY_EXISTS; _NOT_FOUND
 *         where the directory of the name is missing.
 */
nshm_status nshm_section_open_or_create(const char *name,
                                        size_t size,
                                        const nshm_options *options,
                                        nshm_section **section,
                                        nshm_disposition *disposition,
                                        nshm_error **error);

/**
 * Creates a section without a name. Another process gets it by nshm_section_token().
 *
 * @param size    In bytes, at least 1; rounded up to whole pages.
 * @param options May be NULL.
 * @param section Where the handle goes: close it with nshm_section_close(). NULL on failure.
 * @param error   Where an error object goes; may be NULL.
 * @return NSHM_STATUS_INVALID_SIZE, _COMMIT_LIMIT, _TOO_MANY_SECTIONS.
 */
nshm_status nshm_section_anonymous(size_t size,
                                   const nshm_options *options,
                                   nshm_section **section,
                                   nshm_error **error);

/**
 * Opens the section that a token stands for.
 *
 * @param token   A text from nshm_section_token() of this or another process.
 * @param options May be NULL: for reading and writing.
 * @param section Where the handle goes: close it with nshm_section_close(). NULL on failure.
 * @param error   Where an error object goes; may be NULL.
 * @return NSHM_STATUS_NOT_FOUND where it has gone, _CORRUPT where the text is no token,
 *         _ACCESS_DENIED, _FOREIGN_NAMESPACE.
 */
nshm_status nshm_section_from_token(const char *token,
                                    const nshm_options *options,
                                    nshm_section **section,
                                    nshm_error **error);

/**
 * Opens a section as soon as somebody has created it.
 *
 * Linux: sleeps until the directory of the name changes. Windows: looks again after 1 to 16 ms.
 *
 * @param name       UTF-8, as for nshm_section_create().
 * @param timeout_ms In milliseconds; NSHM_FOREVER, as any negative number, never passes.
 * @param options    May be NULL: for reading and writing.
 * @param section    Where the handle goes: close it with nshm_section_close(). NULL on failure.
 * @param error      Where an error object goes; may be NULL.
 * @return NSHM_STATUS_TIMED_OUT, and as nshm_section_open() except _NOT_FOUND.
 */
nshm_status nshm_section_wait(const char *name,
                              int64_t timeout_ms,
                              const nshm_options *options,
                              nshm_section **section,
                              nshm_error **error);

/**
 * Its size in bytes: whole pages, unless the section is over a file.
 *
 * @param section May be NULL.
 * @return 0 for NULL only.
 */
size_t nshm_section_len(const nshm_section *section);

/**
 * The name by which it was created or opened: with its prefix, or a leaf if the options named a
 * namespace.
 *
 * @param section May be NULL.
 * @return A text that lives as long as the handle; NULL for a section without a name, for one
 *         that was opened by a token, and for NULL.
 */
const char *nshm_section_name(const nshm_section *section);

/**
 * What this handle may do.
 *
 * @param section May be NULL.
 * @return NSHM_ACCESS_READ_ONLY for NULL.
 */
nshm_access nshm_section_access(const nshm_section *section);

/**
 * A text by which another process can open the section: hand it over on a command line, in the
 * environment, through a pipe. It admits nobody whom the security of the section does not.
 *
 * Linux: good while anybody has the section open. Windows: good while this handle is open, for
 * processes that may copy handles of this one.
 *
 * @param section Must not be NULL.
 * @param token   Where the text goes. It lives as long as the handle. NULL on failure.
 * @param error   Where an error object goes; may be NULL.
 * @return NSHM_STATUS_OTHER where the system refuses.
 */
nshm_status nshm_section_token(const nshm_section *section, const char **token, nshm_error **error);

/**
 * What the system knows of a section: creator, age, users, memory.
 *
 * @param section Must not be NULL.
 * @param info    Where it goes, on success.
 * @param error   Where an error object goes; may be NULL.
 * @return NSHM_STATUS_OTHER where the system does not tell.
 */
nshm_status nshm_section_info(const nshm_section *section, nshm_info *info, nshm_error **error);

/**
 * Closes a handle, and frees it and its texts whatever the answer is. Views stay good: they keep
 * the section, and its name, until they are unmapped.
 *
 * @param section May be NULL: there is nothing to do.
 * @param error   Where an error object goes; may be NULL.
 * @return NSHM_STATUS_TIMED_OUT where a stopped process kept the name from being removed. The
 *         next creator of the name replaces it.
 */
nshm_status nshm_section_close(nshm_section *section, nshm_error **error);

/* ---- Views ------------------------------------------------------------------------------------ */

/**
 * Maps a section, or a part of it, for reading and writing.
 *
 * Linux: costs no system call; the mapping of the handle serves. Windows: MapViewOfFile().
 *
 * @param section Must not be NULL.
 * @param offset  Where the view begins, in bytes. Any will do: it need not be a whole page.
 * @param len     In bytes; 0: up to the end.
 * @param view    Where the view goes: give it back with nshm_view_unmap(). NULL on failure.
 * @param error   Where an error object goes; may be NULL.
 * @return NSHM_STATUS_ACCESS_DENIED for a handle that may only read, _OUT_OF_BOUNDS.
 */
nshm_status nshm_view_map(const nshm_section *section,
                          size_t offset,
                          size_t len,
                          nshm_view **view,
                          nshm_error **error);

/**
 * Maps a section, or a part of it, for reading. The pages are read-only for this process: writing
 * to them ends it with SIGSEGV (Linux) or an access violation (Windows).
 *
 * Linux: shmat() with SHM_RDONLY. Windows: MapViewOfFile() with FILE_MAP_READ.
 *
 * @param section Must not be NULL.
 * @param offset  Where the view begins, in bytes. Any will do: it need not be a whole page.
 * @param len     In bytes; 0: up to the end.
 * @param view    Where the view goes: give it back with nshm_view_unmap(). NULL on failure.
 * @param error   Where an error object goes; may be NULL.
 * @return NSHM_STATUS_OUT_OF_BOUNDS, _COMMIT_LIMIT where the address space is full.
 */
nshm_status nshm_view_map_read_only(const nshm_section *section,
                                    size_t offset,
                                    size_t len,
                                    nshm_view **view,
                                    nshm_error **error);

/**
 * Maps a section, or a part of it, copy-on-write: what is written stays in this process. A handle
 * that may only read will do.
 *
 * Linux: a private copy, made now; later writes of others are not seen. Windows: pages are shared
 * until this process writes to them (FILE_MAP_COPY).
 *
 * @param section Must not be NULL.
 * @param offset  Where the view begins, in bytes. Any will do: it need not be a whole page.
 * @param len     In bytes; 0: up to the end.
 * @param view    Where the view goes: give it back with nshm_view_unmap(). NULL on failure.
 * @param error   Where an error object goes; may be NULL.
 * @return NSHM_STATUS_OUT_OF_BOUNDS, _COMMIT_LIMIT where there is no memory for the pages.
 */
nshm_status nshm_view_map_private(const nshm_section *section,
                                  size_t offset,
                                  size_t len,
                                  nshm_view **view,
                                  nshm_error **error);

/**
 * The address of its first byte, for reading.
 *
 * @param view May be NULL.
 * @return An address that is good until the view is unmapped; NULL for NULL.
 */
const void *nshm_view_ptr(const nshm_view *view);

/**
 * The address of its first byte, for reading and writing.
 *
 * @param view May be NULL.
 * @return An address that is good until the view is unmapped; NULL for a view that is for reading
 *         only, and for NULL.
 */
void *nshm_view_writable_ptr(const nshm_view *view);

/**
 * Its length in bytes.
 *
 * @param view May be NULL.
 * @return 0 for NULL.
 */
size_t nshm_view_len(const nshm_view *view);

/**
 * Copies bytes out of a view. One of 1, 2, 4 or 8 bytes at an offset that is its multiple is read
 * whole while others write; anything longer may come from different moments.
 *
 * @param view   Must not be NULL.
 * @param offset Where to begin, in bytes.
 * @param buffer Memory of the caller that is no part of a view; may be NULL if `len` is 0.
 * @param len    How many bytes.
 * @param error  Where an error object goes; may be NULL.
 * @return NSHM_STATUS_OUT_OF_BOUNDS; then nothing was copied.
 */
nshm_status nshm_view_read(const nshm_view *view,
                           size_t offset,
                           void *buffer,
                           size_t len,
                           nshm_error **error);

/**
 * Copies bytes into a view. One of 1, 2, 4 or 8 bytes at an offset that is its multiple is written
 * whole.
 *
 * @param view   Must not be NULL.
 * @param offset Where to begin, in bytes.
 * @param bytes  Memory of the caller that is no part of a view; may be NULL if `len` is 0.
 * @param len    How many bytes.
 * @param error  Where an error object goes; may be NULL.
 * @return NSHM_STATUS_OUT_OF_BOUNDS, _ACCESS_DENIED for a view that is for reading only; then
 *         nothing was copied.
 */
nshm_status nshm_view_write(const nshm_view *view,
                            size_t offset,
                            const void *bytes,
                            size_t len,
                            nshm_error **error);

/**
 * Sets every byte of a part of a view.
 *
 * @param view   Must not be NULL.
 * @param offset Where to begin, in bytes.
 * @param byte   What to set them to.
 * @param len    How many bytes.
 * @param error  Where an error object goes; may be NULL.
 * @return NSHM_STATUS_OUT_OF_BOUNDS, _ACCESS_DENIED for a view that is for reading only; then
 *         nothing was written.
 */
nshm_status nshm_view_fill(const nshm_view *view,
                           size_t offset,
                           uint8_t byte,
                           size_t len,
                           nshm_error **error);

/**
 * Unmaps a view and frees it. Where it was the last user of its section, that goes with its name.
 *
 * @param view May be NULL.
 */
void nshm_view_unmap(nshm_view *view);

/* ---- Lists of live objects -------------------------------------------------------------------- */

/**
 * Lists the local names: those of this user (Linux) or of this session (Windows).
 *
 * It shows what this user may not open, too.
 *
 * @param list  Where the list goes: free it with nshm_list_free(). NULL on failure.
 * @param error Where an error object goes; may be NULL.
 * @return NSHM_STATUS_ACCESS_DENIED where the directory may not be read, _OTHER.
 */
nshm_status nshm_list_local(nshm_list **list, nshm_error **error);

/**
 * Lists the "Global\\" names; otherwise as nshm_list_local().
 *
 * @param list  Where the list goes: free it with nshm_list_free(). NULL on failure.
 * @param error Where an error object goes; may be NULL.
 * @return As nshm_list_local().
 */
nshm_status nshm_list_global(nshm_list **list, nshm_error **error);

/**
 * Lists the local names of a user (Linux) or session (Windows); otherwise as nshm_list_local().
 *
 * @param session Its number: see nshm_sessions().
 * @param list    Where the list goes: free it with nshm_list_free(). NULL on failure.
 * @param error   Where an error object goes; may be NULL.
 * @return As nshm_list_local().
 */
nshm_status nshm_list_session(uint32_t session, nshm_list **list, nshm_error **error);

/**
 * Lists the names of a private namespace; otherwise as nshm_list_local().
 *
 * @param dir   The directory of the namespace, UTF-8.
 * @param list  Where the list goes: free it with nshm_list_free(). NULL on failure.
 * @param error Where an error object goes; may be NULL.
 * @return As nshm_list_local().
 */
nshm_status nshm_list_namespace(const char *dir, nshm_list **list, nshm_error **error);

/**
 * How many objects a list has.
 *
 * @param list May be NULL.
 * @return 0 for NULL.
 */
size_t nshm_list_len(const nshm_list *list);

/**
 * One object of a list.
 *
 * @param list  May be NULL.
 * @param index From 0.
 * @return An entry that lives as long as the list; NULL past the end, and for NULL.
 */
const nshm_entry *nshm_list_get(const nshm_list *list, size_t index);

/**
 * Frees a list, its entries and their names.
 *
 * @param list May be NULL.
 */
void nshm_list_free(nshm_list *list);

/* ---- Names, for tools and administrators ------------------------------------------------------ */

/**
 * Finds the live object of a name without opening it: it need not admit this user, and is not
 * kept alive (on Windows it is for a moment).
 *
 * @param name    UTF-8, as for nshm_section_create().
 * @param options May be NULL; only the namespace matters.
 * @param kind    Where it says what it is, on success; may be NULL.
 * @param info    Where it says what the system knows of it, on success; may be NULL.
 * @param error   Where an error object goes; may be NULL.
 * @return NSHM_STATUS_NOT_FOUND, _INVALID_NAME, _FOREIGN_NAMESPACE, _CORRUPT.
 */
nshm_status nshm_find(const char *name,
                      const nshm_options *options,
                      nshm_kind *kind,
                      nshm_info *info,
                      nshm_error **error);

/**
 * Tells which processes have the object of a name open, as far as this user may see, in ascending
 * order.
 *
 * Linux: from /proc/PID/maps; root sees the processes of others. Windows: from the system's table
 * of handles.
 *
 * @param name     UTF-8, as for nshm_section_create().
 * @param options  May be NULL; only the namespace matters.
 * @param pids     Where the ids of the processes go; may be NULL if `capacity` is 0.
 * @param capacity How many it has room for. What does not fit is left out.
 * @param count    Where it says how many there are, on success; may be more than `capacity`.
 * @param error    Where an error object goes; may be NULL.
 * @return NSHM_STATUS_NOT_FOUND, and as nshm_section_open().
 */
nshm_status nshm_holders(const char *name,
                         const nshm_options *options,
                         uint32_t *pids,
                         size_t capacity,
                         size_t *count,
                         nshm_error **error);

/**
 * Takes the name away from an object that may be alive. Whoever has it open keeps it; nobody finds
 * it any more, and the name is free. For administrators: nothing in normal use needs it.
 *
 * @param name    UTF-8, as for nshm_section_create().
 * @param options May be NULL; only the namespace matters.
 * @param error   Where an error object goes; may be NULL.
 * @return NSHM_STATUS_NOT_FOUND, _ACCESS_DENIED where the name belongs to another user,
 *         _TIMED_OUT; _UNSUPPORTED on Windows, where only closing every handle frees a name.
 */
nshm_status nshm_remove(const char *name, const nshm_options *options, nshm_error **error);

/**
 * Clears a name whose object is gone: what the last user left when it was killed. A live name is
 * never touched. Nobody needs to call this: a creator of the name does the same.
 *
 * Linux: removes a stale link. Windows: names go with their objects; there is never one.
 *
 * @param name    UTF-8, as for nshm_section_create().
 * @param options May be NULL; only the namespace matters.
 * @param cleared Where it says whether there was one, on success; may be NULL.
 * @param error   Where an error object goes; may be NULL.
 * @return NSHM_STATUS_ACCESS_DENIED where the name belongs to another user, _TIMED_OUT,
 *         _FOREIGN_NAMESPACE, _CORRUPT, _INVALID_NAME.
 */
nshm_status nshm_clear_stale(const char *name,
                             const nshm_options *options,
                             bool *cleared,
                             nshm_error **error);

/**
 * The number of the user (Linux) or session (Windows) whose local names are this process's own:
 * "Session\\NUMBER\\x" is "x".
 *
 * @param session Where the number goes, on success.
 * @param error   Where an error object goes; may be NULL.
 * @return NSHM_STATUS_OTHER where the system does not tell.
 */
nshm_status nshm_session(uint32_t *session, nshm_error **error);

/**
 * The numbers of the users (Linux) or sessions (Windows) that have local names, for
 * nshm_list_session().
 *
 * @param numbers  Where they go; may be NULL if `capacity` is 0.
 * @param capacity How many it has room for. What does not fit is left out.
 * @param count    Where it says how many there are, on success; may be more than `capacity`.
 * @param error    Where an error object goes; may be NULL.
 * @return NSHM_STATUS_OTHER where the system does not tell.
 */
nshm_status nshm_sessions(uint32_t *numbers, size_t capacity, size_t *count, nshm_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /*NSHM_H */
