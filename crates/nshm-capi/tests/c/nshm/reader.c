/* Opens a section, for reading only, and says the text that it begins with.
 *
 * reader -t TOKEN    by a token
 * reader NAME        by its name, as soon as it exists
 * reader NAME DIR    by its name in a private namespace, as soon as it exists
 */

#include "check.h"

int main(int argc, char **argv)
{
    nshm_options *options = nshm_options_new();
    nshm_section *section;
    nshm_view *view;
    char text[256];

    CHECK(argc >= 2);
    CHECK_OK(nshm_options_set_access(options, NSHM_ACCESS_READ_ONLY));
    if (argc > 2 && strcmp(argv[1], "-t") == 0) {
        CHECK_OK(nshm_section_from_token(argv[2], options, &section, NULL));
    } else {
        CHECK_OK(nshm_options_set_namespace(options, argc > 2 ? argv[2] : NULL));
        CHECK_OK(nshm_section_wait(argv[1], 60000, options, &section, NULL));
    }
    nshm_options_free(options);
    CHECK(nshm_section_access(section) == NSHM_ACCESS_READ_ONLY);
    CHECK_OK(nshm_view_map_read_only(section, 0, 0, &view, NULL));
    /* The view keeps the section. */
    CHECK_OK(nshm_section_close(section, NULL));
    CHECK_OK(nshm_view_read(view, 0, text, sizeof text, NULL));
    text[sizeof text - 1] = '\0';
    puts(text);
    nshm_view_unmap(view);
    return 0;
}
