#include "pipelines/state/key_layout.hpp"

#include "pipelines/state/state_bytes.hpp"

#include <cmath>
#include <limits>

namespace lepton::pipelines {

namespace {

using core::type_id;

std::size_t stored_size(const core::data_type& type) noexcept {
  return type.id == type_id::boolean ? 1 : type.value_size();
}

std::uint64_t compose_hash(std::uint64_t hash, std::uint64_t suffix) noexcept {
  constexpr int group_shift = 56;
  const auto rest = stable_hash(hash + stable_hash(suffix));
  return hash >> group_shift << group_shift | rest >> (64 - group_shift);
}

template <class T>
T canonical(T value) noexcept {
  if (std::isnan(value))
    return std::numeric_limits<T>::quiet_NaN();
  return value == 0 ? T{0} : value;
}

template <class T>
void append_floats(const char* from, std::size_t count, std::string& out) {
  for (std::size_t i = 0; i < count; ++i) {
    T value;
    std::memcpy(&value, from + i * sizeof(T), sizeof(T));
    value = canonical(value);
    out.append(reinterpret_cast<const char*>(&value), sizeof(T));
  }
}

bool lies_as_key(const core::field& field) noexcept {
  switch (field.type.id) {
    case type_id::int32:
    case type_id::int64:
    case type_id::timestamp_ms:
    case type_id::string:
    case type_id::binary: return !field.nullable;
    default: return false;
  }
}

} // namespace

std::uint64_t hash_of_key(std::string_view key, std::size_t suffix) noexcept {
  std::uint64_t word = 0;
  const auto plain = [&](std::string_view bytes) {
    if (bytes.size() != sizeof word)
      return stable_hash(bytes);
    std::memcpy(&word, bytes.data(), sizeof word);
    return stable_hash(word);
  };
  if (suffix != sizeof word || key.size() < sizeof word)
    return plain(key);
  const auto hash = plain(key.substr(0, key.size() - sizeof word));
  std::memcpy(&word, key.data() + key.size() - sizeof word, sizeof word);
  return compose_hash(hash, word);
}

void batch_keys::compose(const batch_keys& of, std::span<const std::int32_t> rows,
                         std::span<const std::int64_t> suffixes) {
  width_ = of.width_ == 0 ? 0 : of.width_ + sizeof(std::int64_t);
  hashes_.resize(rows.size());
  bytes_.clear();
  own_offsets_.assign(1, 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<std::size_t>(rows[i]);
    hashes_[i] = compose_hash(of.hash(row), static_cast<std::uint64_t>(suffixes[i]));
    bytes_ += of.key(row);
    state_writer{bytes_}.put(suffixes[i]);
    own_offsets_.push_back(static_cast<std::int32_t>(bytes_.size()));
  }
  data_ = bytes_.data();
  offsets_ = own_offsets_.data();
}

core::result<key_layout> key_layout::make(std::vector<core::field> fields) {
  if (fields.empty())
    return core::error{core::errc::invalid_argument, "a key needs at least one column"};
  key_layout out;
  bool fixed = true;
  for (const auto& field : fields) {
    if (field.type.list_size > 64)
      return core::error{core::errc::invalid_argument,
                         "column '" + field.name + "' is too long a list for a key"};
    fixed = fixed && !field.type.is_variable_size();
    out.width_ += stored_size(field.type) + (field.nullable ? 1 : 0);
  }
  if (!fixed)
    out.width_ = 0;
  out.fields_ = std::move(fields);
  return out;
}

key_layout key_layout::of_rows(std::vector<core::field> fields) {
  key_layout out;
  out.canonical_ = false;
  bool fixed = !fields.empty();
  for (const auto& field : fields) {
    fixed = fixed && !field.type.is_variable_size();
    out.width_ += stored_size(field.type) + (field.nullable ? 1 : 0);
  }
  out.width_ = fixed ? out.width_ : 0;
  out.fields_ = std::move(fields);
  return out;
}

void key_layout::append(const core::column& column, const core::field& field, std::int64_t row,
                        std::string& out) const {
  const auto size = stored_size(field.type);
  const bool valid = column.valid(row);
  if (field.nullable)
    out += valid ? '\1' : '\0';
  if (field.type.is_variable_size()) {
    const auto text = valid ? column.string_at(row) : std::string_view{};
    if (fields_.size() > 1)
      state_writer{out}.put(static_cast<std::uint32_t>(text.size()));
    out += text;
    return;
  }
  if (!valid) {
    out.append(size, '\0');
    return;
  }
  const char* from = column.values.as<char>() + static_cast<std::size_t>(row) * size;
  if (!canonical_ && field.type.id != type_id::boolean) {
    out.append(from, size);
    return;
  }
  switch (field.type.id) {
    case type_id::boolean: out += column.boolean_at(row) ? '\1' : '\0'; break;
    case type_id::float64: append_floats<double>(from, 1, out); break;
    case type_id::float32:
    case type_id::float32_list: append_floats<float>(from, size / sizeof(float), out); break;
    default: out.append(from, size); break;
  }
}

void key_layout::encode(std::span<const core::column* const> columns, std::int64_t rows,
                        batch_keys& out) const {
  LEPTON_ASSERT(columns.size() == fields_.size());
  const auto count = static_cast<std::size_t>(rows);
  out.width_ = width_;
  out.hashes_.resize(count);
  if (columns.size() == 1 && lies_as_key(fields_[0]) && rows != 0) {
    out.data_ = columns[0]->values.as<char>();
    out.offsets_ = width_ == 0 ? columns[0]->offsets.as<std::int32_t>() : nullptr;
  } else {
    out.bytes_.clear();
    out.own_offsets_.assign(1, 0);
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::size_t i = 0; i < columns.size(); ++i)
        append(*columns[i], fields_[i], row, out.bytes_);
      out.own_offsets_.push_back(static_cast<std::int32_t>(out.bytes_.size()));
    }
    out.data_ = out.bytes_.data();
    out.offsets_ = out.own_offsets_.data();
  }
  for (std::size_t i = 0; i < count; ++i)
    out.hashes_[i] = hash_of_key(out.key(i));
}

