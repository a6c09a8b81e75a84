#include "connectors/console/console_source.hpp"

#include "connectors/console/register.hpp"
#include "connectors/lines/line_fields.hpp"

#include <poll.h>
#include <unistd.h>

#include <chrono>

namespace lepton::connectors {

namespace {

constexpr int longest_wait_ms = 50;

core::component_spec spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::source;
  spec.type = "console";
  spec.summary = "Reads the lines of standard input.";
  spec.doc = "Ends with its input. The offset of a record is the position of its line in bytes.";
  spec.fields = line_fields();
  spec.example =
      "type: console\ndecode: {format: json, schema: {card_id: int64, amount: float64}}\n";
  return spec;
}

std::optional<core::bound_source> bind(const core::config& config, const core::bind_context&) {
  core::bound_source out;
  out.line_based = true;
  out.batch = {4096, 1 << 20};
  out.memory = 4 << 20;
  out.make = [options = read_line_options(config)](
                 const core::run_context&) -> core::result<std::unique_ptr<core::source>> {
    return std::unique_ptr<core::source>{std::make_unique<console_source>(STDIN_FILENO, options)};
  };
  return out;
}

} // namespace

console_source::console_source(int fd, const line_options& options)
    : fd_{fd}, reader_{fd, std::make_shared<const std::string>("standard input"), options} {}

core::result<void> console_source::open(core::ref_ptr<core::waker>) {
  return {};
}

core::result<core::source_poll> console_source::poll(core::poll_budget budget) {
  if (ended_)
    return core::source_poll{core::source_state::exhausted, nullptr, {}};
  // The descriptor may block: it is read only when it has something, or what was read before has
  // whole lines.
  pollfd readable{fd_, POLLIN, 0};
  if (auto batch = reader_.buffered(budget))
    return hand_out(std::move(batch));
  if (::poll(&readable, 1, longest_wait_ms) <= 0)
    return core::source_poll{core::source_state::idle, nullptr, std::chrono::milliseconds{1}};
  auto batch = reader_.read_once(budget);
  if (!batch)
    return batch.error();
  if (*batch)
    return hand_out(std::move(*batch));
  if (!reader_.at_end())
    return core::source_poll{core::source_state::idle, nullptr, std::chrono::nanoseconds{1}};
  ended_ = true;
  if (auto last = reader_.rest())
    return hand_out(std::move(last));
  return core::source_poll{core::source_state::exhausted, nullptr, {}};
}

core::source_poll console_source::hand_out(core::ref_ptr<line_batch> batch) {
  batch->sequence = sequence_++;
  batch->life = life_;
  batch->received = core::raw_batch::clock::now();
  return {core::source_state::ready, std::move(batch), {}};
}

void register_console_source(core::catalog& catalog) {
  catalog.add(core::source_entry{spec(), bind});
}

} // namespace lepton::connectors
