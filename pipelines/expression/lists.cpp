// float32[N] columns: one element of each row, and their length.
#include "pipelines/expression/overloads.hpp"

namespace lepton::pipelines::expr {

namespace {

/// Element `b[i]` of row i; `parameter` is N.
void element(kernel_call& c) {
  const auto* list = c.args[0].as<float>();
  const lane_reader<std::int64_t> index{c.args[1]};
  auto* out = c.result<double>();
  const auto length = static_cast<std::size_t>(c.parameter);
  for (std::size_t i = 0; i < c.rows; ++i) {
    const auto k = static_cast<std::size_t>(index[i]); // negative: beyond every length
    out[i] = k < length ? static_cast<double>(list[i * length + k]) : 0.0;
    if (k >= length)
      c.fail(i, failure::index_range);
  }
}

void length(kernel_call& c) {
  std::fill_n(c.result<std::int64_t>(), c.rows, c.parameter);
}

} // namespace

void add_lists(std::vector<overload>& to) {
  using enum value_type;
  to.push_back(make_overload("[]", call_forms::infix, {list, integer}, real, element));
  to.push_back(make_overload("size", call_forms::both, {list}, integer, length));
}

} // namespace lepton::pipelines::expr
