/* What the two example programs have agreed upon. */
#ifndef EXAMPLE_H
#define EXAMPLE_H

#define OBJECT_NAME TEXT("Global\\MessageForTheSecondProcess")
#define BUFFER_SIZE 256

/* The start-up code of wide programs looks for a C function, whatever the language. */
#ifdef __cplusplus
#define ENTRY extern "C"
#else
#define ENTRY
#endif

#endif
