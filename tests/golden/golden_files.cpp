#include "tests/golden/golden_files.hpp"

#include "tests/golden/golden_catalog.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>

namespace lepton::tests {

namespace {

bool updating() {
  const char* wanted = std::getenv("LEPTON_UPDATE_GOLDEN");
  return wanted && std::string{wanted} == "1";
}

std::optional<std::string> golden_variable(const std::string& name) {
  static const std::map<std::string, std::string> variables{{"EMPTY", ""},
                                                            {"PASSWORD", "correct-horse-battery"},
                                                            {"TOPIC", "payments"},
                                                            {"WORD", "many"}};
  const auto found = variables.find(name);
  return found == variables.end() ? std::nullopt : std::optional{found->second};
}

} // namespace

std::vector<std::filesystem::path> golden_inputs(const std::string& folder) {
  std::vector<std::filesystem::path> inputs;
  for (const auto& entry : std::filesystem::directory_iterator{"tests/golden/" + folder})
    if (entry.path().extension() == ".yaml")
      inputs.push_back(entry.path());
  std::sort(inputs.begin(), inputs.end());
  return inputs;
}

golden_check check_golden(const std::filesystem::path& input) {
  golden_check out;
  out.file = pipelines::load_file(input.string(), golden_catalog(), out.findings, golden_variable);
  out.rendered = core::render(out.findings, input.filename().string(), out.file.text);
  return out;
}

void expect_golden(const std::filesystem::path& input, const std::string& extension,
                   const std::string& text) {
  auto expected = input;
  expected.replace_extension(extension);
  if (updating()) {
    std::ofstream{expected, std::ios::binary | std::ios::trunc} << text;
    return;
  }
  EXPECT_EQ(read_file(expected), text)
      << "run tests_golden with LEPTON_UPDATE_GOLDEN=1 if the new text of " << expected
      << " is right";
}

} // namespace lepton::tests
