/* NULL and numbers that no enumeration has, in every place: an answer, and never a crash. */

#include "check.h"

static const nshm_status INVALID = NSHM_STATUS_INVALID_ARGUMENT;

static void of_errors_and_texts(void)
{
    CHECK(strcmp(nshm_version(), NSHM_VERSION) == 0);
    CHECK(strlen(nshm_status_text(NSHM_STATUS_INTERNAL)) > 0);
    CHECK(strlen(nshm_status_text((nshm_status)77)) > 0);
    CHECK(nshm_error_status(NULL) == NSHM_STATUS_OK);
    CHECK(strcmp(nshm_error_message(NULL), "") == 0);
    CHECK(strcmp(nshm_error_step(NULL), "") == 0);
    CHECK(nshm_error_name(NULL) == NULL);
    CHECK(nshm_error_hint(NULL) == NULL);
    CHECK(nshm_error_cause(NULL) == NULL);
    CHECK(nshm_error_os_code(NULL) == 0);
    CHECK(nshm_error_name_rule(NULL) == NSHM_NAME_RULE_NONE);
    nshm_error_free(NULL);
}

static void of_options(void)
{
    nshm_options *options = nshm_options_new();
    CHECK(options != NULL);
    nshm_options_free(NULL);
    CHECK_STATUS(INVALID, nshm_options_set_access(NULL, NSHM_ACCESS_READ_ONLY));
    CHECK_STATUS(INVALID, nshm_options_set_access(options, (nshm_access)2));
    CHECK_STATUS(INVALID, nshm_options_set_access(options, (nshm_access)-1));
    CHECK_STATUS(INVALID,
                 nshm_options_set_security(NULL, NSHM_AUDIENCE_GROUP, NSHM_ACCESS_READ_ONLY));
    CHECK_STATUS(INVALID,
                 nshm_options_set_security(options, (nshm_audience)4, NSHM_ACCESS_READ_ONLY));
    CHECK_STATUS(INVALID,
                 nshm_options_set_security(options, NSHM_AUDIENCE_GROUP, (nshm_access)9));
    CHECK_STATUS(INVALID, nshm_options_set_populate(NULL, true));
    CHECK_STATUS(INVALID, nshm_options_set_lock(NULL, true));
    CHECK_STATUS(INVALID, nshm_options_set_reserve_only(NULL, true));
    CHECK_STATUS(INVALID, nshm_options_set_huge_pages(NULL, NSHM_HUGE_PAGES_NO));
    CHECK_STATUS(INVALID, nshm_options_set_huge_pages(options, (nshm_huge_pages)4));
    CHECK_STATUS(INVALID, nshm_options_set_dumpable(NULL, true));
    CHECK_STATUS(INVALID, nshm_options_set_namespace(NULL, "/tmp"));
    CHECK_STATUS(INVALID, nshm_options_set_namespace(options, "\xff"));
    CHECK_OK(nshm_options_set_namespace(options, NULL));
    nshm_options_free(options);
}

