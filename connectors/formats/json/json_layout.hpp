#pragma once

#include "core/diagnostics.hpp"
#include "core/schema_spec.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::connectors {

/// What the value of a key means to the schema.
struct json_target {
  enum class kind : std::uint8_t { ignored, field, object };
  kind what = kind::ignored;
  std::int32_t index = 0; ///< of the field, or of the object
};

/// The schema as a tree of keys: objects[0] is the record itself. Immutable; shared by all workers.
class json_layout {
public:
  /// Reports paths that cannot both be read. Empty if it reported an error.
  static std::shared_ptr<const json_layout> make(std::vector<core::schema_entry> entries,
                                                 bool keep_payload, core::diagnostics& findings);

  const std::vector<core::schema_entry>& entries() const noexcept { return entries_; }
  bool keeps_payload() const noexcept { return keep_payload_; }
  /// The entries' columns, and `payload` if it is kept.
  const core::schema_ptr& schema() const noexcept { return schema_; }

  std::size_t object_count() const noexcept { return objects_.size(); }
  /// The keys from the record to object `i`, with dots, for messages.
  std::string path_of(std::int32_t object) const;
  json_target find(std::int32_t object, std::string_view key) const noexcept;

private:
  struct member {
    std::string key;
    json_target target;
  };
  struct object {
    std::string path;
    std::vector<member> members;
  };

  bool add(std::int32_t field, core::diagnostics& findings);
  std::int32_t enter(std::int32_t object, const std::string& key);

  std::vector<core::schema_entry> entries_;
  std::vector<object> objects_;
  core::schema_ptr schema_;
  bool keep_payload_ = false;
};

} // namespace lepton::connectors
