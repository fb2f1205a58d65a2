/* Each status that one process can reach by itself, and what the error object says of it.
 *
 * errors [FOREIGN CORRUPT]    names that lead to another IPC namespace, and to nonsense, on a
 *                              system where names lead somewhere
 */

#include "check.h"

/* What the error of the last check said. */
static char message[1024];

/* Checks an error, keeps its message and frees it. */
static void says(nshm_error *error, nshm_status status, const char *name)
{
    CHECK(error != NULL);
    CHECK(nshm_error_status(error) == status);
    CHECK(strlen(nshm_error_message(error)) > 0);
    CHECK(strlen(nshm_error_step(error)) > 0);
    CHECK(strstr(nshm_error_message(error), nshm_error_step(error)) != NULL);
    if (name != NULL) {
        CHECK(nshm_error_name(error) != NULL);
        CHECK(strcmp(nshm_error_name(error), name) == 0);
    }
    CHECK((nshm_error_cause(error) == NULL) == (nshm_error_os_code(error) == 0));
    CHECK((nshm_error_name_rule(error) != NSHM_NAME_RULE_NONE)
          == (status == NSHM_STATUS_INVALID_NAME));
    snprintf(message, sizeof message, "%s", nshm_error_message(error));
    nshm_error_free(error);
}

/* Opening `name` fails with `status`. */
static void opening_fails(const char *name, nshm_status status)
{
    nshm_section *section = (nshm_section *)message;
    nshm_error *error = NULL;
    CHECK_STATUS(status, nshm_section_open(name, NULL, &section, &error));
    CHECK(section == NULL);
    says(error, status, NULL);
    /* Nobody needs to ask for an error. */
    CHECK_STATUS(status, nshm_section_open(name, NULL, &section, NULL));
}

/* `name` breaks `rule`. */
static void breaks(const char *name, nshm_name_rule rule)
{
    nshm_section *section;
    nshm_error *error;
    CHECK_STATUS(NSHM_STATUS_INVALID_NAME, nshm_section_create(name, 1, NULL, &section, &error));
    CHECK(nshm_error_name_rule(error) == rule);
    says(error, NSHM_STATUS_INVALID_NAME, NULL);
}

static void of_names(void)
{
    char long_name[262];
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    breaks("", NSHM_NAME_RULE_EMPTY);
    breaks(long_name, NSHM_NAME_RULE_TOO_LONG);
    breaks("\\x", NSHM_NAME_RULE_LEADING_SEPARATOR);
    breaks("global\\x", NSHM_NAME_RULE_UNKNOWN_PREFIX);
    breaks("Global\\", NSHM_NAME_RULE_MISSING_LEAF);
    breaks("Local", NSHM_NAME_RULE_RESERVED);
    breaks("\xff\xfe", NSHM_NAME_RULE_NOT_UTF8);
}

static void of_sections(void)
{
    nshm_section *section, *other;
    nshm_error *error;

    CHECK_OK(nshm_section_create("taken", 1, NULL, &section, &error));
    CHECK(error == NULL);
    CHECK_STATUS(NSHM_STATUS_ALREADY_EXISTS,
                 nshm_section_create("taken", 1, NULL, &other, &error));
    says(error, NSHM_STATUS_ALREADY_EXISTS, "taken");
    CHECK(strcmp(message, "failed to create section `taken`: a live object has this name already")
          == 0);
    CHECK_OK(nshm_section_close(section, &error));
    CHECK(error == NULL);

    CHECK_STATUS(NSHM_STATUS_INVALID_SIZE, nshm_section_create("x", 0, NULL, &section, &error));
    CHECK(nshm_error_hint(error) != NULL);
    says(error, NSHM_STATUS_INVALID_SIZE, "x");
    CHECK_STATUS(NSHM_STATUS_COMMIT_LIMIT, nshm_section_anonymous(SIZE_MAX, NULL, &section, &error));
    says(error, NSHM_STATUS_COMMIT_LIMIT, NULL);
    CHECK_STATUS(NSHM_STATUS_TIMED_OUT, nshm_section_wait("x", 1, NULL, &section, &error));
    says(error, NSHM_STATUS_TIMED_OUT, "x");
    CHECK_STATUS(NSHM_STATUS_CORRUPT, nshm_section_from_token("no token", NULL, &section, &error));
    says(error, NSHM_STATUS_CORRUPT, "no token");
    CHECK_STATUS(NSHM_STATUS_INVALID_ARGUMENT,
                 nshm_section_from_token("\xff", NULL, &section, &error));
    says(error, NSHM_STATUS_INVALID_ARGUMENT, NULL);
}

static void of_views(void)
{
    nshm_section *section, *reader;
    nshm_view *view, *none;
    nshm_error *error;
    char byte = 0;

    CHECK_OK(nshm_section_create("viewed", 1, NULL, &section, NULL));
    CHECK_STATUS(NSHM_STATUS_OUT_OF_BOUNDS,
                 nshm_view_map(section, SIZE_MAX, SIZE_MAX, &none, &error));
    CHECK(none == NULL);
    says(error, NSHM_STATUS_OUT_OF_BOUNDS, "viewed");
    CHECK_STATUS(NSHM_STATUS_OUT_OF_BOUNDS, nshm_view_map_read_only(section, 1, 1 << 30, &none, NULL));
    CHECK_STATUS(NSHM_STATUS_OUT_OF_BOUNDS, nshm_view_map_private(section, 1, 1 << 30, &none, NULL));

    CHECK_OK(nshm_view_map(section, 0, 8, &view, NULL));
    CHECK_STATUS(NSHM_STATUS_OUT_OF_BOUNDS, nshm_view_read(view, 8, &byte, 1, &error));
    says(error, NSHM_STATUS_OUT_OF_BOUNDS, NULL);
    CHECK_STATUS(NSHM_STATUS_OUT_OF_BOUNDS, nshm_view_write(view, SIZE_MAX, &byte, 1, NULL));
    CHECK_STATUS(NSHM_STATUS_OUT_OF_BOUNDS, nshm_view_fill(view, 1, 0, SIZE_MAX, NULL));
    nshm_view_unmap(view);

    CHECK_OK(nshm_section_open_read_only("viewed", NULL, &reader, NULL));
    CHECK_STATUS(NSHM_STATUS_ACCESS_DENIED, nshm_view_map(reader, 0, 0, &none, &error));
    says(error, NSHM_STATUS_ACCESS_DENIED, "viewed");
    CHECK_OK(nshm_view_map_read_only(reader, 0, 0, &view, NULL));
    CHECK_STATUS(NSHM_STATUS_ACCESS_DENIED, nshm_view_write(view, 0, &byte, 1, &error));
    CHECK(nshm_error_hint(error) != NULL);
    says(error, NSHM_STATUS_ACCESS_DENIED, NULL);
    CHECK_STATUS(NSHM_STATUS_ACCESS_DENIED, nshm_view_fill(view, 0, 1, 1, NULL));
    nshm_view_unmap(view);
    CHECK_OK(nshm_section_close(reader, NULL));
    CHECK_OK(nshm_section_close(section, NULL));
}

int main(int argc, char **argv)
{
    CHECK(argc == 3 || argc == 1);
    opening_fails("nobody made this", NSHM_STATUS_NOT_FOUND);
    CHECK(strstr(message, "nobody made this") != NULL);
    if (argc == 3) {
        opening_fails(argv[1], NSHM_STATUS_FOREIGN_NAMESPACE);
        opening_fails(argv[2], NSHM_STATUS_CORRUPT);
    }
    of_names();
    of_sections();
    of_views();
    return 0;
}
