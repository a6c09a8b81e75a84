#include "web/listen_address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

namespace lepton::web {

namespace {

core::error invalid(std::string_view text, std::string_view why) {
  return {core::errc::invalid_argument, fmt::format("`{}` {}", text, why)};
}

/// Splits at the last colon; takes the brackets off an IPv6 address.
std::optional<std::pair<std::string, std::string_view>> split(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0)
    return std::nullopt;
  auto host = text.substr(0, colon);
  const auto port = text.substr(colon + 1);
  if (host.front() == '[' && host.back() == ']')
    return std::pair{std::string{host.substr(1, host.size() - 2)}, port};
  if (host.find_first_of(":[]") != std::string_view::npos)
    return std::nullopt;
  return std::pair{std::string{host}, port};
}

std::optional<int> parse_port(std::string_view text) {
  int port = -1;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc{} || rest != end || port < 0 || port > 65535)
    return std::nullopt;
  return port;
}

bool is_numeric(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  return inet_pton(AF_INET, host.c_str(), &v4) == 1 || inet_pton(AF_INET6, host.c_str(), &v6) == 1;
}

} // namespace

std::string listen_address::text() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

bool listen_address::is_loopback() const {
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1)
    return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

core::result<listen_address> parse_listen_address(std::string_view text) {
  auto parts = split(text);
  if (!parts)
    return invalid(text, "is not an address; write HOST:PORT, e.g. 127.0.0.1:9090");
  auto& [host, port_text] = *parts;
  const auto port = parse_port(port_text);
  if (!port)
    return invalid(text, "has no valid port; write a number from 1 to 65535, or 0 for any");
  if (host == "localhost")
    host = "127.0.0.1";
  if (!is_numeric(host))
    return invalid(text, "has a name for its host; write a number, e.g. 127.0.0.1:9090");
  return listen_address{std::move(host), *port};
}

} // namespace lepton::web
