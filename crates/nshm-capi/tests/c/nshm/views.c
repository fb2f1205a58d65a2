/* Views: parts, access, copies, addresses, and what keeps a section. */

#include "check.h"

int main(void)
{
    nshm_section *section, *same;
    nshm_view *whole, *part, *reading, *own;
    nshm_disposition disposition;
    nshm_info info;
    char bytes[4];
    uint32_t *counter;

    CHECK_OK(nshm_section_open_or_create("views", 5000, NULL, &section, &disposition, NULL));
    CHECK(disposition == NSHM_DISPOSITION_CREATED);
    CHECK(nshm_section_len(section) >= 5000);
    CHECK(nshm_section_len(section) % 4096 == 0);
    CHECK(nshm_section_access(section) == NSHM_ACCESS_READ_WRITE);
    CHECK(strcmp(nshm_section_name(section), "views") == 0);

    CHECK_OK(nshm_view_map(section, 0, 0, &whole, NULL));
    CHECK(nshm_view_len(whole) == nshm_section_len(section));
    CHECK_OK(nshm_view_map(section, 4999, 3, &part, NULL));
    CHECK(nshm_view_len(part) == 3);
    CHECK_OK(nshm_view_map_read_only(section, 4999, 0, &reading, NULL));
    CHECK(nshm_view_len(reading) == nshm_section_len(section) - 4999);

    /* New memory is zero; what one view writes the others read. */
    CHECK_OK(nshm_view_read(whole, 4998, bytes, 4, NULL));
    CHECK(memcmp(bytes, "\0\0\0\0", 4) == 0);
    CHECK_OK(nshm_view_write(part, 0, "abc", 3, NULL));
    CHECK_OK(nshm_view_fill(part, 1, 'x', 1, NULL));
    CHECK_OK(nshm_view_read(whole, 4999, bytes, 3, NULL));
    CHECK(memcmp(bytes, "axc", 3) == 0);
    CHECK(memcmp(nshm_view_ptr(reading), "axc", 3) == 0);
    CHECK(nshm_view_writable_ptr(reading) == NULL);
    CHECK(nshm_view_writable_ptr(whole) == nshm_view_ptr(whole));

    /* The memory itself: what compilers call an atomic works on it. */
    counter = (uint32_t *)nshm_view_writable_ptr(whole);
    CHECK(__atomic_add_fetch(counter, 3, __ATOMIC_SEQ_CST) == 3);

    /* A private view sees what was there, and keeps its changes to itself. */
    CHECK_OK(nshm_view_map_private(section, 4999, 3, &own, NULL));
    CHECK_OK(nshm_view_read(own, 0, bytes, 3, NULL));
    CHECK(memcmp(bytes, "axc", 3) == 0);
    CHECK_OK(nshm_view_write(own, 0, "own", 3, NULL));
    CHECK(memcmp(nshm_view_ptr(reading), "axc", 3) == 0);
    CHECK(memcmp(nshm_view_ptr(own), "own", 3) == 0);
    nshm_view_unmap(own);
    nshm_view_unmap(part);
    nshm_view_unmap(reading);

    /* A view keeps the section and its name when the handle is closed. */
    CHECK_OK(nshm_section_close(section, NULL));
    CHECK_OK(nshm_section_open_or_create("views", 1, NULL, &same, &disposition, NULL));
    CHECK(disposition == NSHM_DISPOSITION_OPENED);
    CHECK(nshm_section_len(same) == nshm_view_len(whole));
    CHECK_OK(nshm_section_info(same, &info, NULL));
    CHECK(info.len == nshm_view_len(whole));
    CHECK(info.attach_count >= 2);
    CHECK(IS_WINDOWS ? info.resident == 0 : info.resident >= 4096);
    CHECK(IS_WINDOWS ? info.created == 0 : info.created > 1000000000);
    CHECK(info.audience == NSHM_AUDIENCE_OWNER);
    CHECK_OK(nshm_section_close(same, NULL));
    nshm_view_unmap(whole);
    CHECK_STATUS(NSHM_STATUS_NOT_FOUND, nshm_section_open("views", NULL, &section, NULL));
    return 0;
}
