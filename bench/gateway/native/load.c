/*
 * Puts load on an HTTP server and says in one line of JSON what it measured, on one thread. Options, as name=value:
 *   port, request (file with the bytes of a request; each @@@@@@@@@@@@ in it becomes a number of its own), seconds, connections,
 *   rate (requests a second, sent when they are due whatever the answers do, and timed from then; 0: each connection sends its next
 *   request when it has its answer), poisson=1 (arrivals at random instead of regular ones),
 *   parts (streamed parts with the time of their writing that an answer must have; 0: a plain answer ending in END.), seed.
 */
#include "http.h"
#include <math.h>

enum { CLOSED, CONNECTING, IDLE, BUSY };
enum { HEAD, LENGTH, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILER, UNTIL_CLOSE };

typedef struct {
  int fd, state, reading, status, is_done, parts;
  size_t left;
  int64_t due, first; /* of its request; of its first part */
  Buffer in, body;
} Connection;

typedef struct {
  double *at;
  size_t length, capacity;
} Series;

static int port, connection_count = 16, expected_parts, is_poisson, poller;
static double seconds = 5, rate;
static Connection *connections;
static Buffer request;
static uint64_t numbers;
static Series latencies, first_parts, part_delays;
static long failures, unfinished, reconnections, bytes_received;
static char first_failure[300];
/* Requests that are due and found no connection. */
static int64_t *waiting;
static size_t waiting_from, waiting_to, waiting_most;
static int *idle, idle_from, idle_to;
static int busy;

static void push(Series *series, double value) {
  if (series->length == series->capacity) {
    series->capacity = series->capacity == 0 ? 65536 : series->capacity * 2;
    series->at = realloc(series->at, series->capacity * sizeof(double));
    if (series->at == NULL) fail("realloc");
  }
  series->at[series->length++] = value;
}

static uint64_t random_state = 1;
static double random_unit(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (random_state >> 11) * 0x1p-53;
}

static void fail_call(Connection *c, const char *why) {
  failures++;
  if (first_failure[0] == 0) {
    int shown = c->body.length < 150 ? (int)c->body.length : 150;
    snprintf(first_failure, sizeof first_failure, "%s, status %d: %.*s", why, c->status, shown, c->body.at == NULL ? "" : c->body.at);
    for (char *at = first_failure; *at; at++)
      if (*at == '"' || *at == '\\' || (unsigned char)*at < 32) *at = '\'';
  }
}

static void connect_to_server(Connection *c) {
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  prepare_socket(c->fd);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  if (connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) fail("connect");
  struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.ptr = c}};
  epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event);
  c->state = CONNECTING;
}

static void send_request(Connection *c, int64_t due) {
  static char **places;
  static int place_count = -1;
  if (place_count < 0) {
    place_count = 0;
    for (char *at = request.at; (at = memmem(at, request.at + request.length - at, "@@@@@@@@@@@@", 12)) != NULL; at += 12) {
      places = realloc(places, (place_count + 1) * sizeof *places);
      places[place_count++] = at;
    }
  }
  char number[16];
  snprintf(number, sizeof number, "%012llu", (unsigned long long)numbers++ % 1000000000000ULL);
  for (int i = 0; i < place_count; i++) memcpy(places[i], number, 12);
  c->state = BUSY;
  c->reading = HEAD;
  c->due = due;
  c->first = 0;
  c->parts = c->is_done = c->status = 0;
  c->in.length = c->body.length = 0;
  busy++;
  ssize_t n = send(c->fd, request.at, request.length, MSG_NOSIGNAL);
  if (n != (ssize_t)request.length && !(n < 0 && errno == EPIPE)) fail("send");
}

static void release(Connection *c) {
  c->state = IDLE;
  idle[idle_to++ % (connection_count + 1)] = c - connections;
}

static void reopen(Connection *c) {
  if (c->fd >= 0) close(c->fd);
  reconnections++;
  connect_to_server(c);
}

/* Lines of a stream that are whole. */
static void read_lines(Connection *c, int64_t now) {
  size_t start = 0;
  char *end;
  while ((end = memchr(c->body.at + start, '\n', c->body.length - start)) != NULL) {
    char *line = c->body.at + start;
    size_t length = end - line;
    char *stamp = memmem(line, length, " t=", 3);
    if (stamp != NULL) {
      if (c->first == 0) {
        c->first = now;
        push(&first_parts, (now - c->due) / 1e6);
      }
      push(&part_delays, (now - (int64_t)strtoull(stamp + 3, NULL, 16)) / 1e6);
      c->parts++;
    } else if (memmem(line, length, "[DONE]", 6) != NULL) c->is_done = 1;
    start = end + 1 - c->body.at;
  }
  if (start > 0) drop_front(&c->body, start);
}

