#ifndef PAGE_FILES_H
#define PAGE_FILES_H

#include <stddef.h>

// A file of the page as it lies in the program. In C, since a Swift compiler takes a minute and a half for what C's `#embed`
// takes no time for.
typedef struct {
    const char *name;
    const unsigned char *bytes;
    size_t count;
} page_file;

// All of them; `count` is set to how many there are. They live as long as the program.
const page_file *page_files(size_t *count);

#endif
