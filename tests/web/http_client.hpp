#pragma once

#include "tests/support/descriptor.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>

namespace lepton::tests {

/// What a server sent until it closed the connection.
struct http_reply {
  int status = 0; ///< 0: no answer
  std::string head;
  std::string body;

  bool has_header(std::string_view line) const {
    return head.find("\r\n" + std::string{line}) != std::string::npos;
  }
};

/// A connection to 127.0.0.1; throws std::system_error if nobody listens.
class connection {
public:
  explicit connection(int port) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"} {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      throw std::system_error(errno, std::generic_category(), "connect");
  }
  int get() const noexcept { return fd_.get(); }

private:
  descriptor fd_;
};

inline void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      return; // the server has closed; what it said is still to be read
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

inline std::string receive_all(int fd) {
  std::string out;
  char part[4096];
  for (ssize_t count; (count = recv(fd, part, sizeof part, 0)) > 0;)
    out.append(part, static_cast<std::size_t>(count));
  return out;
}

/// Sends `request` as it is and reads to the end.
inline http_reply http_exchange(int port, std::string_view request) {
  const connection fd{port};
  send_all(fd.get(), request);
  const auto all = receive_all(fd.get());
  http_reply reply;
  const auto end = all.find("\r\n\r\n");
  if (end == std::string::npos)
    return reply;
  reply.head = all.substr(0, end);
  reply.body = all.substr(end + 4);
  reply.status = std::atoi(reply.head.c_str() + reply.head.find(' '));
  return reply;
}

inline http_reply http_get(int port, std::string_view path, std::string_view host = "127.0.0.1") {
  return http_exchange(port, "GET " + std::string{path} +
                                 " HTTP/1.1\r\nHost: " + std::string{host} + "\r\n\r\n");
}

} // namespace lepton::tests
