#pragma once

#include "core/result.hpp"
#include "crypto/audit/audit_log.hpp"
#include "crypto/policy/policy.hpp"
#include "crypto/token/access_token.hpp"

#include <memory>
#include <string>

namespace lepton::cli {

/// Where access control lies: one folder with the id of the cluster, the public keys of the issuer,
/// the policy, the revoked tokens and the audit log. Only who issues tokens has `issuer_key`.
struct access_paths {
  std::string folder;

  std::string cluster() const { return folder + "/cluster"; }
  std::string issuer_key() const { return folder + "/issuer.key"; }
  std::string issuer_keys() const { return folder + "/issuer.pub"; }
  std::string revoked() const { return folder + "/revoked"; }
  std::string policy() const { return folder + "/policy.json"; }
  std::string audit() const { return folder + "/audit"; }
};

/// What is needed to decide on a request.
struct access_control {
  access_paths paths;
  std::string cluster;
  std::shared_ptr<const crypto::token_verifier> tokens;
  crypto::policy rules;

  /// Makes the folder with all that is in it. Fails if it exists.
  static core::result<void> create(const std::string& folder, const std::string& cluster);
  static core::result<access_control> open(const std::string& folder);
};

/// Access control, with the audit log that a running process writes to.
struct audited_access {
  access_control access;
  std::shared_ptr<crypto::audit_log> audit;

  static core::result<audited_access> open(const std::string& folder);
};

/// A random id for a cluster: "cluster-" and 16 hexadecimal digits.
std::string new_cluster_id();

} // namespace lepton::cli
