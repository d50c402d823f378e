/* What the bench's upstream and its load generator share: time, sockets, growing buffers. */
#ifndef BENCH_HTTP_H
#define BENCH_HTTP_H
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

/* Wakes epoll at an absolute time; 0 disarms. */
static void arm(int timer, int64_t at) {
  struct itimerspec when = {{0, 0}, {at / 1000000000, at % 1000000000}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void prepare_socket(int fd) {
  int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

typedef struct {
  char *at;
  size_t length, capacity;
} Buffer;

static char *room(Buffer *buffer, size_t bytes) {
  if (buffer->length + bytes > buffer->capacity) {
    buffer->capacity = (buffer->length + bytes) * 2;
    buffer->at = realloc(buffer->at, buffer->capacity);
    if (buffer->at == NULL) fail("realloc");
  }
  return buffer->at + buffer->length;
}

static void append(Buffer *buffer, const char *bytes, size_t length) {
  memcpy(room(buffer, length), bytes, length);
  buffer->length += length;
}

static void drop_front(Buffer *buffer, size_t length) {
  buffer->length -= length;
  memmove(buffer->at, buffer->at + length, buffer->length);
}

/* The value of a header in a head, or NULL; `name` is lower case and ends in a colon. */
static const char *header(const char *head, size_t length, const char *name) {
  size_t size = strlen(name);
  for (const char *line = head; line < head + length;) {
    const char *end = memchr(line, '\n', head + length - line);
    if (end == NULL) break;
    if ((size_t)(end - line) > size && strncasecmp(line, name, size) == 0) {
      line += size;
      while (*line == ' ') line++;
      return line;
    }
    line = end + 1;
  }
  return NULL;
}
#endif
