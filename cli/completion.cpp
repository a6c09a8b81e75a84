#include "cli/completion.hpp"

#include <fmt/format.h>

#include <array>

namespace lepton::cli {

namespace {

constexpr const char* words =
    "run validate plan test graph list schema reference keys access token audit curve completion "
    "version";

/// A command with commands of its own.
struct command_group {
  const char* name;
  const char* words;
};
constexpr std::array<command_group, 5> groups{
    {{"keys", "init list add rotate promote disable enable destroy export-recipient rewrap"},
     {"access", "init"},
     {"token", "issue inspect revoke"},
     {"audit", "verify show"},
     {"curve", "new"}}};

constexpr const char* options =
    "--json --help --exit-at-end --http --http-cert --http-key --log-format --log-level "
    "--deny-warnings --format --keyring --passphrase-file --key-file --credential --tenant "
    "--version --subject --now --yes --kdf --generate-key-file --access --token-file --cluster "
    "--role --ttl --long-lived --curve-key --log --anchor --key --partial --head --since --verb "
    "--actor";

/// `form` once for each group, with its name and its words.
std::string for_each_group(const char* form) {
  std::string out;
  for (const auto& one : groups)
    out += fmt::format(fmt::runtime(form), one.name, one.words);
  return out;
}

std::string bash() {
  return fmt::format(
      "_lepton() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}}\n"
      "  local verbs=\n"
      "  case ${{COMP_WORDS[1]}} in\n"
      "{}"
      "  esac\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then COMPREPLY=($(compgen -W \"{}\" -- \"$word\"))\n"
      "  elif [ \"$COMP_CWORD\" -eq 2 ] && [ -n \"$verbs\" ]; then "
      "COMPREPLY=($(compgen -W \"$verbs\" -- \"$word\"))\n"
      "  elif [[ $word == -* ]]; then COMPREPLY=($(compgen -W \"{}\" -- \"$word\"))\n"
      "  else COMPREPLY=($(compgen -f -- \"$word\")); fi\n"
      "}}\n"
      "complete -o filenames -F _lepton lepton\n",
      for_each_group("    {}) verbs=\"{}\" ;;\n"), words, options);
}

} // namespace

std::optional<std::string> completion_script(const std::string& shell) {
  if (shell == "bash")
    return bash();
  if (shell == "zsh")
    return fmt::format("#compdef lepton\n"
                       "if (( CURRENT == 3 )); then\n"
                       "  case ${{words[2]}} in\n"
                       "{}"
                       "  esac\n"
                       "fi\n"
                       "_arguments '1:command:({})' '*:file:_files'\n",
                       for_each_group("    {}) compadd {}; return ;;\n"), words);
  if (shell == "fish")
    return fmt::format("complete -c lepton -n __fish_use_subcommand -f -a '{}'\n", words) +
           for_each_group("complete -c lepton -n '__fish_seen_subcommand_from {}' -f -a '{}'\n");
  return std::nullopt;
}

} // namespace lepton::cli
