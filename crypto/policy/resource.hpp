#pragma once

#include <string_view>

namespace lepton::crypto {

/// What a verb is used on, taken apart: "key:acme/payments" has the kind "keys", the tenant "acme"
/// and the name "payments". Views into the text that it was made from.
struct resource_name {
  std::string_view kind;   ///< as in the names of verbs; empty: the text names no resource
  std::string_view tenant; ///< empty: of no tenant
  std::string_view name;
  std::string_view full; ///< the name with its tenant

  /// Only keys, pipelines and fields have tenants; the path of a keyring may have slashes.
  static resource_name parse(std::string_view text) noexcept;
};

/// Whether `text` fits `pattern`, in which '*' stands for any run of characters.
bool fits_pattern(std::string_view text, std::string_view pattern) noexcept;

} // namespace lepton::crypto
