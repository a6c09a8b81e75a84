#pragma once

#include "core/diagnostics.hpp"
#include "core/value.hpp"
#include "pipelines/config/source_text.hpp"

#include <yaml-cpp/eventhandler.h>

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

namespace lepton::pipelines {

/// Thrown out of the parser when nesting is too deep; the finding is already reported.
struct yaml_too_deep {};

/// Builds the value tree from yaml-cpp's events. Only yaml_reader uses it.
class yaml_tree final : public YAML::EventHandler {
public:
  yaml_tree(const source_text& source, core::diagnostics& findings)
      : source_{source}, findings_{findings} {}

  core::value take_root() { return std::move(root_); }
  /// False once something was dropped that the rest of the file may depend on.
  bool trusted() const noexcept { return trusted_; }
  std::size_t documents() const noexcept { return documents_; }

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { close(); }

private:
  /// A collection that is still open. `key` waits for its value in a mapping.
  struct level {
    core::value collection;
    bool is_map = false;
    bool has_key = false;
    bool skip = false; ///< the key was refused; its value is dropped
    core::value_entry pending = {};
    std::unordered_map<std::string, std::uint32_t> lines = {}; ///< of the keys
  };

  void open(std::size_t offset, bool is_map);
  void close();
  void add(core::value item);
  void add_key(const core::value& key);
  bool refuse_key(const core::value& key);
  void put(core::value item);
  void refuse_properties(std::size_t offset, const std::string& tag, YAML::anchor_t anchor);
  void report(core::source_span span, std::string message, std::string hint);

  const source_text& source_;
  core::diagnostics& findings_;
  std::vector<level> levels_;
  core::value root_;
  std::size_t documents_ = 0;
  bool trusted_ = true;
};

} // namespace lepton::pipelines
