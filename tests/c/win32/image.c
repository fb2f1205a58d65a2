/* SEC_IMAGE of a file that is a program of Windows (section 2.2). */
#include "call.h"
#include "file.h"
#include "row.h"

#include <string.h>

#define HEADERS 0x200
#define LENGTH 0x400

static void put(unsigned char *image, size_t at, unsigned long value, size_t bytes)
{
    size_t i;
    for (i = 0; i < bytes; i++)
        image[at + i] = (unsigned char)(value >> 8 * i);
}

/* The least that is a 64-bit program: headers and one section of data. */
static HANDLE new_image(void)
{
    enum { AT_PE = 0x40, AT_OPTIONAL = AT_PE + 24, AT_SECTION = AT_OPTIONAL + 240 };
    unsigned char image[LENGTH];

    memset(image, 0, sizeof image);
    memcpy(image, "MZ", 2);
    put(image, 0x3c, AT_PE, 4);
    memcpy(image + AT_PE, "PE", 2);
    put(image, AT_PE + 4, 0x8664, 2);              /* Machine */
    put(image, AT_PE + 6, 1, 2);                   /* NumberOfSections */
    put(image, AT_PE + 20, 240, 2);                /* SizeOfOptionalHeader */
    put(image, AT_PE + 22, 0x22, 2);               /* executable, any address */
    put(image, AT_OPTIONAL, 0x20b, 2);             /* Magic */
    put(image, AT_OPTIONAL + 8, 0x200, 4);         /* SizeOfInitializedData */
    put(image, AT_OPTIONAL + 24, 0x40000000, 4);   /* ImageBase, low half */
    put(image, AT_OPTIONAL + 28, 1, 4);            /* ImageBase, high half */
    put(image, AT_OPTIONAL + 32, 0x1000, 4);       /* SectionAlignment */
    put(image, AT_OPTIONAL + 36, 0x200, 4);        /* FileAlignment */
    put(image, AT_OPTIONAL + 40, 6, 2);            /* MajorOperatingSystemVersion */
    put(image, AT_OPTIONAL + 48, 6, 2);            /* MajorSubsystemVersion */
    put(image, AT_OPTIONAL + 56, 0x2000, 4);       /* SizeOfImage */
    put(image, AT_OPTIONAL + 60, HEADERS, 4);      /* SizeOfHeaders */
    put(image, AT_OPTIONAL + 68, 3, 2);            /* Subsystem: the console */
    put(image, AT_OPTIONAL + 72, 0x100000, 4);     /* SizeOfStackReserve */
    put(image, AT_OPTIONAL + 80, 0x1000, 4);       /* SizeOfStackCommit */
    put(image, AT_OPTIONAL + 88, 0x100000, 4);     /* SizeOfHeapReserve */
    put(image, AT_OPTIONAL + 96, 0x1000, 4);       /* SizeOfHeapCommit */
    put(image, AT_OPTIONAL + 108, 16, 4);          /* NumberOfRvaAndSizes */
    memcpy(image + AT_SECTION, ".data", 5);
    put(image, AT_SECTION + 8, 0x200, 4);          /* VirtualSize */
    put(image, AT_SECTION + 12, 0x1000, 4);        /* VirtualAddress */
    put(image, AT_SECTION + 16, 0x200, 4);         /* SizeOfRawData */
    put(image, AT_SECTION + 20, HEADERS, 4);       /* PointerToRawData */
    put(image, AT_SECTION + 36, 0xc0000040, 4);    /* initialised data, read, write */
    return file_with(image, sizeof image);
}

typedef struct {
    const char *id;
    DWORD flags;
    const char *windows;
} Case;

static const Case cases[] = {
    {"image", SEC_IMAGE, "ok 0"},
    {"image+nocache", SEC_IMAGE | SEC_NOCACHE, "ok 0"},
    {"image+file", SEC_IMAGE | SEC_FILE, "NULL 87"},
    {"image+large-pages", SEC_IMAGE | SEC_LARGE_PAGES, "NULL 87"},
    {"image+writecombine", SEC_IMAGE | SEC_WRITECOMBINE, "NULL 87"},
    {"image+reserve", SEC_IMAGE | SEC_RESERVE, "NULL 87"},
    {"image+commit", SEC_IMAGE | SEC_COMMIT, "NULL 87"},
};

void rows(void)
{
    HANDLE image = new_image();
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (*cases[i].windows == 'o')
            LINUX_DIFFERS("NULL 193", "programs of Windows are no programs here");
        row(text("2.2.program.%s", cases[i].id), cases[i].windows,
            tried(create_of(image, PAGE_READONLY | cases[i].flags, 0, NULL)));
    }
    CloseHandle(image);
}

NO_CHILDREN
