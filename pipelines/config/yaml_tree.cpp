#include "pipelines/config/yaml_tree.hpp"

#include "pipelines/config/limits.hpp"

#include <fmt/format.h>

#include <yaml-cpp/mark.h>

#include <algorithm>

namespace lepton::pipelines {

namespace {

std::size_t offset_of(const YAML::Mark& mark) {
  return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos);
}

bool is_number_text(std::string_view text) {
  const auto digits = text.substr(!text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0);
  return !digits.empty() && digits.find_first_not_of("0123456789.") == std::string_view::npos &&
         digits.find_first_of("0123456789") != std::string_view::npos;
}

} // namespace

void yaml_tree::report(core::source_span span, std::string message, std::string hint) {
  if (findings_.error_count() < max_findings)
    findings_.error(span, std::move(message), std::move(hint));
  else
    trusted_ = false;
}

void yaml_tree::OnDocumentStart(const YAML::Mark& mark) {
  if (++documents_ == 2)
    report(source_.span(offset_of(mark), 3), "a second document in the file",
           "one file holds one pipeline; move this document to a file of its own");
}

void yaml_tree::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  refuse_properties(offset_of(mark), {}, anchor);
  // The mark of a missing value is that of the next token, perhaps lines below.
  const bool after_key = !levels_.empty() && levels_.back().has_key;
  add({{}, after_key ? levels_.back().pending.key_span : source_.span(offset_of(mark))});
}

void yaml_tree::OnAlias(const YAML::Mark& mark, YAML::anchor_t) {
  const auto offset = offset_of(mark);
  const auto end =
      std::min(source_.text().find_first_of(" ,]}\r\n", offset), source_.text().size());
  report(source_.span(offset, end - offset), "aliases are not allowed", "write the value out");
  trusted_ = false;
  add({{}, source_.span(offset)});
}

void yaml_tree::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         const std::string& text) {
  const auto offset = offset_of(mark);
  refuse_properties(offset, tag, anchor);
  core::value item{text, source_.scalar_span(offset, text)};
  const char first = source_.at(offset);
  item.quoted = tag == "!" && (first == '"' || first == '\'');
  // yaml-cpp takes the end of the file for the closing quote.
  if (item.quoted && !source_.closes_quote(offset)) {
    report(source_.span(offset), "a text in quotes is not closed", "add the closing quote");
    trusted_ = false;
  }
  add(std::move(item));
}

void yaml_tree::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  refuse_properties(offset_of(mark), tag, anchor);
  open(offset_of(mark), false);
}

void yaml_tree::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           YAML::EmitterStyle::value) {
  refuse_properties(offset_of(mark), tag, anchor);
  open(offset_of(mark), true);
}

void yaml_tree::refuse_properties(std::size_t offset, const std::string& tag,
                                  YAML::anchor_t anchor) {
  const char first = source_.at(offset);
  if (anchor == YAML::NullAnchor && first != '!' && (tag.empty() || tag == "?" || tag == "!"))
    return;
  const auto end =
      std::min(source_.text().find_first_of(" ,]}\r\n", offset), source_.text().size());
  const bool is_tag = first == '!';
  report(source_.span(offset, end - offset),
         is_tag ? "tags are not allowed" : "anchors are not allowed",
         is_tag ? "leave it out: the type of a value follows from its key"
                : "leave it out, and write the value where it is used");
}

void yaml_tree::open(std::size_t offset, bool is_map) {
  if (levels_.size() >= max_nesting) {
    findings_.error(source_.span(offset), fmt::format("nested deeper than {} levels", max_nesting),
                    "no setting needs that: write it flat");
    throw yaml_too_deep{};
  }
  core::value::data_type empty;
  if (is_map)
    empty = core::value_map{};
  else
    empty = core::value_list{};
  levels_.push_back({core::value{std::move(empty), source_.span(offset)}, is_map});
}

void yaml_tree::close() {
  auto done = std::move(levels_.back().collection);
  levels_.pop_back();
  add(std::move(done));
}

void yaml_tree::add(core::value item) {
  if (levels_.empty()) {
    if (documents_ == 1)
      root_ = std::move(item);
  } else if (levels_.back().is_map && !levels_.back().has_key) {
    add_key(item);
  } else {
    put(std::move(item));
  }
}

void yaml_tree::add_key(const core::value& key) {
  auto& top = levels_.back();
  top.has_key = true;
  top.skip = refuse_key(key);
  top.pending.key_span = key.span;
  if (top.skip)
    return;
  top.pending.key = *key.text();
  // A block mapping begins with its first key: show all of that key.
  if (top.lines.size() == 1 && top.collection.span.column == key.span.column)
    top.collection.span = key.span;
}

bool yaml_tree::refuse_key(const core::value& key) {
  const auto* text = key.text();
  if (!text || (!key.quoted && (is_number_text(*text) || *text == "true" || *text == "false"))) {
    report(key.span, "a key must be a text",
           text ? fmt::format("write \"{}\" in quotes", *text)
                : "a list, a mapping or nothing cannot be a key");
    return true;
  }
  if (*text == "<<" && !key.quoted) {
    report(key.span, "merge keys are not allowed", "write the keys out");
    trusted_ = false;
    return true;
  }
  const auto [first, is_new] = levels_.back().lines.try_emplace(*text, key.span.line);
  if (!is_new)
    report(key.span, fmt::format("duplicate key '{}'", text->substr(0, max_quoted_columns)),
           fmt::format("it is already given in line {}; remove one of the two", first->second));
  return !is_new;
}

void yaml_tree::put(core::value item) {
  auto& top = levels_.back();
  if (!top.is_map) {
    std::get<core::value_list>(top.collection.data).push_back(std::move(item));
    return;
  }
  top.has_key = false;
  if (top.skip)
    return;
  top.pending.item = std::move(item);
  std::get<core::value_map>(top.collection.data).push_back(std::move(top.pending));
  top.pending = {};
}

} // namespace lepton::pipelines
