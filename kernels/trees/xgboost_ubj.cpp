#include "kernels/trees/xgboost_dump.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>

namespace lepton::kernels::trees {

namespace {

/// Reads UBJSON (ubjson.org, draft 12) as far as XGBoost writes it, and hands it on as events.
/// Lists may state their length and type; a length is believed only if that many elements fit into
/// the rest of the file. Does not recurse.
class ubj_reader {
public:
  ubj_reader(std::string_view file, xgboost_dump& to) : file_{file}, to_{to} {}

  core::result<void> read();

private:
  /// An open object or list.
  struct level {
    bool is_object;
    bool counted;      ///< a list with a length, which has no end marker
    std::int64_t left; ///< elements to come
  };

  bool value(char marker);
  bool step();
  bool begin_array();
  bool typed_array(char type, std::int64_t count);
  bool number(char marker);
  bool length(std::int64_t& to);
  bool text(std::string_view& to);
  bool close();
  bool take(char& to);
  template <class Bits>
  bool big_endian(Bits& to);
  bool fail(std::string why);
  static int size_of(char type);

  std::string_view file_;
  std::size_t at_ = 0;
  xgboost_dump& to_;
  std::vector<level> open_;
  std::string problem_;
};

bool ubj_reader::fail(std::string why) {
  if (problem_.empty())
    problem_ = std::move(why);
  return false;
}

bool ubj_reader::take(char& to) {
  if (at_ == file_.size())
    return fail("the file is cut off");
  to = file_[at_++];
  return true;
}

template <class Bits>
bool ubj_reader::big_endian(Bits& to) {
  if (file_.size() - at_ < sizeof to)
    return fail("the file is cut off");
  to = 0;
  for (std::size_t i = 0; i < sizeof to; ++i)
    to = static_cast<Bits>(to << 8 | static_cast<std::uint8_t>(file_[at_++]));
  return true;
}

int ubj_reader::size_of(char type) {
  switch (type) {
    case 'i':
    case 'U': return 1;
    case 'I': return 2;
    case 'l':
    case 'd': return 4;
    case 'L':
    case 'D': return 8;
    default: return 0;
  }
}

/// A number whose type has been read.
bool ubj_reader::number(char marker) {
  std::uint64_t bits = 0;
  switch (size_of(marker)) {
    case 1: {
      std::uint8_t v = 0;
      if (!big_endian(v))
        return false;
      bits = v;
      break;
    }
    case 2: {
      std::uint16_t v = 0;
      if (!big_endian(v))
        return false;
      bits = v;
      break;
    }
    case 4: {
      std::uint32_t v = 0;
      if (!big_endian(v))
        return false;
      bits = v;
      break;
    }
    default:
      if (!big_endian(bits))
        return false;
  }
  switch (marker) {
    case 'i': return to_.number(static_cast<std::int8_t>(bits));
    case 'U': return to_.number(static_cast<double>(bits));
    case 'I': return to_.number(static_cast<std::int16_t>(bits));
    case 'l': return to_.number(static_cast<std::int32_t>(bits));
    case 'L': return to_.number(static_cast<double>(static_cast<std::int64_t>(bits)));
    case 'd':
      return to_.number(
          static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits))));
    default: return to_.number(std::bit_cast<double>(bits));
  }
}

/// A length: its type, then a number that is not negative.
bool ubj_reader::length(std::int64_t& to) {
  char type = 0;
  if (!take(type))
    return false;
  switch (type) {
    case 'i':
    case 'U': {
      std::uint8_t v = 0;
      if (!big_endian(v))
        return false;
      to = type == 'i' ? static_cast<std::int8_t>(v) : v;
      break;
    }
    case 'I': {
      std::uint16_t v = 0;
      if (!big_endian(v))
        return false;
      to = static_cast<std::int16_t>(v);
      break;
    }
    case 'l': {
      std::uint32_t v = 0;
      if (!big_endian(v))
        return false;
      to = static_cast<std::int32_t>(v);
      break;
    }
    case 'L': {
      std::uint64_t v = 0;
      if (!big_endian(v))
        return false;
      to = static_cast<std::int64_t>(v);
      break;
    }
    default: return fail(fmt::format("no length at byte {}", at_ - 1));
  }
  return to >= 0 || fail(fmt::format("a negative length at byte {}", at_));
}

