#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace lepton::tests {

/// A network between 127.0.0.1:port() and a server on this host that can be cut: while it is, it
/// neither accepts nor passes a byte, and nobody is told (as when a cable is pulled).
class tcp_proxy {
public:
  explicit tcp_proxy(std::uint16_t server_port);
  ~tcp_proxy();

  std::uint16_t port() const noexcept { return port_; }
  void cut() noexcept { cut_ = true; }
  void mend() noexcept { cut_ = false; }
  /// Bytes that went through, both ways.
  std::uint64_t passed() const noexcept { return passed_; }

private:
  struct wire {
    int client = -1;
    int server = -1;
  };
  void run();
  void accept_one();
  bool pass(int from, int to);

  std::uint16_t server_port_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::vector<wire> wires_;
  std::atomic<bool> cut_{false};
  std::atomic<bool> ending_{false};
  std::atomic<std::uint64_t> passed_{0};
  std::thread thread_;
};

} // namespace lepton::tests