void key_layout::encode(const core::batch& rows, std::span<const std::size_t> indices,
                        batch_keys& out) const {
  std::vector<const core::column*> columns;
  for (const auto index : indices)
    columns.push_back(rows.columns[index].get());
  encode(columns, rows.rows, out);
}

bool key_layout::fits(std::string_view key) const noexcept {
  if (width_ != 0)
    return key.size() == width_;
  state_reader from{key};
  for (const auto& field : fields_) {
    if (field.nullable)
      from.get<std::uint8_t>();
    if (!field.type.is_variable_size())
      from.get_view(stored_size(field.type));
    else
      from.get_view(fields_.size() > 1 ? from.get<std::uint32_t>() : from.left());
  }
  return from.ok() && from.at_end();
}

std::vector<core::column_ptr> key_layout::decode(std::span<const std::string_view> keys) const {
  std::vector<core::ref_ptr<core::column>> out;
  for (const auto& field : fields_) {
    out.push_back(core::make_ref<core::column>(field.type));
    if (!field.type.is_variable_size())
      out.back()->resize_rows(static_cast<std::int64_t>(keys.size()));
  }
  for (std::size_t row = 0; row < keys.size(); ++row) {
    state_reader from{keys[row]};
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      auto& column = *out[i];
      const auto at = static_cast<std::int64_t>(row);
      const bool valid = !fields_[i].nullable || from.get<std::uint8_t>() != 0;
      if (column.type.is_variable_size()) {
        const auto size = fields_.size() > 1 ? from.get<std::uint32_t>() : from.left();
        const auto text = from.get_view(size);
        valid ? column.append_string(text) : column.append_null_string();
        continue;
      }
      const auto size = stored_size(column.type);
      if (column.type.id == type_id::boolean)
        column.set_boolean(at, from.get<std::uint8_t>() != 0);
      else
        from.get_raw(column.values.data() + row * size, size);
      if (!valid)
        column.set_null(at);
    }
  }
  return {out.begin(), out.end()};
}

} // namespace lepton::pipelines
