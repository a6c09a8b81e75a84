#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>

namespace lepton::connectors {

/// A CURVE key pair of ZeroMQ, each key as 40 characters in Z85.
struct curve_key_pair {
  std::string public_key;
  std::string secret_key;
};

curve_key_pair make_curve_key_pair();

/// The public half of a secret key. Fails if the text is no key.
core::result<std::string> curve_public_key(std::string_view secret_key);

/// Whether a text can be a CURVE key: 40 characters of Z85.
bool is_curve_key(std::string_view text) noexcept;

struct curve_key_files {
  std::string secret_path; ///< FOLDER/NAME.secret, mode 0600
  std::string public_path; ///< FOLDER/NAME.public
  std::string public_key;
};

/// Makes a key pair and writes it to two files, each of one line, and the folder if there is none.
/// Never overwrites.
core::result<curve_key_files> write_curve_key_files(const std::string& name,
                                                    const std::string& folder);

/// The key in a file: one line. With `secret`, a file that others may read is refused.
core::result<std::string> read_curve_key_file(const std::string& path, bool secret);

} // namespace lepton::connectors
