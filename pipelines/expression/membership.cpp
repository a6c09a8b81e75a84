// `x in [..]`: few literals are compared one after the other, many are searched by halves.
#include "pipelines/expression/literal_set.hpp"
#include "pipelines/expression/overloads.hpp"

#include <algorithm>
#include <cmath>

namespace lepton::pipelines::expr {

namespace {

constexpr std::size_t few = 8;

template <class T, auto Items>
void member_of(kernel_call& c) {
  const auto& items = c.set->*Items;
  const bool search = items.size() > few;
  map_rows<T, std::uint8_t>(c, [&](const T& value) {
    const bool found = search ? std::binary_search(items.begin(), items.end(), value)
                              : std::find(items.begin(), items.end(), value) != items.end();
    return static_cast<std::uint8_t>(found);
  });
}

/// NaN has no place in an order: it equals nothing.
void real_member(kernel_call& c) {
  const auto& items = c.set->reals;
  map_rows<double, std::uint8_t>(c, [&](double value) {
    return static_cast<std::uint8_t>(!std::isnan(value) &&
                                     std::binary_search(items.begin(), items.end(), value));
  });
}

template <class T>
void sort_unique(std::vector<T>& items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

} // namespace

void literal_set::sort() {
  std::erase_if(reals, [](double x) { return std::isnan(x); });
  sort_unique(integers);
  sort_unique(reals);
  sort_unique(texts);
}

kernel membership_kernel(value_type type) noexcept {
  switch (type) {
    case value_type::boolean: return member_of<std::uint8_t, &literal_set::integers>;
    case value_type::real: return real_member;
    case value_type::string:
    case value_type::bytes: return member_of<std::string_view, &literal_set::texts>;
    default: return member_of<std::int64_t, &literal_set::integers>;
  }
}

} // namespace lepton::pipelines::expr
