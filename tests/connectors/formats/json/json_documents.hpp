#pragma once

#include <string>
#include <vector>

namespace lepton::tests {

/// JSON values that RFC 8259 allows, by the parts of its grammar.
std::vector<std::string> valid_json_values();

/// Texts that are no JSON value.
std::vector<std::string> malformed_json_values();

/// Whole texts that are no JSON document, each with `"id":666` where it can have it.
std::vector<std::string> malformed_json_documents();

} // namespace lepton::tests