static void finish(Connection *c, int64_t now) {
  busy--;
  push(&latencies, (now - c->due) / 1e6);
  if (c->status != 200) fail_call(c, "refused");
  else if (expected_parts > 0 && (c->parts != expected_parts || !c->is_done)) fail_call(c, "stream not whole");
  else if (expected_parts == 0 && memmem(c->body.at, c->body.length, "END.", 4) == NULL) fail_call(c, "answer not whole");
  release(c);
}

static void take_body(Connection *c, const char *bytes, size_t length, int64_t now) {
  append(&c->body, bytes, length);
  if (expected_parts > 0 && c->status == 200) read_lines(c, now);
}

/* Reads on in what has come; true while there is progress. */
static int step(Connection *c, int64_t now) {
  char *end;
  size_t n;
  switch (c->reading) {
    case HEAD: {
      end = memmem(c->in.at, c->in.length, "\r\n\r\n", 4);
      if (end == NULL) return 0;
      n = end + 4 - c->in.at;
      c->status = atoi(c->in.at + 9);
      const char *length = header(c->in.at, n, "content-length:");
      c->reading = length != NULL ? LENGTH : header(c->in.at, n, "transfer-encoding:") != NULL ? CHUNK_SIZE : UNTIL_CLOSE;
      c->left = length != NULL ? strtoul(length, NULL, 10) : 0;
      drop_front(&c->in, n);
      if (length != NULL && c->left == 0) {
        finish(c, now);
        return 0;
      }
      return 1;
    }
    case UNTIL_CLOSE:
      take_body(c, c->in.at, c->in.length, now);
      c->in.length = 0;
      return 0;
    case LENGTH:
    case CHUNK_DATA:
      n = c->in.length < c->left ? c->in.length : c->left;
      if (n == 0) return 0;
      take_body(c, c->in.at, n, now);
      drop_front(&c->in, n);
      c->left -= n;
      if (c->left > 0) return 0;
      if (c->reading == CHUNK_DATA) {
        c->reading = CHUNK_END;
        return 1;
      }
      finish(c, now);
      return 0;
    case CHUNK_END:
      if (c->in.length < 2) return 0;
      drop_front(&c->in, 2);
      c->reading = CHUNK_SIZE;
      return 1;
    case CHUNK_SIZE:
      end = memmem(c->in.at, c->in.length, "\r\n", 2);
      if (end == NULL) return 0;
      c->left = strtoul(c->in.at, NULL, 16);
      drop_front(&c->in, end + 2 - c->in.at);
      c->reading = c->left == 0 ? TRAILER : CHUNK_DATA;
      return 1;
    default:
      end = memmem(c->in.at, c->in.length, "\r\n", 2);
      if (end == NULL) return 0;
      n = end - c->in.at;
      drop_front(&c->in, n + 2);
      if (n > 0) return 1;
      finish(c, now);
      return 0;
  }
}

static void closed(Connection *c, int64_t now) {
  if (c->state == BUSY) {
    if (c->reading == UNTIL_CLOSE) {
      finish(c, now);
      idle_to--;
    } else {
      busy--;
      fail_call(c, "connection closed");
    }
  } else if (c->state == IDLE) {
    /* It stands somewhere among the idle ones: taken out. */
    int kept = idle_from;
    for (int i = idle_from; i < idle_to; i++) {
      int which = idle[i % (connection_count + 1)];
      if (which != c - connections) idle[kept++ % (connection_count + 1)] = which;
    }
    idle_to = kept;
  }
  reopen(c);
}

static void turn(Connection *c, uint32_t events) {
  if (c->state == CONNECTING && (events & (EPOLLERR | EPOLLHUP))) fail("the server does not listen");
  if (c->state == CONNECTING && (events & EPOLLOUT)) release(c);
  if (!(events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))) return;
  for (;;) {
    ssize_t n = recv(c->fd, room(&c->in, 65536), 65536, 0);
    int64_t now = now_ns();
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return closed(c, now);
    bytes_received += n;
    c->in.length += n;
    while (c->state == BUSY && step(c, now));
  }
}

static Connection *take_idle(void) {
  return idle_from == idle_to ? NULL : &connections[idle[idle_from++ % (connection_count + 1)]];
}

static void start_waiting(void) {
  while (waiting_from < waiting_to) {
    Connection *c = take_idle();
    if (c == NULL) return;
    send_request(c, waiting[waiting_from++]);
  }
}

static void poll_once(int timer, int64_t until) {
  struct epoll_event events[256];
  arm(timer, until);
  int n = epoll_wait(poller, events, 256, -1);
  for (int i = 0; i < n; i++) {
    if (events[i].data.ptr == NULL) {
      uint64_t ticks;
      if (read(timer, &ticks, sizeof ticks) < 0 && errno != EAGAIN) fail("timer");
    } else turn(events[i].data.ptr, events[i].events);
  }
}

