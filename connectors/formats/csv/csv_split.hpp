#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lepton::connectors {

/// One field of a CSV record. `text` points into the record, or into the splitter if the field had
/// doubled quotes.
struct csv_field {
  std::string_view text;
  bool quoted = false;
};

/// Cuts one CSV record (RFC 4180) into fields: a field in double quotes may hold delimiters, line
/// ends and doubled quotes. Strict: a quote inside of an unquoted field, or text after a closing
/// quote, is an error. Reused from record to record.
class csv_split {
public:
  explicit csv_split(char delimiter) : delimiter_{delimiter} {}

  /// Null if the record is good, else what is wrong with it. `fields` are valid until the next
  /// call.
  const char* split(std::string_view record);
  const std::vector<csv_field>& fields() const noexcept { return fields_; }

private:
  const char* quoted(std::string_view record, std::size_t& at);

  char delimiter_;
  std::vector<csv_field> fields_;
  std::string unescaped_;
};

} // namespace lepton::connectors
