#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lepton::crypto {

/// zstd at its fastest useful level; replaces `out`. False if the library fails.
bool compress(std::string_view plain, std::string& out);

/// Appends exactly `size` bytes to `out`, or is false and leaves `out` as it was: also if the bytes
/// would be more or fewer. Never allocates more than `size`.
bool decompress(std::string_view compressed, std::size_t size, std::string& out);

} // namespace lepton::crypto
