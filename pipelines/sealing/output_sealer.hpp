#pragma once

#include "core/codec.hpp"
#include "core/encoded_batch.hpp"
#include "core/metrics.hpp"
#include "crypto/envelope/batch_frame.hpp"
#include "pipelines/sealing/sealing_settings.hpp"

#include <memory>
#include <string>
#include <vector>

namespace lepton::pipelines {

/// Seals what was encoded for one sink. One for each worker; not thread-safe. Nothing that could
/// not be sealed is left in the batch: its rows fail.
class output_sealer {
public:
  static core::result<std::unique_ptr<output_sealer>> make(const output_sealing& sealing,
                                                           const core::bound_sink& sink,
                                                           const core::run_context& context);

  /// Replaces the payloads of `batch` by envelopes: one for each record; or, per batch, one for the
  /// records of each partition that the keys choose, whose keys then lie inside.
  void seal(core::encoded_batch& batch, std::vector<core::row_error>& failed);

private:
  output_sealer(const output_sealing& sealing, const core::bound_sink& sink,
                std::unique_ptr<core::sealer> sealer, const core::run_context& context);

  /// Records of one partition, in order; of sealed size below what brokers take.
  struct group {
    std::int32_t partition = -1;
    std::vector<std::int32_t> records;
    std::size_t bytes = 0;
  };

  void seal_each(core::encoded_batch& batch, std::vector<core::row_error>& failed);
  void seal_groups(core::encoded_batch& batch, std::vector<core::row_error>& failed);
  void make_groups(const core::encoded_batch& batch);
  void seal_group(const core::encoded_batch& batch, const group& from, core::encoded_batch& into,
                  std::vector<core::row_error>& failed);
  core::result<void> append_envelope(std::string_view plain, const core::seal_context& context,
                                     std::uint32_t records, std::string& out);
  core::result<std::string> hashed(std::string_view key) const;
  std::int32_t partition_of(std::string_view key) const;

  const output_sealing& sealing_;
  bool line_based_;
  std::shared_ptr<const core::partitioner> partitions_;
  std::unique_ptr<core::sealer> sealer_;
  core::vault& vault_;
  core::counter& sealed_;
  std::vector<group> groups_;
  std::size_t used_groups_ = 0;
  std::vector<crypto::framed_record> framed_;
  std::string frame_;
  std::string envelope_;
};

} // namespace lepton::pipelines
