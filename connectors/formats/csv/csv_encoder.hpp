#pragma once

#include "connectors/formats/csv/csv_options.hpp"
#include "connectors/formats/row_bytes.hpp"
#include "core/codec.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace lepton::connectors {

/// Rows as CSV records (RFC 4180): fields in quotes only where they must be, numbers as the
/// shortest text that reads back the same (also nan and inf), timestamp_ms as whole milliseconds,
/// binary as base64, null as `null_text`. The header line is the batch's `preamble`. Takes no
/// float32[N].
class csv_encoder final : public core::encoder {
public:
  /// `columns` are indices into `input`.
  csv_encoder(const core::schema& input, std::vector<std::size_t> columns, csv_options options);

  void encode(const core::batch_ptr& in, core::encoded_batch& out,
              std::vector<core::row_error>& errors) override;

private:
  std::size_t room_for(const core::batch& in, std::int64_t row) const;
  char* write_value(const core::column& column, std::int64_t row, char* to) const;
  char* write_text(std::string_view text, char* to) const;
  char* protect(char* begin, char* end) const;
  bool needs_quotes(std::string_view text) const noexcept;

  std::vector<std::size_t> columns_;
  csv_options options_;
  std::shared_ptr<const std::string> header_;
  row_bytes bytes_;
};

} // namespace lepton::connectors
