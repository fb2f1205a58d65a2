/* The second process: opens the section of first_process by its name and shows the text. */

#include <nshm.h>
#include <stdio.h>

static int failed(nshm_error *error)
{
    fprintf(stderr, "%s\n", nshm_error_message(error));
    nshm_error_free(error);
    return 1;
}

int main(void)
{
    char text[256];
    nshm_section *section;
    nshm_view *view;
    nshm_error *error;

    if (nshm_section_open_read_only("Global\\MyFileMappingObject", NULL, &section, &error) != 0)
        return failed(error);
    if (nshm_view_map_read_only(section, 0, 0, &view, &error) != 0)
        return failed(error);
    if (nshm_view_read(view, 0, text, sizeof text, &error) != 0)
        return failed(error);

    /* Another process wrote it: do not rely on the NUL at its end. */
    printf("%.*s\n", (int)sizeof text, text);

    nshm_view_unmap(view);
    nshm_section_close(section, NULL);
    return 0;
}
