#include "pipelines/config/redaction.hpp"

#include <algorithm>

namespace lepton::pipelines {

namespace {

/// Shorter values ("1", "tx") are replaced only where a message quotes them.
constexpr std::size_t min_bare_length = 4;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool stands_alone(std::string_view text, std::size_t begin, std::size_t length) {
  const auto end = begin + length;
  const bool left = begin == 0 || !is_word(text[begin - 1]) || !is_word(text[begin]);
  const bool right = end == text.size() || !is_word(text[end]) || !is_word(text[end - 1]);
  const bool quoted = begin > 0 && end < text.size() && text[begin - 1] == '\'' && text[end] == '\'';
  return length < min_bare_length ? quoted : left && right;
}

void replace(std::string& text, std::string_view value, std::string_view shown) {
  for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at)) {
    if (stands_alone(text, at, value.size())) {
      text.replace(at, value.size(), shown);
      at += shown.size();
    } else {
      ++at;
    }
  }
}

} // namespace

void redaction::add_reference(std::string value, std::string reference) {
  std::pair entry{std::move(value), std::move(reference)};
  if (!entry.first.empty() && std::find(references_.begin(), references_.end(), entry) == references_.end())
    references_.push_back(std::move(entry));
}

void redaction::add_literal(std::string value) {
  if (!value.empty())
    literals_.push_back(std::move(value));
}

std::string redaction::message(std::string text) const {
  for (const auto& value : literals_)
    replace(text, value, "***");
  for (const auto& [value, reference] : references_)
    replace(text, value, reference);
  return text;
}

std::string redaction::excerpt(std::string text) const {
  for (const auto& value : literals_)
    for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at + 1))
      text.replace(at, value.size(), value.size(), '*');
  return text;
}

} // namespace lepton::pipelines
