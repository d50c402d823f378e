/*
 * A model that costs next to nothing: answers POST /v1/chat/completions from bytes made beforehand, on one thread.
 * The model's name says how: `stream-<gap in ms>-<parts>` a stream, anything else a plain answer.
 * Each streamed part holds the time at which it was written, so that the receiver knows how late it is.
 * `upstream [port]` prints the port.
 */
#include "http.h"

#define MAX_FDS 4096
#define FILLER "the quick brown fox jumps over the lazy dog and then goes home to write about it "

typedef struct {
  int open;
  Buffer in, out;
  size_t written;
  int parts, next, has_usage;
  int64_t gap, due; /* due 0: no stream under way */
} Connection;

static Connection connections[MAX_FDS];
static int highest, poller;
static char plain_answer[4096];
static size_t plain_length;

static void make_plain_answer(void) {
  char body[3000];
  int length = snprintf(
      body, sizeof body,
      "{\"id\":\"chatcmpl-bench0123456789\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"bench\",\"choices\":[{"
      "\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"%s\",\"refusal\":null},\"logprobs\":null,"
      "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":212,\"completion_tokens\":168,\"total_tokens\":380,"
      "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0,"
      "\"audio_tokens\":0}},\"service_tier\":\"default\",\"system_fingerprint\":\"fp_bench\"}",
      FILLER FILLER FILLER FILLER FILLER FILLER FILLER FILLER "END.");
  plain_length = snprintf(plain_answer, sizeof plain_answer,
                          "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_bench\r\ncontent-length: %d\r\n\r\n%s",
                          length, body);
}

static void chunk(Connection *c, const char *text) {
  char size[16];
  int length = snprintf(size, sizeof size, "%zx\r\n", strlen(text));
  append(&c->out, size, length);
  append(&c->out, text, strlen(text));
  append(&c->out, "\r\n", 2);
}

#define PART_HEAD                                                                                                         \
  "data: {\"id\":\"chatcmpl-bench0123456789\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench\"," \
  "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_bench\",\"choices\":["

/* Writes what is there; false when the connection is gone. */
static int flush(int fd) {
  Connection *c = &connections[fd];
  while (c->written < c->out.length) {
    ssize_t n = send(fd, c->out.at + c->written, c->out.length - c->written, MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN;
    c->written += n;
  }
  c->out.length = c->written = 0;
  return 1;
}

static void next_part(Connection *c) {
  char text[800];
  if (c->next < c->parts) {
    snprintf(text, sizeof text, PART_HEAD "{\"index\":0,\"delta\":{\"content\":\" t=%016llx\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n",
             (unsigned long long)now_ns());
    chunk(c, text);
    c->next++;
    c->due += c->gap;
    return;
  }
  chunk(c, PART_HEAD "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}\n\n");
  if (c->has_usage)
    chunk(c, PART_HEAD "],\"usage\":{\"prompt_tokens\":212,\"completion_tokens\":50,\"total_tokens\":262}}\n\n");
  chunk(c, "data: [DONE]\n\n");
  append(&c->out, "0\r\n\r\n", 5);
  c->due = 0;
}

static int advance(int fd, int64_t now) {
  Connection *c = &connections[fd];
  /* A reader that does not keep up is waited for. */
  while (c->due != 0 && c->due <= now && c->out.length == 0) {
    next_part(c);
    if (!flush(fd)) return 0;
  }
  return 1;
}

static int answer(int fd, const char *body, size_t length) {
  Connection *c = &connections[fd];
  const char *model = memmem(body, length, "\"model\"", 7);
  int gap = 0, parts = 0;
  if (model != NULL) {
    model += 7;
    while (*model == ':' || *model == ' ') model++;
  }
  if (model == NULL || sscanf(model, "\"stream-%d-%d\"", &gap, &parts) != 2) {
    append(&c->out, plain_answer, plain_length);
    return flush(fd);
  }
  static const char head[] = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: req_bench\r\ntransfer-encoding: chunked\r\n\r\n";
  append(&c->out, head, sizeof head - 1);
  chunk(c, PART_HEAD "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n");
  c->parts = parts;
  c->next = 0;
  c->gap = (int64_t)gap * 1000000;
  c->has_usage = memmem(body, length, "\"include_usage\":true", 20) != NULL || memmem(body, length, "\"include_usage\": true", 21) != NULL;
  c->due = now_ns();
  return flush(fd) && advance(fd, c->due);
}

/* The bytes of the first whole request, or 0; sets where its body is. */
static size_t whole_request(Connection *c, const char **body, size_t *body_length) {
  char *end = memmem(c->in.at, c->in.length, "\r\n\r\n", 4);
  if (end == NULL) return 0;
  size_t head = end + 4 - c->in.at;
  *body = c->in.at + head;
  const char *length = header(c->in.at, head, "content-length:");
  if (length != NULL) {
    *body_length = strtoul(length, NULL, 10);
    return c->in.length >= head + *body_length ? head + *body_length : 0;
  }
  *body_length = 0;
  if (header(c->in.at, head, "transfer-encoding:") == NULL) return head;
  char *last = memmem(*body, c->in.length - head, "0\r\n\r\n", 5);
  if (last == NULL) return 0;
  *body_length = last - *body;
  return last + 5 - c->in.at;
}

static int receive(int fd) {
  Connection *c = &connections[fd];
  for (;;) {
    ssize_t n = recv(fd, room(&c->in, 65536), 65536, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN)) return 0;
    if (n < 0) break;
    c->in.length += n;
    if (n < 65536) break;
  }
  const char *body;
  size_t body_length, size;
  while (c->due == 0 && (size = whole_request(c, &body, &body_length)) > 0) {
    if (!answer(fd, body, body_length)) return 0;
    drop_front(&c->in, size);
  }
  return 1;
}

