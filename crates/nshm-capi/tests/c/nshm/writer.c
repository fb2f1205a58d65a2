/* Creates a section, writes a text into it, says so, and holds it until its input ends.
 *
 * writer TEXT          without a name; says the token
 * writer TEXT NAME     under a name
 * writer TEXT NAME DIR under a name in a private namespace
 */

#include "check.h"

int main(int argc, char **argv)
{
    nshm_options *options = NULL;
    nshm_section *section;
    nshm_view *view;

    CHECK(argc >= 2);
    if (argc > 3) {
        options = nshm_options_new();
        CHECK_OK(nshm_options_set_namespace(options, argv[3]));
    }
    if (argc > 2)
        CHECK_OK(nshm_section_create(argv[2], 4096, options, &section, NULL));
    else
        CHECK_OK(nshm_section_anonymous(4096, options, &section, NULL));
    nshm_options_free(options);
    CHECK_OK(nshm_view_map(section, 0, 0, &view, NULL));
    CHECK_OK(nshm_view_write(view, 0, argv[1], strlen(argv[1]) + 1, NULL));
    if (argc > 2) {
        CHECK(strstr(nshm_section_name(section), argv[2]) != NULL);
        puts("ready");
    } else {
        const char *token;
        CHECK(nshm_section_name(section) == NULL);
        CHECK_OK(nshm_section_token(section, &token, NULL));
        puts(token);
    }
    fflush(stdout);
    while (getchar() != EOF)
        ;
    nshm_view_unmap(view);
    CHECK_OK(nshm_section_close(section, NULL));
    return 0;
}
