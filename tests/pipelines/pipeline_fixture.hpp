#pragma once

#include "core/catalog.hpp"
#include "crypto/vault/keyring_vault.hpp"
#include "crypto/vault/memory_keys.hpp"
#include "crypto/vault/memory_subjects.hpp"
#include "pipelines/checked_pipeline.hpp"
#include "pipelines/stage_program.hpp"
#include "tests/pipelines/expression_fixture.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lepton::pipelines::testing {

/// The operators, and around them: transform `model` (has its own segment, adds a column `calls`
/// with the number of batches that came with the row), source `rows` (its columns are those of a
/// `table`), source `lines` with JSON payloads, sink `nothing` (encodes nothing), sink `texts` with
/// the format `text` (writes one column; a null cannot be written), whose peer has two partitions
/// (by the last digit of the key).
core::catalog test_catalog();

/// Keys for everything that these tests run.
struct test_keys {
  std::shared_ptr<crypto::memory_keys> keys = std::make_shared<crypto::memory_keys>();
  std::shared_ptr<crypto::memory_subjects> subjects = std::make_shared<crypto::memory_subjects>();
  crypto::keyring_vault vault{keys, subjects};
};
test_keys& the_test_keys();

/// What a sink wrote to one partition, as a source reads it.
core::raw_batch_ptr read_back(const core::encoded_batch& written, std::int32_t partition = -1);

/// The pipeline of a text that has no errors.
checked_pipeline checked(std::string_view yaml);

/// The findings of a text, as `lepton validate` shows them.
std::string findings_of(std::string_view yaml);

/// Records whose columns are those of `input`, for the source `rows`; records with the numbers in
/// `broken` do not decode.
core::raw_batch_ptr table_records(const table& input, std::vector<std::int32_t> broken = {});

/// JSON records for the source `lines`.
core::raw_batch_ptr json_lines(const std::vector<std::string>& lines);

/// The `schema:` of a table, in flow style.
std::string schema_text(const table& input);

/// What an operator gave.
class collected final : public core::emitter {
public:
  void emit(std::size_t port, core::batch_ptr rows) override;
  void fail(const core::batch_ptr& in, std::span<const core::row_error> errors) override;
  void drop(std::int64_t count, const char* cause) override { dropped[cause] += count; }

  std::map<std::size_t, std::vector<std::string>> rows; ///< by port, as `show`
  std::vector<core::batch_ptr> batches;
  std::vector<std::string> failed; ///< "row: reason"
  std::map<std::string, std::int64_t> dropped;
};

/// One operator, bound by the check of a whole file.
class tested_operator {
public:
  /// `fields` are those of the component, without its inputs: "type: filter, where: 'a > 1'".
  tested_operator(std::string_view fields, const table& input, std::string_view outputs = "[op]");

  const core::bound_transform& bound() const { return *pipeline_.nodes[1].transform; }
  std::unique_ptr<core::transform> make();
  /// What a fresh replica makes of the rows.
  collected run(const core::batch_ptr& rows);

private:
  checked_pipeline pipeline_;
  core::metrics_registry metrics_;
};

/// The findings of a file whose only transform has these fields.
std::string operator_findings(std::string_view fields, const table& input);

/// The segments of a pipeline, each once.
class started_pipeline {
public:
  explicit started_pipeline(std::string_view yaml);

  std::size_t node(std::string_view name) const;
  stage_program& program(std::string_view component);
  /// Rows that left the segment of the source `component` for what came in.
  std::vector<program_output> run_raw(std::string_view component, const core::raw_batch_ptr& in);
  /// "stream>target": what an output is and where it goes.
  std::string exit_of(std::string_view component, const program_output& output) const;
  std::int64_t count(core::metric which, std::string_view component, std::string_view cause = {});

  checked_pipeline pipeline;
  execution_plan plan;
  core::metrics_registry metrics;
  program_shared shared;

private:
  std::vector<std::unique_ptr<stage_program>> programs_;
};

} // namespace lepton::pipelines::testing
