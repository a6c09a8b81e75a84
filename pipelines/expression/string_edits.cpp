// Functions that give new strings: + lowerAscii upperAscii trim substring replace. A result above
// `max_string_bytes` fails its row.
#include "pipelines/expression/overloads.hpp"
#include "pipelines/expression/utf8.hpp"

#include <algorithm>
#include <string_view>

namespace lepton::pipelines::expr {

namespace {

using text = std::string_view;

/// Room for `size` bytes for the result of `row`; a null pointer after the row was failed.
char* make_room(kernel_call& c, std::size_t row, std::size_t size) {
  char* to = c.strings->allocate(size);
  c.result<text>()[row] = to ? text{to, size} : text{};
  if (!to)
    c.fail(row, failure::too_long);
  return to;
}

void concatenate(kernel_call& c) {
  const lane_reader<text> a{c.args[0]};
  const lane_reader<text> b{c.args[1]};
  for (std::size_t i = 0; i < c.rows; ++i) {
    char* to = make_room(c, i, a[i].size() + b[i].size());
    if (!to)
      continue;
    std::copy(a[i].begin(), a[i].end(), to);
    std::copy(b[i].begin(), b[i].end(), to + a[i].size());
  }
}

/// Adds 32 to, or takes it from, each letter from `First` to 'Z' or 'z' of ASCII.
template <char First, int Shift>
void shift_letters(kernel_call& c) {
  const auto* a = c.args[0].as<text>();
  for (std::size_t i = 0; i < c.rows; ++i) {
    char* to = make_room(c, i, a[i].size());
    if (!to)
      continue;
    for (std::size_t k = 0; k < a[i].size(); ++k) {
      const char letter = a[i][k];
      const bool shifted = letter >= First && letter < First + 26;
      to[k] = static_cast<char>(letter + (shifted ? Shift : 0));
    }
  }
}

void trim(kernel_call& c) {
  map_rows<text, text>(c, [](text a) {
    constexpr text blank = " \t\n\v\f\r";
    const auto first = a.find_first_not_of(blank);
    if (first == text::npos)
      return a.substr(0, 0);
    return a.substr(first, a.find_last_not_of(blank) - first + 1);
  });
}

void cut(kernel_call& c, std::size_t row, text from, std::int64_t begin, std::int64_t end) {
  auto& out = c.result<text>()[row];
  out = {};
  const auto first = begin < 0 ? text::npos : byte_of_code_point(from, begin);
  if (first == text::npos || end < begin)
    return c.fail(row, failure::substring_range);
  const auto length = byte_of_code_point(from.substr(first), end - begin);
  if (length == text::npos)
    return c.fail(row, failure::substring_range);
  out = from.substr(first, length);
}

void substring_to_end(kernel_call& c) {
  const lane_reader<text> a{c.args[0]};
  const lane_reader<std::int64_t> begin{c.args[1]};
  for (std::size_t i = 0; i < c.rows; ++i) {
    const auto first = begin[i] < 0 ? text::npos : byte_of_code_point(a[i], begin[i]);
    c.result<text>()[i] = first == text::npos ? text{} : a[i].substr(first);
    if (first == text::npos)
      c.fail(i, failure::substring_range);
  }
}

void substring(kernel_call& c) {
  const lane_reader<text> a{c.args[0]};
  const lane_reader<std::int64_t> begin{c.args[1]};
  const lane_reader<std::int64_t> end{c.args[2]};
  for (std::size_t i = 0; i < c.rows; ++i)
    cut(c, i, a[i], begin[i], end[i]);
}

std::size_t count_of(text in, text what) {
  std::size_t count = 0;
  for (auto at = in.find(what); at != text::npos; at = in.find(what, at + what.size()))
    ++count;
  return count;
}

void replace_in_row(kernel_call& c, std::size_t row, text in, text what, text with) {
  const auto count = what.empty() ? 0 : count_of(in, what);
  char* to = make_room(c, row, in.size() - count * what.size() + count * with.size());
  for (std::size_t at = 0; to && at <= in.size();) {
    const auto found = count == 0 ? text::npos : in.find(what, at);
    const auto kept = in.substr(at, found == text::npos ? text::npos : found - at);
    to = std::copy(kept.begin(), kept.end(), to);
    if (found == text::npos)
      return;
    to = std::copy(with.begin(), with.end(), to);
    at = found + what.size();
  }
}

void replace(kernel_call& c) {
  const lane_reader<text> in{c.args[0]};
  const lane_reader<text> what{c.args[1]};
  const lane_reader<text> with{c.args[2]};
  for (std::size_t i = 0; i < c.rows; ++i)
    replace_in_row(c, i, in[i], what[i], with[i]);
}

} // namespace

void add_string_edits(std::vector<overload>& to) {
  using enum value_type;
  const auto add = [&](std::string_view name, call_forms forms,
                       std::initializer_list<value_type> parameters, kernel run) {
    to.push_back(make_overload(name, forms, parameters, *parameters.begin(), run));
  };
  add("+", call_forms::infix, {string, string}, concatenate);
  add("+", call_forms::infix, {bytes, bytes}, concatenate);
  for (const auto name : {"lowerAscii", "lower"})
    add(name, call_forms::method, {string}, shift_letters<'A', 32>);
  for (const auto name : {"upperAscii", "upper"})
    add(name, call_forms::method, {string}, shift_letters<'a', -32>);
  add("trim", call_forms::method, {string}, trim);
  add("substring", call_forms::method, {string, integer}, substring_to_end);
  add("substring", call_forms::method, {string, integer, integer}, substring);
  add("replace", call_forms::method, {string, string, string}, replace);
}

} // namespace lepton::pipelines::expr
