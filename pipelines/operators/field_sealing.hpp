#pragma once

#include "core/catalog.hpp"
#include "core/sealing.hpp"

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::pipelines {

/// What `seal_fields` and `open_fields` have in common.
struct field_sealing {
  std::string key;
  std::string tenant;
  std::string pipeline;
  std::optional<std::size_t> subject; ///< column whose text names the subject of a row
};

/// The fields `key`, `subject`, `tenant` and `pipeline`.
std::vector<core::field_spec> field_sealing_fields();

/// Reads them after their check; empty after reporting.
std::optional<field_sealing> read_field_sealing(const core::config& config,
                                                const core::schema& input,
                                                const core::bind_context& context);

/// Emits the rows of `made` that did not fail, and sends those that did, as they came in `in`, to
/// the error output.
void emit_sound(const core::batch_ptr& in, const core::batch_ptr& made,
                std::vector<core::row_error>& errors, core::emitter& out);

/// Binds a transform that is made from a plan (with `sealing` and `schema`) and a vault; it looks
/// at `columns` and at the subject.
template <class Transform, class Plan>
core::bound_transform bind_to_vault(std::shared_ptr<const Plan> plan, const core::schema& input,
                                    const std::vector<std::size_t>& columns, std::string note) {
  core::bound_transform out;
  out.outputs = {{"", plan->schema}};
  for (const auto column : columns)
    out.reads.push_back(input[column].name);
  if (plan->sealing.subject)
    out.reads.push_back(input[*plan->sealing.subject].name);
  out.notes = {std::move(note)};
  out.make = [plan = std::move(plan)](
                 const core::run_context& run) -> core::result<std::unique_ptr<core::transform>> {
    LEPTON_ASSERT(run.vault);
    return std::unique_ptr<core::transform>{std::make_unique<Transform>(plan, *run.vault)};
  };
  return out;
}

/// What the value of a column is bound to: it opens in that column only.
std::string field_context(std::string_view column);

/// The sealer or opener of each subject, made when it is first met. `Part` is core::sealer or
/// core::opener.
template <class Part>
class subject_parts {
public:
  /// The part of `subject` (empty: the key's own), or why there is none.
  template <class Make>
  core::result<Part*> get(std::string_view subject, Make&& make) {
    if (const auto found = parts_.find(absl::string_view{subject.data(), subject.size()});
        found != parts_.end())
      return found->second.get();
    auto made = make();
    if (!made)
      return made.error();
    if (parts_.size() == most_parts) // rather begin again than grow without end
      parts_.clear();
    return parts_.emplace(std::string{subject}, std::move(*made)).first->second.get();
  }

  bool has(std::string_view subject) const {
    return parts_.contains(absl::string_view{subject.data(), subject.size()});
  }

private:
  static constexpr std::size_t most_parts = 4096;
  absl::flat_hash_map<std::string, std::unique_ptr<Part>> parts_;
};

} // namespace lepton::pipelines
