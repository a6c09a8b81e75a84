#include "pipelines/config/yaml_reader.hpp"

#include "pipelines/config/limits.hpp"
#include "pipelines/config/source_text.hpp"
#include "pipelines/config/yaml_tree.hpp"

#include <fmt/format.h>

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string>

namespace lepton::pipelines {

namespace {

/// What yaml-cpp says, and how we say it.
struct yaml_complaint {
  std::string_view theirs; ///< how its message begins
  const char* message;
  const char* hint;
};

const std::array<yaml_complaint, 12> complaints{{
    {YAML::ErrorMsg::END_OF_MAP_FLOW, "this '{' is not closed, or a ',' is missing in it",
     "add '}', or put a text with {, }, [, ] or , in it in quotes"},
    {YAML::ErrorMsg::END_OF_SEQ_FLOW, "this '[' is not closed, or a ',' is missing in it",
     "add ']', or put a text with {, }, [, ] or , in it in quotes"},
    {YAML::ErrorMsg::FLOW_END, "']' or '}' without its opening bracket",
     "remove it, or put the text in quotes"},
    {YAML::ErrorMsg::END_OF_MAP, "this line does not fit the mapping around it",
     "indent it like the keys above it, and end each key with ':'"},
    {YAML::ErrorMsg::END_OF_SEQ, "this line does not fit the list around it",
     "begin each item with '- ' in the same column"},
    {YAML::ErrorMsg::MAP_VALUE, "a ':' cannot stand here",
     "put a text with ': ' in it in quotes; give each key a line of its own"},
    {YAML::ErrorMsg::MAP_KEY, "a key cannot stand here", "indent it like the keys above it"},
    {YAML::ErrorMsg::BLOCK_ENTRY, "a list item cannot stand here",
     "begin each item with '- ' in the same column, on a line below its key"},
    {YAML::ErrorMsg::EOF_IN_SCALAR, "a text in quotes is not closed", "add the closing quote"},
    {YAML::ErrorMsg::INVALID_ESCAPE, "an unknown escape in double quotes",
     "write \\\\ for a backslash, or use single quotes"},
    {YAML::ErrorMsg::UNKNOWN_TOKEN, "a value cannot begin with this character",
     "put the text in quotes"},
    {YAML::ErrorMsg::UNKNOWN_ANCHOR, "aliases are not allowed", "write the value out"},
}};

void report(const YAML::Exception& failure, const source_text& source,
            core::diagnostics& findings) {
  const auto offset = static_cast<std::size_t>(std::max(0, failure.mark.pos));
  const std::string_view theirs = failure.msg;
  for (const auto& known : complaints) {
    if (theirs.starts_with(known.theirs)) {
      findings.error(source.span(offset), known.message, known.hint);
      return;
    }
  }
  findings.error(source.span(offset), fmt::format("this is not valid YAML: {}", theirs),
                 "put texts with special characters in quotes, and indent by spaces");
}

/// True if the parser came to the end of the text.
bool parse(const source_text& source, yaml_tree& tree, core::diagnostics& findings) {
  try {
    std::istringstream in{std::string{source.text()}};
    YAML::Parser parser{in};
    while (tree.documents() < 2 && parser.HandleNextDocument(tree)) {
    }
    return true;
  } catch (const yaml_too_deep&) {
    return false;
  } catch (const YAML::Exception& failure) {
    report(failure, source, findings);
    return false;
  }
}

} // namespace

std::optional<core::value> read_yaml(std::string_view text, core::diagnostics& findings) {
  if (text.size() > max_file_bytes) {
    findings.error(
        {1, 1, 1},
        fmt::format("the file is too large: at most {} bytes are allowed", max_file_bytes),
        "a pipeline file holds settings only; keep data in files of its own");
    return std::nullopt;
  }
  if (text.starts_with("\xEF\xBB\xBF"))
    text.remove_prefix(3);
  const source_text source{text};
  if (!check_characters(source, findings))
    return std::nullopt;
  yaml_tree tree{source, findings};
  if (!parse(source, tree, findings) || !tree.trusted())
    return std::nullopt;
  return tree.take_root();
}

} // namespace lepton::pipelines
