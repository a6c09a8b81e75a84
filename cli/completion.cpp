#include "cli/completion.hpp"

#include <fmt/format.h>

namespace lepton::cli {

namespace {

constexpr const char* words =
    "run validate plan test graph list schema reference keys completion version";
constexpr const char* keys_words =
    "init list add rotate promote disable enable destroy export-recipient rewrap";
constexpr const char* options = "--json --help --exit-at-end --http --log-format --log-level "
                                "--deny-warnings --format --keyring --passphrase-file --key-file "
                                "--credential --tenant --version --subject --now --yes --kdf "
                                "--generate-key-file";

} // namespace

std::optional<std::string> completion_script(const std::string& shell) {
  if (shell == "bash")
    return fmt::format(
        "_lepton() {{\n"
        "  local word=${{COMP_WORDS[COMP_CWORD]}}\n"
        "  if [ \"$COMP_CWORD\" -eq 1 ]; then COMPREPLY=($(compgen -W \"{}\" -- \"$word\"))\n"
        "  elif [ \"$COMP_CWORD\" -eq 2 ] && [ \"${{COMP_WORDS[1]}}\" = keys ]; then "
        "COMPREPLY=($(compgen -W \"{}\" -- \"$word\"))\n"
        "  elif [[ $word == -* ]]; then COMPREPLY=($(compgen -W \"{}\" -- \"$word\"))\n"
        "  else COMPREPLY=($(compgen -f -- \"$word\")); fi\n"
        "}}\n"
        "complete -o filenames -F _lepton lepton\n",
        words, keys_words, options);
  if (shell == "zsh")
    return fmt::format("#compdef lepton\n"
                       "if [[ ${{words[2]}} == keys && $CURRENT -eq 3 ]]; then compadd {}\n"
                       "else _arguments '1:command:({})' '*:file:_files'; fi\n",
                       keys_words, words);
  if (shell == "fish")
    return fmt::format("complete -c lepton -n __fish_use_subcommand -f -a '{}'\n"
                       "complete -c lepton -n '__fish_seen_subcommand_from keys' -f -a '{}'\n",
                       words, keys_words);
  return std::nullopt;
}

} // namespace lepton::cli
