#pragma once

#include "connectors/formats/column_builder.hpp"
#include "connectors/formats/row_bytes.hpp"
#include "core/codec.hpp"

#include <cstddef>
#include <string>

namespace lepton::connectors {

/// The whole payload of a record as one binary column `payload`. Looks at no byte.
class raw_decoder final : public core::decoder {
public:
  static core::schema_ptr schema();

  void decode(const core::raw_batch& in, core::decoded& out) override;

private:
  column_builder payload_{{core::type_id::binary, 0}};
};

/// One string or binary column as the payload, byte by byte. A null is an empty payload.
class raw_encoder final : public core::encoder {
public:
  explicit raw_encoder(std::size_t column) : column_{column} {}

  void encode(const core::batch_ptr& in, core::encoded_batch& out,
              std::vector<core::row_error>& errors) override;

private:
  std::size_t column_;
  row_bytes bytes_;
};

} // namespace lepton::connectors
