#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace lepton::tests {

/// Prometheus' text format 0.0.4, read strictly: every line must have the form that the format
/// gives, and every sample a TYPE above it.
struct exposition {
  struct sample {
    std::string name;
    std::map<std::string, std::string> labels; ///< unescaped
    double value = 0;
  };
  std::map<std::string, std::string> types; ///< family -> counter, gauge, histogram
  std::map<std::string, std::string> help;
  std::vector<sample> samples;

  /// The samples of `name` whose label `label` is `value`, in order.
  std::vector<sample> of(const std::string& name, const std::string& label = {},
                         const std::string& value = {}) const {
    std::vector<sample> out;
    for (const auto& s : samples)
      if (s.name == name &&
          (label.empty() || (s.labels.contains(label) && s.labels.at(label) == value)))
        out.push_back(s);
    return out;
  }
  double value(const std::string& name, const std::string& label = {},
               const std::string& text = {}) const {
    const auto found = of(name, label, text);
    EXPECT_EQ(found.size(), 1u) << name;
    return found.empty() ? -1 : found.front().value;
  }
};

inline std::string unescape(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && ++i < text.size())
      out += text[i] == 'n' ? '\n' : text[i];
    else
      out += text[i];
  }
  return out;
}

inline std::map<std::string, std::string> parse_labels(std::string text) {
  static const std::regex label{R"re(([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)",?)re"};
  std::map<std::string, std::string> out;
  std::smatch match;
  while (std::regex_search(text, match, label, std::regex_constants::match_continuous)) {
    out[match[1]] = unescape(match[2]);
    text = match.suffix();
  }
  EXPECT_EQ(text, "") << "labels of another form";
  return out;
}

inline exposition parse_exposition(const std::string& text) {
  static const std::regex comment{R"(# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+))"};
  static const std::regex line_form{R"(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(.*)\})? ([^ ]+))"};
  exposition out;
  std::istringstream lines{text};
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, comment)) {
      (match[1] == "TYPE" ? out.types : out.help)[match[2]] = match[3];
    } else if (std::regex_match(line, match, line_form)) {
      char* end = nullptr;
      const std::string number = match[4];
      const double value = std::strtod(number.c_str(), &end);
      EXPECT_EQ(*end, '\0') << line;
      const std::string family =
          std::regex_replace(match[1].str(), std::regex{"_(bucket|sum|count)$"}, "");
      EXPECT_TRUE(out.types.contains(family) || out.types.contains(match[1])) << line;
      out.samples.push_back({match[1], parse_labels(match[3]), value});
    } else {
      ADD_FAILURE() << "not a line of the format: " << line;
    }
  }
  EXPECT_TRUE(text.ends_with('\n'));
  return out;
}

} // namespace lepton::tests
