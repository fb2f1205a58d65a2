/* Names: UTF-8, scopes, private namespaces; lists, holders, and names taken away.
 *
 * names DIR    an empty directory
 */

#include "check.h"

#include <unistd.h>

#define SEA "\xd0\xbc\xd0\xbe\xd1\x80\xd0\xb5 \xf0\x9f\x8c\x8a" /* four letters and a wave */

/* The entry of a name in a list. */
static const nshm_entry *find_in(const nshm_list *list, const char *name)
{
    size_t index;
    for (index = 0; index < nshm_list_len(list); index++) {
        const nshm_entry *entry = nshm_list_get(list, index);
        CHECK(entry != NULL);
        if (strcmp(entry->name, name) == 0)
            return entry;
    }
    CHECK(nshm_list_get(list, nshm_list_len(list)) == NULL);
    CHECK(nshm_list_get(list, SIZE_MAX) == NULL);
    return NULL;
}

static void local_names(void)
{
    nshm_section *first, *second, *same;
    nshm_list *list;
    nshm_kind kind;
    nshm_info info;
    uint32_t session, sessions[64], pids[1];
    size_t count, index;
    bool found = false;
    char name[256];

    CHECK_OK(nshm_section_create(SEA, 1, NULL, &first, NULL));
    CHECK(strcmp(nshm_section_name(first), SEA) == 0);
    CHECK_OK(nshm_section_create("Local\\second", 9000, NULL, &second, NULL));
    CHECK(strcmp(nshm_section_name(second), "Local\\second") == 0);
    CHECK_OK(nshm_list_local(&list, NULL));
    CHECK(nshm_list_len(list) == 2);
    CHECK(find_in(list, "third") == NULL);
    CHECK(find_in(list, SEA) != NULL);
    CHECK(find_in(list, SEA)->kind == NSHM_KIND_SECTION);
    CHECK(find_in(list, SEA)->info.creator_pid == (IS_WINDOWS ? 0 : (uint32_t)getpid()));
    CHECK(strcmp(nshm_list_get(list, 0)->name, "second") == 0);
    CHECK(nshm_list_get(list, 0)->info.len == nshm_section_len(second));
    /* Lists outlive what they list. */
    CHECK_OK(nshm_section_close(second, NULL));
    CHECK(find_in(list, "second") != NULL);
    nshm_list_free(list);

    CHECK_OK(nshm_find(SEA, NULL, &kind, &info, NULL));
    CHECK(kind == NSHM_KIND_SECTION && info.len == nshm_section_len(first));
    CHECK_OK(nshm_holders(SEA, NULL, pids, 1, &count, NULL));
    CHECK(count == 1 && pids[0] == (uint32_t)getpid());
    pids[0] = 0;
    CHECK_OK(nshm_holders(SEA, NULL, pids, 0, &count, NULL));
    CHECK(count == 1 && pids[0] == 0);

    /* The local names of this session are those of a number. */
    CHECK_OK(nshm_session(&session, NULL));
    CHECK_OK(nshm_sessions(sessions, 64, &count, NULL));
    for (index = 0; index < count && index < 64; index++)
        found = found || sessions[index] == session;
    CHECK(found);
    CHECK_OK(nshm_list_session(session, &list, NULL));
    CHECK(nshm_list_len(list) == 1);
    nshm_list_free(list);
    snprintf(name, sizeof name, "Session\\%u\\%s", (unsigned)session, SEA);
    CHECK_OK(nshm_section_open(name, NULL, &same, NULL));
    CHECK_OK(nshm_section_close(same, NULL));

    /* A live name is not stale; where it can be taken away, it is free at once. */
    found = true;
    CHECK_OK(nshm_clear_stale(SEA, NULL, &found, NULL));
    CHECK(!found);
    if (IS_WINDOWS) {
        CHECK_STATUS(NSHM_STATUS_UNSUPPORTED, nshm_remove(SEA, NULL, NULL));
    } else {
        CHECK_OK(nshm_remove(SEA, NULL, NULL));
        CHECK_STATUS(NSHM_STATUS_NOT_FOUND, nshm_section_open(SEA, NULL, &same, NULL));
        CHECK_STATUS(NSHM_STATUS_NOT_FOUND, nshm_remove(SEA, NULL, NULL));
    }
    CHECK_OK(nshm_section_close(first, NULL));
}

static void global_names(void)
{
    nshm_section *section;
    nshm_list *list;
    CHECK_OK(nshm_section_create("Global\\" SEA, 1, NULL, &section, NULL));
    CHECK_OK(nshm_list_global(&list, NULL));
    CHECK(find_in(list, "Global\\" SEA) != NULL);
    nshm_list_free(list);
    CHECK_OK(nshm_section_close(section, NULL));
}

static void private_names(const char *dir)
{
    nshm_options *options = nshm_options_new();
    nshm_section *section, *same;
    nshm_list *list;
    nshm_info info;
    CHECK_OK(nshm_options_set_namespace(options, dir));
    CHECK_OK(nshm_section_create(SEA, 1, options, &section, NULL));
    CHECK(strcmp(nshm_section_name(section), SEA) == 0);
    CHECK_STATUS(NSHM_STATUS_NOT_FOUND, nshm_section_open(SEA, NULL, &same, NULL));
    CHECK_STATUS(NSHM_STATUS_INVALID_NAME, nshm_section_open("Local\\x", options, &same, NULL));
    CHECK_OK(nshm_find(SEA, options, NULL, &info, NULL));
    CHECK_OK(nshm_list_namespace(dir, &list, NULL));
    CHECK(nshm_list_len(list) == 1);
    /* A name from the list opens with the same options. */
    CHECK_OK(nshm_section_open(nshm_list_get(list, 0)->name, options, &same, NULL));
    nshm_list_free(list);
    CHECK_OK(nshm_section_close(same, NULL));
    CHECK_OK(nshm_section_close(section, NULL));
    CHECK_STATUS(NSHM_STATUS_NOT_FOUND, nshm_remove(SEA, options, NULL));
    nshm_options_free(options);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    local_names();
    global_names();
    private_names(argv[1]);
    return 0;
}
