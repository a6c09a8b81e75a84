#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lepton::pipelines {

/// Keeps what came from outside the file (variables, secrets) out of messages. Knows only texts that
/// it was told of; replaces them where they stand as whole words.
class redaction {
public:
  /// `value` is shown as `reference`, e.g. "${PASSWORD}".
  void add_reference(std::string value, std::string reference);
  /// `value` stands in the file itself as a secret.
  void add_literal(std::string value);

  /// A message without the values.
  std::string message(std::string text) const;
  /// The user's file with a '*' for each byte of the secrets that stand in it, for excerpts.
  std::string excerpt(std::string text) const;

private:
  std::vector<std::pair<std::string, std::string>> references_;
  std::vector<std::string> literals_;
};

} // namespace lepton::pipelines
