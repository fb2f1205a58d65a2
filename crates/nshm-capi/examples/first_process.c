/* The first process: creates a named section, writes into it, and holds it until Enter. */

#include <nshm.h>
#include <stdio.h>

static int failed(nshm_error *error)
{
    fprintf(stderr, "%s\n", nshm_error_message(error));
    if (nshm_error_hint(error) != NULL)
        fprintf(stderr, "%s\n", nshm_error_hint(error));
    nshm_error_free(error);
    return 1;
}

int main(void)
{
    static const char text[] = "Message from first process.";
    nshm_section *section;
    nshm_view *view;
    nshm_error *error;

    if (nshm_section_create("Global\\MyFileMappingObject", 256, NULL, &section, &error) != 0)
        return failed(error);
    if (nshm_view_map(section, 0, 0, &view, &error) != 0)
        return failed(error);
    if (nshm_view_write(view, 0, text, sizeof text, &error) != 0)
        return failed(error);

    printf("Wrote into %s. Press Enter to end.\n", nshm_section_name(section));
    fflush(stdout);
    getchar();

    /* Name and memory go here, unless another process has the section open. */
    nshm_view_unmap(view);
    nshm_section_close(section, NULL);
    return 0;
}
