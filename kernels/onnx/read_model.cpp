#include "kernels/onnx/onnx_model.hpp"
#include "kernels/onnx/read_tensor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace lepton::kernels::onnx {

namespace {

core::error malformed(std::string what) {
  return {core::errc::malformed, std::move(what)};
}

/// OperatorSetIdProto; only the standard operators' version matters here.
bool read_opset(bytes message, std::int64_t& standard) {
  std::string_view domain;
  std::int64_t version = 0;
  wire_reader in{message};
  while (in.next()) {
    if (in.field() == 1)
      domain = in.text();
    else if (in.field() == 2)
      version = in.integer();
  }
  if (domain.empty() || domain == "ai.onnx")
    standard = version;
  return !in.failed();
}

/// Reads the messages of one file. Nesting is fixed by these functions (model, graph, node,
/// attribute, tensor), so no input makes it recurse deeper: bodies of control flow wait in a list,
/// and are read only to find what is not allowed in them.
class model_reader {
public:
  core::result<model> read(std::vector<std::uint8_t> file);

private:
  core::result<void> check_bodies();
  core::result<void> check_function(bytes message);
  core::result<void> check_sparse(bytes message);
  core::result<void> read_graph(bytes message, model& to);
  core::result<node> read_node(bytes message);
  core::result<attribute> read_attribute(bytes message);
  core::result<void> read_attribute_field(wire_reader& in, attribute& to);
  core::result<value_info> read_value_info(bytes message);
  core::result<void> count_object();