static void close_connection(int fd) {
  Connection *c = &connections[fd];
  close(fd);
  c->open = 0;
  c->due = 0;
  c->in.length = c->out.length = c->written = 0;
}

static void accept_all(int listener) {
  int fd;
  while ((fd = accept(listener, NULL, NULL)) >= 0) {
    if (fd >= MAX_FDS) {
      close(fd);
      continue;
    }
    prepare_socket(fd);
    connections[fd].open = 1;
    if (fd > highest) highest = fd;
    struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.fd = fd}};
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
  }
}

static void turn(int fd, uint32_t events) {
  Connection *c = &connections[fd];
  int alive = !(events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP));
  if (alive && (events & EPOLLIN)) alive = receive(fd);
  if (alive && (events & EPOLLOUT)) alive = flush(fd) && advance(fd, now_ns());
  if (!alive) close_connection(fd);
  (void)c;
}

int main(int count, char **options) {
  make_plain_answer();
  int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(count > 1 ? atoi(options[1]) : 0), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 1024) < 0) fail("listen");
  getsockname(listener, (struct sockaddr *)&address, &size);
  fcntl(listener, F_SETFL, O_NONBLOCK);
  poller = epoll_create1(0);
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event event = {EPOLLIN, {.fd = listener}};
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  event.data.fd = timer;
  epoll_ctl(poller, EPOLL_CTL_ADD, timer, &event);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  struct epoll_event events[256];
  for (;;) {
    int n = epoll_wait(poller, events, 256, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) accept_all(listener);
      else if (fd == timer) {
        uint64_t ticks;
        if (read(timer, &ticks, sizeof ticks) < 0 && errno != EAGAIN) fail("timer");
      } else turn(fd, events[i].events);
    }
    int64_t now = now_ns(), first = 0;
    for (int fd = 0; fd <= highest; fd++) {
      Connection *c = &connections[fd];
      if (!c->open || c->due == 0) continue;
      if (c->due <= now && !advance(fd, now)) close_connection(fd);
      if (c->open && c->due != 0 && c->out.length == 0 && (first == 0 || c->due < first)) first = c->due;
      /* A request that came while the stream before it ran. */
      if (c->open && c->due == 0 && c->in.length > 0 && !receive(fd)) close_connection(fd);
    }
    arm(timer, first);
  }
}