static void of_sections(void)
{
    nshm_section *section = NULL;
    nshm_error *error = NULL;
    CHECK_STATUS(INVALID, nshm_section_create(NULL, 1, NULL, &section, &error));
    CHECK(section == NULL && nshm_error_status(error) == INVALID);
    CHECK(strstr(nshm_error_message(error), "NULL") != NULL);
    nshm_error_free(error);
    CHECK_STATUS(INVALID, nshm_section_create(NULL, 0, NULL, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_section_create("x", 1, NULL, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_section_open(NULL, NULL, &section, NULL));
    CHECK_STATUS(INVALID, nshm_section_open("x", NULL, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_section_open_read_only(NULL, NULL, &section, NULL));
    CHECK_STATUS(INVALID, nshm_section_open_read_only("x", NULL, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_section_open_or_create(NULL, 1, NULL, &section, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_section_open_or_create("x", 1, NULL, NULL, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_section_anonymous(1, NULL, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_section_from_token(NULL, NULL, &section, NULL));
    CHECK_STATUS(INVALID, nshm_section_from_token("x", NULL, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_section_wait(NULL, 0, NULL, &section, NULL));
    CHECK_STATUS(INVALID, nshm_section_wait("x", NSHM_FOREVER, NULL, NULL, NULL));
    CHECK(nshm_section_len(NULL) == 0);
    CHECK(nshm_section_name(NULL) == NULL);
    CHECK(nshm_section_access(NULL) == NSHM_ACCESS_READ_ONLY);
    CHECK_STATUS(INVALID, nshm_section_token(NULL, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_section_info(NULL, NULL, NULL));
    CHECK_OK(nshm_section_close(NULL, NULL));

    /* The name was not taken by a call whose result had no place. */
    CHECK_OK(nshm_section_open_or_create("x", 1, NULL, &section, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_section_token(section, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_section_info(section, NULL, NULL));
    CHECK_OK(nshm_section_close(section, NULL));
}

static void of_views(void)
{
    nshm_section *section;
    nshm_view *view;
    char byte = 0;
    CHECK_OK(nshm_section_anonymous(1, NULL, &section, NULL));
    CHECK_STATUS(INVALID, nshm_view_map(NULL, 0, 0, &view, NULL));
    CHECK(view == NULL);
    CHECK_STATUS(INVALID, nshm_view_map(section, 0, 0, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_view_map_read_only(NULL, 0, 0, &view, NULL));
    CHECK_STATUS(INVALID, nshm_view_map_read_only(section, 0, 0, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_view_map_private(NULL, 0, 0, &view, NULL));
    CHECK_STATUS(INVALID, nshm_view_map_private(section, 0, 0, NULL, NULL));
    CHECK(nshm_view_ptr(NULL) == NULL);
    CHECK(nshm_view_writable_ptr(NULL) == NULL);
    CHECK(nshm_view_len(NULL) == 0);
    CHECK_OK(nshm_view_map(section, 0, 0, &view, NULL));
    CHECK_STATUS(INVALID, nshm_view_read(NULL, 0, &byte, 1, NULL));
    CHECK_STATUS(INVALID, nshm_view_read(view, 0, NULL, 1, NULL));
    CHECK_OK(nshm_view_read(view, 0, NULL, 0, NULL));
    CHECK_STATUS(INVALID, nshm_view_read(view, 0, &byte, SIZE_MAX, NULL));
    CHECK_STATUS(INVALID, nshm_view_write(NULL, 0, &byte, 1, NULL));
    CHECK_STATUS(INVALID, nshm_view_write(view, 0, NULL, 1, NULL));
    CHECK_OK(nshm_view_write(view, 0, NULL, 0, NULL));
    CHECK_STATUS(INVALID, nshm_view_write(view, 0, &byte, SIZE_MAX, NULL));
    CHECK_STATUS(INVALID, nshm_view_fill(NULL, 0, 0, 0, NULL));
    nshm_view_unmap(view);
    nshm_view_unmap(NULL);
    CHECK_OK(nshm_section_close(section, NULL));
}

static void of_lists_and_names(void)
{
    nshm_list *list = NULL;
    size_t count = 7;
    CHECK_STATUS(INVALID, nshm_list_local(NULL, NULL));
    CHECK_STATUS(INVALID, nshm_list_global(NULL, NULL));
    CHECK_STATUS(INVALID, nshm_list_session(0, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_list_namespace("/tmp", NULL, NULL));
    CHECK_STATUS(INVALID, nshm_list_namespace(NULL, &list, NULL));
    CHECK_STATUS(INVALID, nshm_list_namespace("\xff", &list, NULL));
    CHECK(list == NULL);
    CHECK(nshm_list_len(NULL) == 0);
    CHECK(nshm_list_get(NULL, 0) == NULL);
    nshm_list_free(NULL);
    CHECK_STATUS(INVALID, nshm_find(NULL, NULL, NULL, NULL, NULL));
    CHECK_STATUS(NSHM_STATUS_NOT_FOUND, nshm_find("x", NULL, NULL, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_holders(NULL, NULL, NULL, 0, &count, NULL));
    CHECK_STATUS(INVALID, nshm_holders("x", NULL, NULL, 0, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_holders("x", NULL, NULL, 1, &count, NULL));
    CHECK(count == 7);
    CHECK_STATUS(INVALID, nshm_remove(NULL, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_clear_stale(NULL, NULL, NULL, NULL));
    CHECK_OK(nshm_clear_stale("x", NULL, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_session(NULL, NULL));
    CHECK_STATUS(INVALID, nshm_sessions(NULL, 0, NULL, NULL));
    CHECK_STATUS(INVALID, nshm_sessions(NULL, 1, &count, NULL));
    CHECK_OK(nshm_sessions(NULL, 0, &count, NULL));
}

int main(void)
{
    of_errors_and_texts();
    of_options();
    of_sections();
    of_views();
    of_lists_and_names();
    return 0;
}
