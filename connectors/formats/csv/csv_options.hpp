#pragma once

#include <string>

namespace lepton::connectors {

struct csv_options {
  bool header = true; ///< the first line of a file names the columns
  char delimiter = ',';
  std::string null_text; ///< an unquoted field with this text is null
};

} // namespace lepton::connectors
