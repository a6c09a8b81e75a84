#pragma once

#include "core/catalog.hpp"
#include "core/component_spec.hpp"

#include <string_view>
#include <vector>

namespace lepton::pipelines {

/// The keys of `settings:`.
const std::vector<core::field_spec>& settings_fields();

/// The keys of one entry of `tests:`.
const std::vector<core::field_spec>& test_fields();

/// The keys that every component of a kind has beside those of its spec. `decode` and `encode` have
/// only the key `format` here; see codec_fields.
std::vector<core::field_spec> common_fields(core::component_kind kind,
                                            const core::catalog& catalog);

/// "decode" for sources, "encode" for sinks, else empty.
std::string_view codec_key(core::component_kind kind) noexcept;

/// "decrypt" of a source, "encrypt" of a sink, else empty.
std::string_view sealing_key(core::component_kind kind) noexcept;

/// The format of that name if it has the direction that `kind` needs; else a null pointer.
const core::format_entry* find_format(core::component_kind kind, std::string_view format,
                                      const core::catalog& catalog);

/// The keys below `decode:` or `encode:`: `format`, and those of the format if there is one.
std::vector<core::field_spec> codec_fields(core::component_kind kind,
                                           const core::format_entry* format,
                                           const core::catalog& catalog);

/// The spec of a component type; a null pointer if there is none. `index` becomes its place in the
/// catalog's list of that kind.
const core::component_spec* find_spec(core::component_kind kind, std::string_view type,
                                      const core::catalog& catalog, std::size_t* index = nullptr);

/// The component types of a kind, in the order of the catalog.
std::vector<std::string> type_names(core::component_kind kind, const core::catalog& catalog);

/// "sources", "transforms", "sinks".
const char* section_name(core::component_kind kind) noexcept;

} // namespace lepton::pipelines
