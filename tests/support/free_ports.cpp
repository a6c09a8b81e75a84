#include "tests/support/free_ports.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <random>
#include <stdexcept>

namespace lepton::tests {

namespace {

constexpr int lowest_port = 15'000;

int first_port_of_outgoing_connections() {
  int first = 32'768;
  std::ifstream{"/proc/sys/net/ipv4/ip_local_port_range"} >> first;
  return first;
}

/// A socket bound to the port, or -1 if it is taken.
int bind_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd >= 0 && bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return fd;
  if (fd >= 0)
    close(fd);
  return -1;
}

} // namespace

std::vector<std::uint16_t> free_ports(std::size_t count) {
  std::vector<std::uint16_t> ports;
  std::vector<int> held; // until all are found, so that no port comes twice
  std::random_device random;
  // Where outgoing connections may use every port, so may we.
  const int end = first_port_of_outgoing_connections();
  std::uniform_int_distribution<int> any{lowest_port, end > lowest_port + 1'000 ? end - 1 : 65'535};
  for (int tries = 0; ports.size() < count && tries < 1'000; ++tries) {
    const auto port = static_cast<std::uint16_t>(any(random));
    if (const int fd = bind_to(port); fd >= 0) {
      held.push_back(fd);
      ports.push_back(port);
    }
  }
  for (const int fd : held)
    close(fd);
  if (ports.size() < count)
    throw std::runtime_error("no free TCP port on 127.0.0.1");
  return ports;
}

} // namespace lepton::tests
