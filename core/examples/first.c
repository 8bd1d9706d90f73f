/* SPDX-License-Identifier: MIT */
/* Two processes and the same bytes: the program plays both roles. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <zinc.h>

static int create(void) {
    /* [section:create] */
    zinc_region *region = NULL;
    if (zinc_create("first-lines", 4096, &region) != ZINC_OK) {
        return 1;
    }
    strcpy((char *)zinc_ptr(region), "hello");
    zinc_notify(region);
    /* ... when the last process has closed it, or died, the region is gone: */
    /* [end:create] */
    (void)zinc_wait(region, 0); /* our own notification */
    (void)zinc_wait(region, 5000);
    zinc_close(region);
    return 0;
}

static int open_it(void) {
    /* [section:open] */
    zinc_region *region = NULL;
    if (zinc_open("first-lines", &region) != ZINC_OK) {
        return 1;
    }
    if (zinc_wait(region, 1000) == ZINC_OK) {
        puts((const char *)zinc_ptr(region));
    }
    zinc_close(region);
    /* [end:open] */
    return 0;
}

static int answer(void) {
    zinc_region *region = NULL;
    if (zinc_open("first-lines", &region) != ZINC_OK) {
        return 1;
    }
    zinc_notify(region);
    zinc_close(region);
    return 0;
}

int main(void) {
    pid_t creator = fork();
    if (creator == 0) {
        _exit(create());
    }
    while (open_it() != 0) {
        usleep(1000);
    }
    int status = 0;
    return answer() != 0 || waitpid(creator, &status, 0) != creator || status != 0;
}