bool ubj_reader::text(std::string_view& to) {
  std::int64_t size = 0;
  if (!length(size))
    return false;
  if (static_cast<std::uint64_t>(size) > file_.size() - at_)
    return fail("the file is cut off");
  to = file_.substr(at_, static_cast<std::size_t>(size));
  at_ += to.size();
  return true;
}

bool ubj_reader::typed_array(char type, std::int64_t count) {
  const auto size = size_of(type);
  if (size == 0)
    return fail(fmt::format("a list of an unknown type before byte {}", at_));
  if (static_cast<std::uint64_t>(count) > (file_.size() - at_) / static_cast<std::size_t>(size))
    return fail("the file is cut off");
  for (std::int64_t i = 0; i < count; ++i)
    if (!number(type))
      return false;
  return to_.end_array();
}

bool ubj_reader::begin_array() {
  if (!to_.begin_array())
    return false;
  char type = 0;
  if (at_ < file_.size() && file_[at_] == '$') {
    ++at_;
    if (!take(type))
      return false;
    if (at_ == file_.size() || file_[at_] != '#')
      return fail(fmt::format("a typed list without a length at byte {}", at_));
  }
  if (at_ == file_.size() || file_[at_] != '#') {
    open_.push_back({false, false, 0});
    return true;
  }
  ++at_;
  std::int64_t count = 0;
  if (!length(count))
    return false;
  if (type != 0)
    return typed_array(type, count);
  if (static_cast<std::uint64_t>(count) > file_.size() - at_)
    return fail("the file is cut off");
  open_.push_back({false, true, count});
  return true;
}

bool ubj_reader::close() {
  const bool was_object = open_.back().is_object;
  open_.pop_back();
  return was_object ? to_.end_object() : to_.end_array();
}

bool ubj_reader::value(char marker) {
  switch (marker) {
    case '{': open_.push_back({true, false, 0}); return to_.begin_object();
    case '[': return begin_array();
    case 'S': {
      std::string_view content;
      return text(content) && to_.text(content);
    }
    case 'T': return to_.number(1);
    case 'F': return to_.number(0);
    case 'Z':
    case 'N': return true;
    default:
      if (size_of(marker) != 0)
        return number(marker);
      return fail(fmt::format("an unknown type at byte {}", at_ - 1));
  }
}

/// The next element of the innermost object or list, or its end.
bool ubj_reader::step() {
  auto& in = open_.back();
  char next = 0;
  if (in.counted) {
    if (in.left == 0)
      return close();
    --in.left;
    return take(next) && value(next);
  }
  if (at_ == file_.size())
    return fail("the file is cut off");
  if (file_[at_] == (in.is_object ? '}' : ']')) {
    ++at_;
    return close();
  }
  if (in.is_object) {
    std::string_view name;
    if (!text(name) || !to_.key(name))
      return false;
  }
  return take(next) && value(next);
}

core::result<void> ubj_reader::read() {
  char first = 0;
  bool good =
      take(first) && (first == '{' || fail("it does not start with an object")) && value(first);
  while (good && !open_.empty())
    good = step();
  if (!good)
    return core::error{core::errc::malformed, to_.problem().empty() ? problem_ : to_.problem()};
  if (at_ != file_.size())
    return core::error{core::errc::malformed,
                       fmt::format("there are bytes after its end at byte {}", at_)};
  return {};
}

} // namespace

core::result<tree_ensemble> read_xgboost_ubj(std::string_view file) {
  xgboost_dump dump;
  LEPTON_TRY((ubj_reader{file, dump}.read()));
  return dump.finish();
}

} // namespace lepton::kernels::trees