  std::int64_t objects_ = 0;
  std::vector<bytes> bodies_;    ///< graphs inside of attributes
  std::vector<bytes> functions_; ///< operators that the file brings itself
};

core::result<void> model_reader::count_object() {
  if (++objects_ > max_objects)
    return core::error{core::errc::capacity,
                       fmt::format("more than {} nodes, attributes and names", max_objects)};
  return {};
}

core::result<model> model_reader::read(std::vector<std::uint8_t> file) {
  model to;
  to.file = std::move(file);
  bytes graph;
  bool has_graph = false;
  wire_reader in{to.file};
  while (in.next()) {
    switch (in.field()) {
      case 1: to.ir_version = in.integer(); break;
      case 7:
        graph = in.message();
        has_graph = true;
        break;
      case 8:
        if (!read_opset(in.message(), to.opset))
          return malformed("the operator set cannot be read");
        break;
      case 25: functions_.push_back(in.message()); break;
      default: break;
    }
  }
  if (in.failed() || !has_graph)
    return malformed("this is not an ONNX file, or it is cut off");
  LEPTON_TRY(read_graph(graph, to));
  LEPTON_TRY(check_bodies());
  return to;
}

/// The list grows while it is walked: a body may hold others.
core::result<void> model_reader::check_bodies() {
  for (const auto function : functions_)
    LEPTON_TRY(check_function(function));
  for (std::size_t i = 0; i < bodies_.size(); ++i) {
    model unused;
    LEPTON_TRY(read_graph(bodies_[i], unused));
  }
  return {};
}

/// FunctionProto: its nodes are field 7.
core::result<void> model_reader::check_function(bytes message) {
  wire_reader in{message};
  while (in.next())
    if (in.field() == 7)
      if (const auto n = read_node(in.message()); !n)
        return n.error();
  return in.failed() ? core::result<void>{malformed("a function cannot be read")}
                     : core::result<void>{};
}

/// SparseTensorProto: values and indices are tensors, fields 1 and 2.
core::result<void> model_reader::check_sparse(bytes message) {
  wire_reader in{message};
  while (in.next())
    if (in.field() == 1 || in.field() == 2)
      if (const auto t = read_tensor(in.message()); !t)
        return t.error();
  return in.failed() ? core::result<void>{malformed("a sparse constant cannot be read")}
                     : core::result<void>{};
}

core::result<void> model_reader::read_graph(bytes message, model& to) {
  wire_reader in{message};
  while (in.next()) {
    LEPTON_TRY(count_object());
    switch (in.field()) {
      case 1: {
        auto n = read_node(in.message());
        if (!n)
          return n.error();
        to.nodes.push_back(std::move(*n));
        break;
      }
      case 5: {
        auto t = read_tensor(in.message());
        if (!t)
          return t.error();
        to.constants.push_back(std::move(*t));
        break;
      }
      case 11:
      case 12: {
        auto v = read_value_info(in.message());
        if (!v)
          return v.error();
        (in.field() == 11 ? to.inputs : to.outputs).push_back(std::move(*v));
        break;
      }
      case 15: LEPTON_TRY(check_sparse(in.message())); break;
      default: break;
    }
  }
  if (in.failed())
    return malformed("the graph cannot be read");
  // Before IR version 4 every constant was listed as an input too.
  std::unordered_set<std::string_view> constants;
  for (const auto& constant : to.constants)
    constants.insert(constant.name);
  std::erase_if(to.inputs, [&](const value_info& v) { return constants.contains(v.name); });
  return {};
}

core::result<node> model_reader::read_node(bytes message) {
  node to;
  wire_reader in{message};
  while (in.next()) {
    LEPTON_TRY(count_object());
    switch (in.field()) {
      case 1: to.inputs.push_back(in.text()); break;
      case 2: to.outputs.push_back(in.text()); break;
      case 3: to.name = in.text(); break;
      case 4: to.op = in.text(); break;
      case 5: {
        auto a = read_attribute(in.message());
        if (!a)
          return a.error();
        to.attributes.push_back(std::move(*a));
        break;
      }
      case 7: to.domain = in.text(); break;
      default: break;
    }
  }
  if (in.failed())
    return malformed(fmt::format("node '{}' cannot be read", printable(to.name)));
  if (to.domain == "ai.onnx")
    to.domain = {};
  return to;
}

core::result<attribute> model_reader::read_attribute(bytes message) {
  attribute to;
  wire_reader in{message};
  while (in.next())
    LEPTON_TRY(read_attribute_field(in, to));
  if (in.failed())
    return malformed(fmt::format("attribute '{}' cannot be read", printable(to.name)));
  return to;
}

core::result<void> model_reader::read_attribute_field(wire_reader& in, attribute& to) {
  using kind = attribute::kind;
  // The stated type (field 20) is not needed: the field that is there says it.
  const auto is = [&](kind k) { to.type = k; };
  switch (in.field()) {
    case 1: to.name = in.text(); break;
    case 2: is(kind::real), to.real = in.real(); break;
    case 3: is(kind::integer), to.integer = in.integer(); break;
    case 4: is(kind::text), to.text = in.text(); break;
    case 5: {
      auto t = read_tensor(in.message());
      if (!t)
        return t.error();
      is(kind::tensor), to.value = std::move(*t);
      break;
    }
    case 6:
    case 11: is(kind::graph), bodies_.push_back(in.message()); break;
    case 10: {
      LEPTON_TRY(count_object());
      if (const auto t = read_tensor(in.message()); !t)
        return t.error();
      break;
    }
    case 22:
    case 23: LEPTON_TRY(check_sparse(in.message())); break;
    case 7: is(kind::reals), in.append_reals(to.reals); break;
    case 8: is(kind::integers), in.append_integers(to.integers); break;
    case 9:
      LEPTON_TRY(count_object());
      is(kind::texts), to.texts.push_back(in.text());
      break;
    default: break;
  }
  return {};
}

/// TensorShapeProto: a dimension without `dim_value` (field 1) is not fixed.
bool read_dims(bytes message, std::vector<std::int64_t>& to) {
  wire_reader in{message};
  while (in.next()) {
    if (in.field() != 1)
      continue;
    std::int64_t dim = -1;
    wire_reader one{in.message()};
    while (one.next())
      if (one.field() == 1)
        dim = std::max<std::int64_t>(-1, one.integer());
    if (one.failed() || to.size() == 64)
      return false;
    to.push_back(dim);
  }
  return !in.failed();
}

/// TypeProto: field 1 is a tensor type with `elem_type` (1) and `shape` (2).
bool read_type(bytes message, value_info& to) {
  wire_reader in{message};
  while (in.next()) {
    if (in.field() != 1)
      continue;
    to.is_tensor = true;
    wire_reader type{in.message()};
    while (type.next()) {
      if (type.field() == 1)
        to.type = static_cast<element_type>(type.integer());
      else if (type.field() == 2 && !read_dims(type.message(), to.dims.emplace()))
        return false;
    }
    if (type.failed())
      return false;
  }
  return !in.failed();
}

core::result<value_info> model_reader::read_value_info(bytes message) {
  value_info to;
  bool good = true;
  wire_reader in{message};
  while (in.next()) {
    if (in.field() == 1)
      to.name = in.text();
    else if (in.field() == 2)
      good = good && read_type(in.message(), to);
  }
  if (in.failed() || !good)
    return malformed(fmt::format("input or output '{}' cannot be read", printable(to.name)));
  return to;
}

} // namespace

core::result<model> read_model(std::vector<std::uint8_t> file) {
  if (static_cast<std::int64_t>(file.size()) > max_file_bytes)
    return core::error{core::errc::capacity, fmt::format("the file has {} bytes, more than {}",
                                                         file.size(), max_file_bytes)};
  return model_reader{}.read(std::move(file));
}

} // namespace lepton::kernels::onnx