static void run(int timer) {
  while (idle_to - idle_from < connection_count) poll_once(timer, now_ns() + 1000000000);
  int64_t start = now_ns(), end = start + (int64_t)(seconds * 1e9), next = start;
  /* Streams begin spread over half a second, not all at once. */
  int64_t spread = expected_parts > 0 ? 500000000 / connection_count : 0;
  int begun = 0;
  for (int64_t now = start; now < end; now = now_ns()) {
    if (rate > 0) {
      for (; next <= now; next += (is_poisson ? -log(1 - random_unit()) : 1) * 1e9 / rate) waiting[waiting_to++] = next;
      start_waiting();
      if (waiting_to - waiting_from > waiting_most) waiting_most = waiting_to - waiting_from;
      poll_once(timer, next < end ? next : end);
      start_waiting();
    } else {
      while (begun < connection_count && start + begun * spread <= now) begun++;
      while (busy < begun) {
        Connection *c = take_idle();
        if (c == NULL) break;
        send_request(c, now_ns());
      }
      poll_once(timer, begun < connection_count ? start + begun * spread : end);
    }
  }
  int64_t limit = now_ns() + 20000000000;
  while ((busy > 0 || waiting_from < waiting_to) && now_ns() < limit) {
    start_waiting();
    poll_once(timer, now_ns() + 100000000);
  }
  unfinished = busy + (waiting_to - waiting_from);
  seconds = (now_ns() - start) / 1e9;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static void print_series(const char *name, Series *series) {
  static const double at[] = {0.5, 0.9, 0.95, 0.99, 0.999, 1};
  static const char *names[] = {"p50", "p90", "p95", "p99", "p999", "max"};
  qsort(series->at, series->length, sizeof(double), ascending);
  double sum = 0;
  for (size_t i = 0; i < series->length; i++) sum += series->at[i];
  printf(",\"%s\":", name);
  if (series->length == 0) {
    printf("null");
    return;
  }
  printf("{\"count\":%zu,\"mean\":%.5f", series->length, sum / series->length);
  for (int i = 0; i < 6; i++) {
    size_t rank = (size_t)ceil(at[i] * series->length);
    printf(",\"%s\":%.5f", names[i], series->at[rank == 0 ? 0 : rank - 1]);
  }
  printf("}");
}

static void read_file(const char *path, Buffer *into) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail(path);
  size_t n;
  while ((n = fread(room(into, 65536), 1, 65536, file)) > 0) into->length += n;
  fclose(file);
}

static int is_option(const char *option, const char *name, const char **value) {
  size_t length = strlen(name);
  *value = option + length + 1;
  return strncmp(option, name, length) == 0 && option[length] == '=';
}

int main(int count, char **options) {
  const char *value;
  for (int i = 1; i < count; i++) {
    if (is_option(options[i], "port", &value)) port = atoi(value);
    else if (is_option(options[i], "request", &value)) read_file(value, &request);
    else if (is_option(options[i], "seconds", &value)) seconds = atof(value);
    else if (is_option(options[i], "connections", &value)) connection_count = atoi(value);
    else if (is_option(options[i], "rate", &value)) rate = atof(value);
    else if (is_option(options[i], "poisson", &value)) is_poisson = atoi(value);
    else if (is_option(options[i], "parts", &value)) expected_parts = atoi(value);
    else if (is_option(options[i], "seed", &value)) random_state = numbers = strtoull(value, NULL, 10);
    else {
      fprintf(stderr, "unknown option %s\n", options[i]);
      return 2;
    }
  }
  if (random_state == 0) random_state = 1;
  poller = epoll_create1(0);
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event event = {EPOLLIN, {.ptr = NULL}};
  epoll_ctl(poller, EPOLL_CTL_ADD, timer, &event);
  connections = calloc(connection_count, sizeof *connections);
  idle = calloc(connection_count + 1, sizeof *idle);
  waiting = calloc((size_t)(seconds * rate * 2) + 1000, sizeof *waiting);
  for (int i = 0; i < connection_count; i++) connect_to_server(&connections[i]);
  double asked = seconds;
  run(timer);
  printf("{\"requests\":%zu,\"failures\":%ld,\"unfinished\":%ld,\"reconnections\":%ld,\"seconds\":%.4f,\"askedSeconds\":%.4f,\"perSecond\":%.2f,"
         "\"partsPerSecond\":%.2f,\"mostWaiting\":%zu,\"bytes\":%ld,\"firstFailure\":\"%s\"",
         latencies.length, failures, unfinished, reconnections, seconds, asked, latencies.length / seconds,
         part_delays.length / seconds, waiting_most, bytes_received, first_failure);
  print_series("latencyMs", &latencies);
  print_series("firstPartMs", &first_parts);
  print_series("partDelayMs", &part_delays);
  printf("}\n");
  return 0;
}
