#include "kernels/onnx/read_tensor.hpp"

#include <fmt/format.h>

namespace lepton::kernels::onnx {

namespace {

enum tensor_field : std::uint32_t {
  f_dims = 1,
  f_data_type = 2,
  f_segment = 3,
  f_float_data = 4,
  f_int32_data = 5,
  f_string_data = 6,
  f_int64_data = 7,
  f_name = 8,
  f_raw_data = 9,
  f_double_data = 10,
  f_external_data = 13,
  f_data_location = 14,
};

constexpr std::size_t max_rank = 16;

core::error malformed(const tensor& t, std::string_view what) {
  return {core::errc::malformed, fmt::format("constant '{}' {}", printable(t.name), what)};
}

/// Bytes of one value in `raw`; 0 for types that are not checked here.
std::int64_t element_size(element_type type) {
  switch (type) {
    case element_type::uint8:
    case element_type::int8:
    case element_type::boolean: return 1;
    case element_type::float16: return 2;
    case element_type::float32:
    case element_type::int32: return 4;
    case element_type::float64:
    case element_type::int64: return 8;
    default: return 0;
  }
}

/// Values in the repeated field that belongs to the type.
std::size_t listed_values(const tensor& t) {
  switch (t.type) {
    case element_type::float32: return t.reals.size();
    case element_type::float64: return t.doubles.size();
    case element_type::string: return t.strings.size();
    default: return t.integers.size();
  }
}

core::result<void> check_shape(tensor& t) {
  if (t.dims.size() > max_rank)
    return malformed(t, fmt::format("has {} dimensions, more than {}", t.dims.size(), max_rank));
  t.count = 1;
  for (const auto dim : t.dims) {
    if (dim < 0)
      return malformed(t, fmt::format("has a negative dimension ({})", dim));
    if (__builtin_mul_overflow(t.count, dim, &t.count))
      return malformed(t, "has dimensions whose product does not fit into 64 bits");
  }
  return {};
}

core::result<void> check_data(const tensor& t) {
  const auto size = element_size(t.type);
  if (size == 0 && t.type != element_type::string)
    return {};
  const bool is_raw = !t.raw.empty();
  if (is_raw && (size == 0 || t.raw.size() % static_cast<std::size_t>(size) != 0))
    return malformed(t, fmt::format("has {} bytes of data, which is no whole number of {} values",
                                    t.raw.size(), to_string(t.type)));
  const auto have = is_raw ? static_cast<std::int64_t>(t.raw.size()) / size
                           : static_cast<std::int64_t>(listed_values(t));
  if (have != t.count)
    return malformed(t, fmt::format("has {} values, but its shape says {}", have, t.count));
  return {};
}

void read_field(wire_reader& in, tensor& t, bool& external) {
  switch (in.field()) {
    case f_dims: return in.append_integers(t.dims);
    case f_data_type: t.type = static_cast<element_type>(in.integer()); return;
    case f_float_data: return in.append_reals(t.reals);
    case f_int32_data:
    case f_int64_data: return in.append_integers(t.integers);
    case f_string_data: t.strings.push_back(in.text()); return;
    case f_name: t.name = in.text(); return;
    case f_raw_data: t.raw = in.message(); return;
    case f_double_data: return in.append_doubles(t.doubles);
    case f_external_data: external = true; return;
    case f_data_location: external = external || in.integer() == 1; return;
    default: return;
  }
}

} // namespace

core::result<tensor> read_tensor(bytes message) {
  tensor t;
  bool external = false;
  wire_reader in{message};
  while (in.next())
    read_field(in, t, external);
  if (in.failed())
    return malformed(t, "cannot be read");
  if (external)
    return core::error{core::errc::unsupported,
                       fmt::format("the data of constant '{}' is in another file; save the model "
                                   "with all its data in one file",
                                   printable(t.name))};
  LEPTON_TRY(check_shape(t));
  LEPTON_TRY(check_data(t));
  return t;
}

} // namespace lepton::kernels::onnx
