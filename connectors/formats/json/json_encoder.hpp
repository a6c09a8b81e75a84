#pragma once

#include "connectors/formats/row_bytes.hpp"
#include "core/codec.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lepton::connectors {

/// Rows as JSON objects, one a record, without spaces: numbers as the shortest text that reads back
/// the same, timestamp_ms as whole milliseconds, binary as base64, float32[N] as a list, null as
/// null. A row becomes a `row_error` if it has NaN or an infinity, which JSON cannot say, or a
/// string that is not UTF-8.
class json_encoder final : public core::encoder {
public:
  /// `columns` are indices into `input`.
  json_encoder(const core::schema& input, const std::vector<std::size_t>& columns);

  void encode(const core::batch_ptr& in, core::encoded_batch& out,
              std::vector<core::row_error>& errors) override;

private:
  struct member {
    std::string key; ///< from '{' or ',' to ':', padded with zeros to whole blocks
    std::size_t key_size = 0;
    std::size_t column = 0;
    std::string name;
    core::data_type type;
    const core::column* values = nullptr; ///< of the batch that is being written
  };

  std::size_t room_for(std::int64_t row) const noexcept;
  char* write_row(std::int64_t row, char* to);
  char* write_value(const member& at, std::int64_t row, char* to);
  char* refuse(const member& at, const char* why);
  char* write_list(const member& at, std::int64_t row, char* to);

  std::vector<member> members_;
  std::vector<std::size_t> texts_; ///< members of variable size
  std::size_t fixed_room_ = 0;     ///< most bytes of a row without them
  row_bytes bytes_;
  std::string complaint_;
};

} // namespace lepton::connectors
