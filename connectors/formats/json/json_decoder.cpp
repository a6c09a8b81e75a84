#include "connectors/formats/json/json_decoder.hpp"

#include "connectors/formats/json/json_skip.hpp"
#include "connectors/formats/unreadable.hpp"

#include <fmt/format.h>

#include <numeric>

namespace lepton::connectors {

using kind = json_target::kind;

namespace {

json_scan unexpected(const char* p) noexcept {
  return {p, json_fault::unexpected_character};
}

} // namespace

json_decoder::json_decoder(std::shared_ptr<const json_layout> layout)
    : layout_{std::move(layout)}, keys_(layout_->object_count()),
      object_serials_(layout_->object_count()) {
  for (const auto& entry : layout_->entries())
    fields_.emplace_back(entry);
  if (layout_->keeps_payload())
    payload_ = std::make_unique<column_builder>(core::data_type{core::type_id::binary, 0});
}

void json_decoder::decode(const core::raw_batch& in, core::decoded& out) {
  const auto records = in.records();
  out = {};
  begin(static_cast<std::int64_t>(records.size()));
  if (!in.fault.empty()) [[unlikely]] {
    refuse_unreadable(in, out);
    return finish(0, out);
  }
  std::int64_t row = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto payload = records[i].payload;
    const auto scan = read_record(payload, row);
    if (scan.ok()) [[likely]] {
      if (!out.errors.empty())
        out.raw_rows.push_back(static_cast<std::int32_t>(i));
      ++row;
      continue;
    }
    if (out.errors.empty()) {
      out.raw_rows.resize(i);
      std::iota(out.raw_rows.begin(), out.raw_rows.end(), 0);
    }
    out.errors.push_back({static_cast<std::int32_t>(i), reason(scan, payload)});
    undo(row);
  }
  finish(row, out);
}

void json_decoder::begin(std::int64_t rows) {
  for (auto& field : fields_)
    field.begin(rows);
  if (payload_)
    payload_->begin(rows);
  serial_ = 0;
  std::fill(object_serials_.begin(), object_serials_.end(), -1);
}

void json_decoder::undo(std::int64_t row) noexcept {
  for (auto& field : fields_)
    field.undo(row);
  if (payload_)
    payload_->undo(row);
}

void json_decoder::finish(std::int64_t rows, core::decoded& out) {
  out.rows = rows;
  for (auto& field : fields_)
    out.columns.push_back(field.finish(rows));
  if (payload_)
    out.columns.push_back(payload_->finish(rows));
}

std::string json_decoder::reason(json_scan scan, std::string_view payload) const {
  if (payload.empty())
    return "empty payload";
  if (scan.fault == json_fault::not_the_schema)
    return complaint_;
  scan = text_.located(scan);
  return fmt::format("malformed JSON at byte {}: {}", scan.at - record_.begin,
                     describe(scan.fault));
}

json_scan json_decoder::complain(const char* p, std::string text) {
  complaint_ = std::move(text);
  return {p, json_fault::not_the_schema};
}

json_scan json_decoder::read_record(std::string_view payload, std::int64_t row) {
  const char* p = text_.assign(payload);
  record_ = {p, text_.end(), row};
  ++serial_;
  fields_seen_ = 0;
  p = skip_space(p);
  if (*p != '{') [[unlikely]]
    return no_object(p);
  const auto scan = read_object(p + 1, 0, 1);
  if (!scan.ok()) [[unlikely]]
    return scan;
  p = skip_space(scan.at);
  if (p != record_.end) [[unlikely]]
    return {p, json_fault::trailing_text};
  if (payload_)
    payload_->set_text(row, payload);
  if (fields_seen_ != fields_.size())
    return fill_absent(p);
  return {p, json_fault::none};
}

