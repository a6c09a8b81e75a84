#include "pipelines/config/environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace lepton::pipelines {

namespace {

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto word = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), word);
}

/// The value of the reference `inside` ("NAME" or "NAME:-default").
std::optional<std::string> resolve(std::string_view inside, core::source_span span,
                                   const environment& variables, redaction& hidden,
                                   core::diagnostics& findings) {
  const auto split = inside.find(":-");
  const std::string name{inside.substr(0, split)};
  if (!is_variable_name(name)) {
    findings.error(span, fmt::format("'${{{}}}' does not name a variable", inside),
                   "write ${NAME} or ${NAME:-default}, and $$ for a dollar sign");
    return std::nullopt;
  }
  auto found = variables(name);
  if (found && (!found->empty() || split == std::string_view::npos)) {
    hidden.add_reference(*found, fmt::format("${{{}}}", name));
    return found;
  }
  if (split != std::string_view::npos)
    return std::string{inside.substr(split + 2)};
  findings.error(span, fmt::format("the environment variable {} is not set", name),
                 fmt::format("set it, or give a default: ${{{}:-...}}", name));
  return std::nullopt;
}

} // namespace

environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* found = std::getenv(name.c_str());
    return found ? std::optional<std::string>{found} : std::nullopt;
  };
}

std::optional<std::string> substitute(std::string_view text, core::source_span span,
                                      const environment& variables, redaction& hidden,
                                      core::diagnostics& findings) {
  std::string out;
  bool good = true;
  while (!text.empty()) {
    const auto dollar = std::min(text.find('$'), text.size());
    out += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.size() > 1 && text[1] == '{') {
      const auto end = text.find('}');
      if (end == std::string_view::npos) {
        findings.error(span, "'${' is not closed", "write ${NAME}, and $$ for a dollar sign");
        return std::nullopt;
      }
      const auto found = resolve(text.substr(2, end - 2), span, variables, hidden, findings);
      good = good && found;
      out += found.value_or("");
      text.remove_prefix(end + 1);
    } else if (!text.empty()) {
      out += '$';
      text.remove_prefix(text.starts_with("$$") ? 2 : 1);
    }
  }
  return good ? std::optional{std::move(out)} : std::nullopt;
}

} // namespace lepton::pipelines
