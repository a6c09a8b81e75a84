#include "connectors/console/console_sink.hpp"

#include "connectors/console/register.hpp"
#include "connectors/lines/join_lines.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace lepton::connectors {

namespace {

core::component_spec spec() {
  core::component_spec spec;
  spec.kind = core::component_kind::sink;
  spec.type = "console";
  spec.summary = "Writes each record as a line to standard output.";
  spec.doc = "When the reader of the output goes away (as with `| head`), the pipeline ends.";
  spec.example = "type: console\ninputs: [alerts]\nencode: {format: json}\n";
  return spec;
}

std::optional<core::bound_sink> bind(const core::config&, const core::schema_ptr&,
                                     const core::bind_context&) {
  core::bound_sink out;
  out.line_based = true;
  out.make = [](const core::run_context&) -> core::result<std::unique_ptr<core::sink>> {
    return std::unique_ptr<core::sink>{std::make_unique<console_sink>(STDOUT_FILENO)};
  };
  return out;
}

core::error output_error(int error) {
  if (error == EPIPE)
    return {core::errc::cancelled, "nobody reads the standard output any more"};
  return {core::errc::io, fmt::format("cannot write to the standard output: {}",
                                      std::generic_category().message(error))};
}

core::result<void> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto done = ::write(fd, bytes.data(), bytes.size());
    if (done < 0 && errno == EAGAIN) { // somebody else made the terminal non-blocking
      pollfd writable{fd, POLLOUT, 0};
      ::poll(&writable, 1, 1000);
      continue;
    }
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return output_error(errno);
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return {};
}

} // namespace

core::result<void> console_sink::write(core::encoded_batch_ptr batch) {
  lines_.clear();
  join_lines(*batch, !begun_, lines_);
  begun_ = true;
  LEPTON_TRY(write_all(fd_, lines_));
  ended_.push_back({std::move(batch), {}});
  return {};
}

core::result<void> console_sink::poll(std::vector<core::sink_completion>& ended) {
  for (auto& one : ended_)
    ended.push_back(std::move(one));
  ended_.clear();
  return {};
}

void register_console_sink(core::catalog& catalog) {
  catalog.add(core::sink_entry{spec(), bind});
}

} // namespace lepton::connectors
