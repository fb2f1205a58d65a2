/* Every option does what it says, as far as one process can see. */

#include "check.h"

int main(void)
{
    nshm_options *options = nshm_options_new();
    nshm_section *section, *reader;
    nshm_view *view;
    nshm_info info;
    const size_t size = 64 * 4096;

    CHECK_OK(nshm_options_set_security(options, NSHM_AUDIENCE_EVERYONE, NSHM_ACCESS_READ_ONLY));
    CHECK_OK(nshm_options_set_populate(options, true));
    CHECK_OK(nshm_options_set_dumpable(options, true));
    CHECK_OK(nshm_section_create("options", size, options, &section, NULL));
    CHECK_OK(nshm_section_info(section, &info, NULL));
    CHECK(info.audience == NSHM_AUDIENCE_EVERYONE);
    CHECK(info.others == NSHM_ACCESS_READ_ONLY);
    CHECK(info.resident == (IS_WINDOWS ? 0 : size));

    /* Options serve any number of calls, and may change between them. */
    CHECK_OK(nshm_options_set_access(options, NSHM_ACCESS_READ_ONLY));
    CHECK_OK(nshm_section_open("options", options, &reader, NULL));
    CHECK(nshm_section_access(reader) == NSHM_ACCESS_READ_ONLY);
    CHECK_OK(nshm_section_close(reader, NULL));
    CHECK_OK(nshm_options_set_access(options, NSHM_ACCESS_READ_WRITE));
    CHECK_OK(nshm_section_open_read_only("options", options, &reader, NULL));
    CHECK(nshm_section_access(reader) == NSHM_ACCESS_READ_ONLY);
    CHECK_OK(nshm_section_close(reader, NULL));
    CHECK_OK(nshm_section_close(section, NULL));

    /* Nobody: not even who made it, by its name. */
    CHECK_OK(nshm_options_set_security(options, NSHM_AUDIENCE_NOBODY, NSHM_ACCESS_READ_WRITE));
    CHECK_OK(nshm_section_create("closed", size, options, &section, NULL));
    CHECK_STATUS(NSHM_STATUS_ACCESS_DENIED, nshm_section_open("closed", NULL, &reader, NULL));
    CHECK_OK(nshm_section_info(section, &info, NULL));
    CHECK(info.audience == NSHM_AUDIENCE_NOBODY);
    CHECK_OK(nshm_section_close(section, NULL));

    CHECK_OK(nshm_options_set_populate(options, false));
    CHECK_OK(nshm_options_set_security(options, NSHM_AUDIENCE_GROUP, NSHM_ACCESS_READ_WRITE));
    CHECK_OK(nshm_options_set_reserve_only(options, true));
    CHECK_OK(nshm_options_set_huge_pages(options, NSHM_HUGE_PAGES_TRANSPARENT));
    CHECK_OK(nshm_section_anonymous(size, options, &section, NULL));
    nshm_options_free(options);
    CHECK_OK(nshm_section_info(section, &info, NULL));
    CHECK(info.audience == NSHM_AUDIENCE_GROUP);
    CHECK(info.others == NSHM_ACCESS_READ_WRITE);
    CHECK(info.resident == 0);
    CHECK_OK(nshm_view_map(section, 0, 0, &view, NULL));
    CHECK_OK(nshm_view_write(view, size - 1, "x", 1, NULL));
    nshm_view_unmap(view);
    CHECK_OK(nshm_section_close(section, NULL));
    return 0;
}
