// Questions about strings and bytes. Letters are Unicode code points where it matters (size of a
// string); searching works byte by byte, which for UTF-8 finds the same.
#include "pipelines/expression/overloads.hpp"
#include "pipelines/expression/utf8.hpp"

#include <string_view>

namespace lepton::pipelines::expr {

namespace {

using text = std::string_view;

template <auto F>
void test_texts(kernel_call& c) {
  map_rows2<text, text, std::uint8_t>(
      c, [](text a, text b) { return static_cast<std::uint8_t>(F(a, b)); });
}

constexpr auto contains = [](text a, text b) { return a.find(b) != text::npos; };
constexpr auto starts_with = [](text a, text b) { return a.starts_with(b); };
constexpr auto ends_with = [](text a, text b) { return a.ends_with(b); };

void code_points(kernel_call& c) {
  map_rows<text, std::int64_t>(c, [](text a) { return count_code_points(a); });
}
void byte_count(kernel_call& c) {
  map_rows<text, std::int64_t>(c, [](text a) { return static_cast<std::int64_t>(a.size()); });
}

/// The position of `b` in `a` in code points, or -1.
void index_of(kernel_call& c) {
  map_rows2<text, text, std::int64_t>(c, [](text a, text b) {
    const auto at = a.find(b);
    return at == text::npos ? std::int64_t{-1} : count_code_points(a.substr(0, at));
  });
}

} // namespace

void add_strings(std::vector<overload>& to) {
  using enum value_type;
  const auto add = [&](std::string_view name, value_type type, value_type result, kernel run) {
    to.push_back(make_overload(name, call_forms::method, {type, type}, result, run));
  };
  for (const auto type : {string, bytes}) {
    add("contains", type, boolean, test_texts<contains>);
    add("startsWith", type, boolean, test_texts<starts_with>);
    add("endsWith", type, boolean, test_texts<ends_with>);
  }
  add("indexOf", string, integer, index_of);
  to.push_back(make_overload("size", call_forms::both, {string}, integer, code_points));
  to.push_back(make_overload("size", call_forms::both, {bytes}, integer, byte_count));
}

} // namespace lepton::pipelines::expr
