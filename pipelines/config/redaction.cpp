#include "pipelines/config/redaction.hpp"

#include <algorithm>
#include <array>

namespace lepton::pipelines {

namespace {

/// Shorter values ("1", "tx") are replaced only where a message quotes them.
constexpr std::size_t min_bare_length = 4;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_key(char c) {
  return is_word(c) || c == '.' || c == '-';
}

bool stands_alone(std::string_view text, std::size_t begin, std::size_t length, bool anywhere) {
  const auto end = begin + length;
  const bool left = begin == 0 || !is_word(text[begin - 1]) || !is_word(text[begin]);
  const bool right = end == text.size() || !is_word(text[end]) || !is_word(text[end - 1]);
  const bool quoted =
      begin > 0 && end < text.size() && text[begin - 1] == '\'' && text[end] == '\'';
  return length < min_bare_length ? quoted : anywhere || (left && right);
}

void replace(std::string& text, std::string_view value, std::string_view shown, bool anywhere) {
  for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at)) {
    if (stands_alone(text, at, value.size(), anywhere)) {
      text.replace(at, value.size(), shown);
      at += shown.size();
    } else {
      ++at;
    }
  }
}

/// Where a value that begins at `begin` ends: at its closing quote, or before a comma, a closing
/// bracket or the end of the line.
std::size_t value_end(std::string_view text, std::size_t begin) {
  const auto line = std::min(text.find_first_of("\r\n", begin), text.size());
  if (begin < line && (text[begin] == '"' || text[begin] == '\'')) {
    const auto close = text.find(text[begin], begin + 1);
    return std::min(close == std::string_view::npos ? line : close + 1, line);
  }
  return std::min(text.find_first_of(",}]", begin), line);
}

bool is_reference(std::string_view value) {
  const auto bare = value.substr(std::min(value.find_first_not_of("\"'"), value.size()));
  return bare.starts_with("${") || bare.starts_with("file:");
}

void star_out(std::string& text, std::size_t begin, std::size_t end) {
  std::fill(text.begin() + static_cast<std::ptrdiff_t>(begin),
            text.begin() + static_cast<std::ptrdiff_t>(end), '*');
}

/// Hides what stands behind keys that sound like secrets, without knowing YAML.
void hide_by_key(std::string& text) {
  for (auto colon = text.find(':'); colon != std::string::npos; colon = text.find(':', colon + 1)) {
    auto key_end = colon;
    if (key_end > 0 && (text[key_end - 1] == '"' || text[key_end - 1] == '\''))
      --key_end;
    auto key = key_end;
    while (key > 0 && is_key(text[key - 1]))
      --key;
    const auto value = std::min(text.find_first_not_of(' ', colon + 1), text.size());
    if (!sounds_secret(std::string_view{text}.substr(key, key_end - key)))
      continue;
    const auto end = value_end(text, value);
    const auto written = std::string_view{text}.substr(value, end > value ? end - value : 0);
    if (!written.empty() && written[0] != '{' && written[0] != '[' && !is_reference(written))
      star_out(text, value, end);
  }
}

} // namespace

bool sounds_secret(std::string_view key) {
  static constexpr std::array<std::string_view, 6> words{"passw", "pasw",    "secret",
                                                         "token", "api_key", "private_key"};
  std::string lower{key};
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '-' || c == '.' ? '_' : c;
  });
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

void redaction::add(hidden_text entry) {
  const auto same = [&](const hidden_text& other) {
    return other.value == entry.value && other.shown == entry.shown &&
           other.anywhere == entry.anywhere;
  };
  if (entry.value.empty() || std::any_of(texts_.begin(), texts_.end(), same))
    return;
  const auto shorter = std::find_if(texts_.begin(), texts_.end(), [&](const hidden_text& other) {
    return other.value.size() < entry.value.size();
  });
  texts_.insert(shorter, std::move(entry));
}

void redaction::add_reference(std::string value, std::string reference) {
  add({std::move(value), std::move(reference), false});
}

void redaction::add_secret(std::string value, std::string reference) {
  add({std::move(value), std::move(reference), true});
}

void redaction::add_literal(std::string value) {
  literals_.push_back(value);
  add({std::move(value), "***", true});
}

std::string redaction::message(std::string text) const {
  for (const auto& hidden : texts_)
    replace(text, hidden.value, hidden.shown, hidden.anywhere);
  return text;
}

std::string redaction::excerpt(std::string text) const {
  for (const auto& value : literals_) {
    if (value.empty())
      continue;
    for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at + 1))
      star_out(text, at, at + value.size());
  }
  hide_by_key(text);
  return text;
}

} // namespace lepton::pipelines
