#pragma once

#include "core/result.hpp"

#include <memory>
#include <string_view>

namespace lepton::cli {

/// Asked before and told after every command that administers keys, such as ("keys.rotate",
/// "key:acme/payments"): where access control refuses and the audit log records. A resource is
/// "keyring:PATH" or "key:[TENANT/]NAME"; neither has a secret or the name of a subject.
class admin_gate {
public:
  virtual ~admin_gate() = default;
  /// An error refuses the command; nothing has happened then. Fail here if it cannot be recorded.
  virtual core::result<void> before(std::string_view verb, std::string_view resource) = 0;
  /// What else the next verb was asked for with, such as a version: any text that tells two calls
  /// apart. May be kept as a hash; so no secret, and no name of a subject.
  virtual void set_arguments(std::string_view) {}
  /// Asked before a command that only reads and is not recorded; an error refuses it.
  virtual core::result<void> before_reading(std::string_view /*verb*/,
                                            std::string_view /*resource*/) {
    return {};
  }
  /// How the command ended. Called once for each `before` that allowed.
  virtual void after(std::string_view verb, std::string_view resource, bool ok) = 0;
};

/// The gate of this process; without one that was set, a gate that allows all.
admin_gate& current_admin_gate();
void set_admin_gate(std::unique_ptr<admin_gate> gate);

} // namespace lepton::cli
