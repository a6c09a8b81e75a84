#include "cli/completion.hpp"

#include <fmt/format.h>

namespace lepton::cli {

namespace {

constexpr const char* words =
    "run validate plan test graph list schema reference completion version";
constexpr const char* options = "--json --help --exit-at-end --http --log-format --log-level "
                                "--deny-warnings --format";

} // namespace

std::optional<std::string> completion_script(const std::string& shell) {
  if (shell == "bash")
    return fmt::format(
        "_lepton() {{\n"
        "  local word=${{COMP_WORDS[COMP_CWORD]}}\n"
        "  if [ \"$COMP_CWORD\" -eq 1 ]; then COMPREPLY=($(compgen -W \"{}\" -- \"$word\"))\n"
        "  elif [[ $word == -* ]]; then COMPREPLY=($(compgen -W \"{}\" -- \"$word\"))\n"
        "  else COMPREPLY=($(compgen -f -- \"$word\")); fi\n"
        "}}\n"
        "complete -o filenames -F _lepton lepton\n",
        words, options);
  if (shell == "zsh")
    return fmt::format("#compdef lepton\n"
                       "_arguments '1:command:({})' '*:file:_files'\n",
                       words);
  if (shell == "fish")
    return fmt::format("complete -c lepton -n __fish_use_subcommand -f -a '{}'\n", words);
  return std::nullopt;
}

} // namespace lepton::cli
