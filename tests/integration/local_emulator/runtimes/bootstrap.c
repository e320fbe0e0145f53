/* A bootstrap that answers every event with a string. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[65536];

static char *ask(const char *api, const char *request) {
    char host[64] = "";
    unsigned port = 0;
    sscanf(api, "%63[^:]:%u", host, &port);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, host, &address.sin_addr);
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(connection, (struct sockaddr *)&address, sizeof address)) exit(3);
    if (write(connection, request, strlen(request)) < 0) exit(4);
    ssize_t size = read(connection, text, sizeof text - 1);
    text[size > 0 ? size : 0] = 0;
    close(connection);
    return text;
}

int main(void) {
    const char *api = getenv("AWS_LAMBDA_RUNTIME_API");
    char id[128], request[512], body[] = "\"compiled\"";
    while (1) {
        snprintf(request, sizeof request, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\n\r\n", api);
        char *found = strstr(ask(api, request), "Aws-Request-Id: ");
        if (!found) return 5;
        sscanf(found + 16, "%127[^\r]", id);
        snprintf(request, sizeof request,
            "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n\r\n%s",
            id, api, strlen(body), body);
        ask(api, request);
    }
}
