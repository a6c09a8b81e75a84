#include "connectors/zeromq/endpoint.hpp"

namespace lepton::connectors {

namespace {

constexpr std::string_view tcp = "tcp://";

/// The host of a tcp endpoint, without a source address in front ("local;remote").
std::string_view host_of(std::string_view text) noexcept {
  text.remove_prefix(tcp.size());
  if (const auto source = text.find(';'); source != std::string_view::npos)
    text.remove_prefix(source + 1);
  return text.substr(0, text.rfind(':'));
}

} // namespace

bool is_endpoint(std::string_view text) noexcept {
  if (text.starts_with(tcp)) {
    const auto colon = text.rfind(':');
    return colon > tcp.size() && colon + 1 < text.size();
  }
  return (text.starts_with("ipc://") && text.size() > 6) ||
         (text.starts_with("inproc://") && text.size() > 9);
}

bool is_local_endpoint(std::string_view text) noexcept {
  if (!text.starts_with(tcp))
    return text.starts_with("ipc://") || text.starts_with("inproc://");
  const auto host = host_of(text);
  const bool dotted = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || host == "lo" || host == "[::1]" ||
         (dotted && host.starts_with("127."));
}

std::string reachable_endpoint(const std::string& bound) {
  for (const std::string_view any : {"tcp://0.0.0.0:", "tcp://[::]:", "tcp://*:"})
    if (bound.starts_with(any))
      return "tcp://127.0.0.1:" + bound.substr(any.size());
  return bound;
}

} // namespace lepton::connectors