json_scan json_decoder::no_object(const char* p) {
  const std::string_view text{p, static_cast<std::size_t>(record_.end - p)};
  if (text.starts_with("\xef\xbb\xbf"))
    return {p, json_fault::byte_order_mark};
  const char* found = json_kind(*p);
  const auto whole = skip_value(p, 0);
  if (!whole.ok())
    return whole;
  if (const char* rest = skip_space(whole.at); rest != record_.end)
    return {rest, json_fault::trailing_text};
  return complain(p, fmt::format("expected a JSON object, found {}", found));
}

json_scan json_decoder::fill_absent(const char* p) {
  for (auto& field : fields_)
    if (!field.seen(serial_) && !field.set_absent(record_.row))
      return complain(p, fmt::format("missing field '{}'", field.name()));
  return {p, json_fault::none};
}

json_scan json_decoder::read_object(const char* p, std::int32_t object, int depth) {
  auto& keys = keys_[static_cast<std::size_t>(object)];
  std::int32_t key = json_keys::start;
  p = skip_space(p);
  if (*p == '}')
    return {p + 1, json_fault::none};
  for (;;) {
    const auto guess = keys.guess(key);
    json_scan scan;
    json_target target;
    if (keys.matches(guess, p)) [[likely]] {
      key = guess;
      target = keys.at(guess).target;
      scan.at = p + keys.at(guess).length;
    } else {
      scan = read_key(p, object, key, key, target);
      if (!scan.ok())
        return scan;
    }
    scan = read_member(skip_space(scan.at), target, depth);
    if (!scan.ok()) [[unlikely]]
      return scan;
    p = skip_space(scan.at);
    if (*p != ',')
      break;
    p = skip_space(p + 1);
  }
  return *p == '}' ? json_scan{p + 1, json_fault::none} : unexpected(p);
}

json_scan json_decoder::read_key(const char* p, std::int32_t object, std::int32_t previous,
                                 std::int32_t& key, json_target& target) {
  if (*p != '"')
    return unexpected(p);
  key_text_.resize(static_cast<std::size_t>(record_.end - p) + 16);
  json_text_writer out{key_text_.data()};
  auto scan = read_string(p + 1, out);
  if (!scan.ok())
    return scan;
  scan.at = skip_space(scan.at);
  if (*scan.at++ != ':')
    return unexpected(scan.at - 1);
  const std::string_view raw{p, static_cast<std::size_t>(scan.at - p)};
  auto& keys = keys_[static_cast<std::size_t>(object)];
  target = layout_->find(object,
                         {key_text_.data(), static_cast<std::size_t>(out.to - key_text_.data())});
  key = keys.find(raw);
  if (key < 0)
    key = keys.learn(raw, target);
  if (key < 0)
    key = json_keys::start;
  else
    keys.follow(previous, key);
  return scan;
}

json_scan json_decoder::read_member(const char* p, json_target target, int depth) {
  if (target.what == kind::ignored)
    return skip_value(p, depth);
  if (target.what == kind::object)
    return read_inner(p, target.index, depth);
  auto& field = fields_[static_cast<std::size_t>(target.index)];
  if (!field.first_time(serial_)) [[unlikely]]
    return complain(p, fmt::format("duplicate field '{}'", field.name()));
  ++fields_seen_;
  const auto scan = field.read(p, record_, depth);
  if (scan.fault == json_fault::not_the_schema) [[unlikely]]
    complaint_ = field.complaint();
  return scan;
}

json_scan json_decoder::read_inner(const char* p, std::int32_t object, int depth) {
  auto& serial = object_serials_[static_cast<std::size_t>(object)];
  if (serial == serial_)
    return complain(p, fmt::format("duplicate field '{}'", layout_->path_of(object)));
  serial = serial_;
  if (*p == '{')
    return depth < json_max_depth ? read_object(p + 1, object, depth + 1)
                                  : json_scan{p, json_fault::too_deep};
  if (*p == 'n')
    return skip_word(p);
  const char* found = json_kind(*p);
  const auto whole = skip_value(p, depth);
  if (!whole.ok())
    return whole;
  return complain(
      p, fmt::format("field '{}': expected an object, found {}", layout_->path_of(object), found));
}

} // namespace lepton::connectors
