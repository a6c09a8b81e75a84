#pragma once

#include "cli/access_folder.hpp"
#include "cli/admin_gate.hpp"
#include "core/result.hpp"
#include "crypto/audit/audit_log.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace lepton::cli {

/// Who runs this process, as the audit log names callers without a token that counts: "os:USER".
std::string os_user();

/// The token of the caller: the first line of `file`, else $LEPTON_TOKEN; empty if there is
/// neither. Fails if the file cannot be read or others may read it.
core::result<std::string> caller_token(const std::string& file);

/// Lets through who the policy allows, and writes down what they do before they do it: without an
/// entry in the audit log nothing happens. Whoever can read the issuer's key needs no token to
/// issue and revoke tokens and to read the audit log: they could make themselves any. One thread at
/// a time.
class access_gate final : public admin_gate {
public:
  /// `token` is that of the caller, or why there is none. Opens nothing before it is asked: a
  /// command that asks nothing leaves the audit log as it is.
  access_gate(std::string folder, core::result<std::string> token)
      : folder_{std::move(folder)}, token_{std::move(token)} {}

  core::result<void> before(std::string_view verb, std::string_view resource) override;
  core::result<void> before_reading(std::string_view verb, std::string_view resource) override;
  void after(std::string_view verb, std::string_view resource, bool ok) override;

  /// Goes into the entries of the next verb as a hash.
  void set_arguments(std::string_view text) override { arguments_ = crypto::audit_arguments(text); }

private:
  struct caller {
    std::string name;
    std::string token;
  };

  core::result<void> open_access();
  core::result<void> open_audit();
  core::result<caller> allow(std::string_view verb, std::string_view resource);
  core::result<void> record(std::string_view verb, std::string_view resource, const char* result);

  std::string folder_;
  core::result<std::string> token_;
  std::optional<access_control> access_;     ///< once it is open
  std::unique_ptr<crypto::audit_log> audit_; ///< null until then
  std::string arguments_;
  caller caller_;
};

/// Makes `access_gate` the gate of this process; it refuses everything if `folder` cannot be used.
/// No access control if `folder` is empty.
void install_access_gate(const std::string& folder, const std::string& token_file);

} // namespace lepton::cli
