#include "connectors/formats/json/json_skip.hpp"

#include "connectors/formats/json/json_padded.hpp"

#include <bitset>
#include <cstring>

namespace lepton::connectors {

namespace {

json_scan unexpected(const char* p) noexcept {
  return {p, json_fault::unexpected_character};
}

json_scan skip_scalar(const char* p) noexcept {
  json_number number;
  if (*p == '"')
    return skip_string(p + 1);
  if (*p == '-' || (*p >= '0' && *p <= '9'))
    return read_number(p, number);
  return skip_word(p);
}

json_scan skip_key(const char* p) noexcept {
  if (*p != '"')
    return unexpected(p);
  const auto key = skip_string(p + 1);
  return key.ok() ? skip_colon(key.at) : key;
}

/// Walks through a container with one bit for each container that is open.
class skipper {
public:
  explicit skipper(int depth) : base_{depth}, depth_{depth} {}

  /// `p` is at a '{' or '['.
  json_scan run(const char* p) {
    for (;;) {
      const auto value = *p == '{' || *p == '[' ? open(p) : skip_scalar(p);
      if (!value.ok())
        return value;
      p = close_all(skip_space(value.at));
      if (depth_ == base_)
        return {p, json_fault::none};
      if (!first_ && *p++ != ',')
        return unexpected(p - 1);
      const auto next = begin_element(skip_space(p));
      if (!next.ok())
        return next;
      p = next.at;
    }
  }

private:
  bool in_object() const { return is_object_[static_cast<std::size_t>(depth_ - 1)]; }

  json_scan open(const char* p) {
    if (depth_ == json_max_depth)
      return {p, json_fault::too_deep};
    is_object_[static_cast<std::size_t>(depth_++)] = *p == '{';
    first_ = true;
    return {p + 1, json_fault::none};
  }

  const char* close_all(const char* p) {
    while (*p == (in_object() ? '}' : ']')) {
      first_ = false;
      ++p;
      if (--depth_ == base_)
        break;
      p = skip_space(p);
    }
    return p;
  }

  json_scan begin_element(const char* p) {
    first_ = false;
    return in_object() ? skip_key(p) : json_scan{p, json_fault::none};
  }

  int base_;
  int depth_;
  bool first_ = false; ///< just behind an opening bracket
  std::bitset<json_max_depth> is_object_;
};

} // namespace

const char* skip_spaces_slow(const char* p) noexcept {
  while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
    ++p;
  return p;
}

json_scan skip_word(const char* p) noexcept {
  for (const std::string_view word : {"true", "false", "null"})
    if (*p == word[0])
      return std::memcmp(p, word.data(), word.size()) == 0
                 ? json_scan{p + word.size(), json_fault::none}
                 : unexpected(p);
  return unexpected(p);
}

json_scan skip_value_slow(const char* p, int depth) noexcept {
  if (*p != '{' && *p != '[')
    return skip_scalar(p);
  return skipper{depth}.run(p);
}

json_scan check_json(std::string_view text) {
  json_padded padded;
  const char* begin = padded.assign(text);
  if (text.starts_with("\xef\xbb\xbf"))
    return {begin, json_fault::byte_order_mark};
  auto scan = skip_value(skip_space(begin), 0);
  if (!scan.ok())
    return padded.located(scan);
  const char* end = skip_space(scan.at);
  if (end != padded.end())
    return {end, json_fault::trailing_text};
  return {end, json_fault::none};
}

} // namespace lepton::connectors
