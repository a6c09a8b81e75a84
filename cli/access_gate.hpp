#pragma once

#include "cli/access_folder.hpp"
#include "cli/admin_gate.hpp"
#include "core/result.hpp"
#include "crypto/audit/audit_log.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lepton::cli {

/// Who runs this process, as the audit log names callers without a token that counts: "os:USER".
std::string os_user();

/// The token of the caller: the first line of `file`, else $LEPTON_TOKEN; empty if there is
/// neither. Fails if the file cannot be read or others may read it.
core::result<std::string> caller_token(const std::string& file);

/// Lets through who the policy allows, and writes down what they do before they do it: without an
/// entry in the audit log nothing happens. Whoever can read the issuer's key needs no token to
/// issue and revoke tokens: they could make themselves any. One thread at a time.
class access_gate final : public admin_gate {
public:
  static core::result<std::unique_ptr<access_gate>> open(const std::string& folder,
                                                         std::string token);

  core::result<void> before(std::string_view verb, std::string_view resource) override;
  void after(std::string_view verb, std::string_view resource, bool ok) override;

  /// Goes into the entries of the next verb as a hash.
  void set_arguments(std::string_view text) { arguments_ = crypto::audit_arguments(text); }

private:
  struct caller {
    std::string name;
    std::string token;
  };

  access_gate(access_control access, std::unique_ptr<crypto::audit_log> audit, std::string token)
      : access_{std::move(access)}, audit_{std::move(audit)}, token_{std::move(token)} {}

  core::result<caller> allow(std::string_view verb, std::string_view resource);
  core::result<void> record(std::string_view verb, std::string_view resource, const char* result);

  access_control access_;
  std::unique_ptr<crypto::audit_log> audit_;
  std::string token_;
  std::string arguments_;
  caller caller_;
};

/// Makes `access_gate` the gate of this process, or one that refuses everything if `folder` cannot
/// be used. No access control if `folder` is empty.
void install_access_gate(const std::string& folder, const std::string& token_file);

} // namespace lepton::cli
