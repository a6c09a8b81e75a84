#include "cli/access_folder.hpp"

#include "cli/live_policy.hpp"
#include "crypto/audit/audit_writer.hpp"
#include "crypto/keyring/safe_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <random>

namespace lepton::cli {

namespace {

using core::errc;
using core::error;

core::result<std::string> read_text(const std::string& path, std::size_t limit) {
  const crypto::owned_fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file)
    return crypto::os_error("open", path, errno);
  return crypto::read_all(file.get(), path, limit);
}

core::result<std::string> read_cluster(const std::string& path) {
  auto text = read_text(path, 256);
  if (!text)
    return text.error();
  text->erase(std::min(text->find('\n'), text->size()));
  if (!crypto::is_access_name(*text))
    return error{errc::malformed, path + " does not hold the id of a cluster"};
  return text;
}

core::result<void> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0)
    return crypto::os_error("make the folder", path, errno);
  return {};
}

} // namespace

core::result<void> access_control::create(const std::string& folder, const std::string& cluster) {
  if (!crypto::is_access_name(cluster))
    return error{errc::invalid_argument,
                 "the id of a cluster has 1 to 128 letters, digits, '.', '_', '-' or '@'"};
  const access_paths paths{folder};
  LEPTON_TRY(make_folder(folder));
  LEPTON_TRY(make_folder(paths.audit()));
  const auto key = crypto::signing_key::generate();
  LEPTON_TRY(key.save(paths.issuer_key()));
  LEPTON_TRY(crypto::create_file(paths.issuer_keys(), crypto::to_text(key.public_half) + "\n"));
  LEPTON_TRY(crypto::create_file(paths.cluster(), cluster + "\n"));
  LEPTON_TRY(crypto::create_file(paths.policy(), "{\"rules\": []}\n"));
  LEPTON_TRY(crypto::revocations::create(paths.revoked()));
  return crypto::audit_writer::create(paths.audit());
}

core::result<access_control> access_control::open(const std::string& folder) {
  access_control out;
  out.paths.folder = folder;
  auto cluster = read_cluster(out.paths.cluster());
  if (!cluster)
    return cluster.error();
  auto keys = crypto::load_verify_keys(out.paths.issuer_keys());
  if (!keys)
    return keys.error();
  auto rules = read_policy(out.paths.policy());
  if (!rules)
    return rules.error();
  out.cluster = *cluster;
  out.rules = std::move(*rules);
  out.tokens = std::make_shared<const crypto::token_verifier>(
      std::move(*keys), std::move(*cluster),
      std::make_shared<crypto::revocations>(out.paths.revoked()));
  return out;
}

core::result<audited_access> audited_access::open(const std::string& folder) {
  auto access = access_control::open(folder);
  if (!access)
    return access.error();
  auto audit = crypto::audit_log::open(access->paths.audit());
  if (!audit)
    return audit.error();
  return audited_access{std::move(*access), std::move(*audit)};
}

std::string new_cluster_id() {
  std::random_device random;
  return fmt::format("cluster-{:08x}{:08x}", random(), random());
}

} // namespace lepton::cli
