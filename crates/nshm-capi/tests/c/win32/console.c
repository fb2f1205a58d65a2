/* Keys and message boxes, at a terminal or without one. */
#include <windows.h>

#include <conio.h>
#include <string.h>

#include "check.h"

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    setvbuf(stdout, NULL, _IONBF, 0);
    if (strcmp(what, "key") == 0) {
        puts("ready");
        printf("key %d\n", _getch());
        return 0;
    }
    if (strcmp(what, "keys") == 0) {
        int key;

        puts("ready");
        do {
            key = _getch();
            printf("key %d\n", key);
        } while (key != 'q' && key != EOF);
        return 0;
    }
    if (strcmp(what, "echo") == 0) {
        puts("ready");
        printf(" key %d\n", _getche());
        _putch('!');
        return 0;
    }
    if (strcmp(what, "hit") == 0) {
        printf("hit %d\n", _kbhit());
        while (!_kbhit())
            Sleep(1);
        printf("key %d\n", _getch());
        return 0;
    }
    if (strcmp(what, "box") == 0) {
        int answer = MessageBoxA(NULL, "Really\nthis?", "A question",
                                 MB_YESNOCANCEL | MB_ICONQUESTION | MB_DEFBUTTON2);
        printf("answer %d\n", answer);
        return 0;
    }
    if (strcmp(what, "wide-box") == 0) {
        printf("answer %d\n", MessageBoxW(NULL, u"text", NULL, MB_OK));
        FAILS(MessageBoxW(NULL, u"text", NULL, 7), ERROR_INVALID_MSGBOX_STYLE);
        return 0;
    }
    if (strcmp(what, "debug") == 0) {
        OutputDebugStringA("one\n");
        OutputDebugStringW(u"two\n");
        return 0;
    }
    return 2;
}
