#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::pipelines {

/// Keeps what came from outside the file (variables, secrets) out of messages. Knows only texts
/// that it was told of, and in excerpts what stands behind a key that sounds like a secret.
class redaction {
public:
  /// A variable's value, shown as `reference`, e.g. "${TOPIC}", where it stands as a whole word.
  void add_reference(std::string value, std::string reference);
  /// A secret's value, shown as `reference` wherever it stands.
  void add_secret(std::string value, std::string reference);
  /// A secret that stands in the file itself; shown as stars.
  void add_literal(std::string value);

  /// A message without the values; a long one is replaced before one that is a part of it.
  std::string message(std::string text) const;
  /// The user's file with a '*' for each byte of the secrets that stand in it, for excerpts. What
  /// stands behind a key such as `password` is hidden too, even if the file could not be read that
  /// far or the key is misspelt; references (`${NAME}`, `file:PATH`) stay.
  std::string excerpt(std::string text) const;

private:
  struct hidden_text {
    std::string value;
    std::string shown;
    bool anywhere = false; ///< also inside of words
  };
  void add(hidden_text entry);

  std::vector<hidden_text> texts_; ///< longest first
  std::vector<std::string> literals_;
};

/// True if the value of a key of this name is likely to be a secret.
bool sounds_secret(std::string_view key);

} // namespace lepton::pipelines
