#pragma once

#include "core/encoded_batch.hpp"

#include <string>
#include <vector>

namespace lepton::pipelines {

/// Adds key and headers to the records of an encoded batch: the text of columns of `out.origin`
/// (numbers in decimal, strings and bytes as they are). A null gives no key and no header.
class record_keys {
public:
  /// `key` may be empty (no key). The columns must be in `schema`; lists cannot be keys.
  record_keys(const core::schema& schema, const std::string& key,
              const std::vector<std::string>& headers);

  bool empty() const noexcept { return key_ < 0 && headers_.empty(); }
  void add(core::encoded_batch& out) const;

private:
  void add_keys(core::encoded_batch& out) const;
  void add_headers(core::encoded_batch& out) const;

  int key_ = -1;
  std::vector<int> headers_;
};

/// Appends the text of one value; false if it is null.
bool append_text(const core::column& column, std::int64_t row, std::string& out);

} // namespace lepton::pipelines
