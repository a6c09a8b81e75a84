#pragma once

#include "connectors/formats/column_builder.hpp"
#include "connectors/formats/csv/csv_options.hpp"
#include "connectors/formats/csv/csv_split.hpp"
#include "core/codec.hpp"
#include "core/schema_spec.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace lepton::connectors {

/// CSV records (RFC 4180), one line each, into columns. Columns are found by the names in the first
/// line of the file, if there is one and the options say so; else by their position in the schema.
///
/// A record becomes a `row_error` if its quotes are wrong, if it has more or fewer fields than the
/// header names (without header: more than the schema), if a required value is missing, or if a
/// field is no value of its column's type.
class csv_decoder final : public core::decoder {
public:
  csv_decoder(std::vector<core::schema_entry> entries, csv_options options);

  void decode(const core::raw_batch& in, core::decoded& out) override;

private:
  void read_header(const core::raw_batch& in);
  void find_columns(const std::string& line);
  void read_records(const core::raw_batch& in, core::decoded& out);
  bool read_record(std::string_view payload, std::int64_t row);
  bool read_field(std::size_t i, std::int64_t row);
  bool set_absent(std::size_t i, std::int64_t row);
  bool complain(std::string text);

  std::vector<core::schema_entry> entries_;
  csv_options options_;
  csv_split split_;
  std::vector<column_builder> columns_;
  std::vector<std::ptrdiff_t> positions_; ///< field of each column; -1 = the header lacks it
  std::size_t header_size_ = 0;           ///< fields in the header; 0 = there is none
  std::shared_ptr<const std::string> header_;
  std::string header_fault_;
  std::string complaint_;
};

} // namespace lepton::connectors
