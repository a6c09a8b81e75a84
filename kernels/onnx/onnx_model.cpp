#include "kernels/onnx/onnx_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace lepton::kernels::onnx {

namespace {

template <class Stored, class T>
std::vector<T> converted(bytes raw) {
  std::vector<T> out(raw.size() / sizeof(Stored));
  for (std::size_t i = 0; i < out.size(); ++i) {
    Stored value;
    std::memcpy(&value, raw.data() + i * sizeof value, sizeof value);
    out[i] = static_cast<T>(value);
  }
  return out;
}

template <class T>
core::result<std::vector<T>> integers_as(const tensor& t) {
  if (t.type != element_type::int32 && t.type != element_type::int64)
    return core::error{core::errc::unsupported, fmt::format("constant '{}' has elements of {}",
                                                            printable(t.name), to_string(t.type))};
  if (t.raw.empty())
    return std::vector<T>(t.integers.begin(), t.integers.end());
  return t.type == element_type::int32 ? converted<std::int32_t, T>(t.raw)
                                       : converted<std::int64_t, T>(t.raw);
}

} // namespace

std::string to_string(element_type type) {
  switch (type) {
    case element_type::undefined: return "no type";
    case element_type::float32: return "float32";
    case element_type::uint8: return "uint8";
    case element_type::int8: return "int8";
    case element_type::int32: return "int32";
    case element_type::int64: return "int64";
    case element_type::string: return "string";
    case element_type::boolean: return "bool";
    case element_type::float16: return "float16";
    case element_type::float64: return "float64";
  }
  return fmt::format("type {}", static_cast<std::int32_t>(type));
}

core::result<std::vector<float>> floats_of(const tensor& t) {
  if (t.type == element_type::float32)
    return t.raw.empty() ? t.reals : converted<float, float>(t.raw);
  if (t.type == element_type::float64)
    return t.raw.empty() ? std::vector<float>(t.doubles.begin(), t.doubles.end())
                         : converted<double, float>(t.raw);
  return integers_as<float>(t);
}

core::result<std::vector<std::int64_t>> integers_of(const tensor& t) {
  return integers_as<std::int64_t>(t);
}

const attribute* node::find(std::string_view attribute_name) const noexcept {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const attribute& a) { return a.name == attribute_name; });
  return found == attributes.end() ? nullptr : &*found;
}

std::int64_t node::integer_or(std::string_view attribute_name,
                              std::int64_t otherwise) const noexcept {
  const auto* found = find(attribute_name);
  return found && found->type == attribute::kind::integer ? found->integer : otherwise;
}

float node::real_or(std::string_view attribute_name, float otherwise) const noexcept {
  const auto* found = find(attribute_name);
  return found && found->type == attribute::kind::real ? found->real : otherwise;
}

std::string printable(std::string_view name) {
  std::string out{name.substr(0, 64)};
  for (char& c : out)
    c = c > ' ' && c <= '~' ? c : '?';
  return name.size() > 64 ? out + "..." : out;
}

} // namespace lepton::kernels::onnx
