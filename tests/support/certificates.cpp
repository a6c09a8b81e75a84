#include "tests/support/certificates.hpp"

#include "tests/support/process.hpp"

#include <stdexcept>
#include <utility>

namespace lepton::tests {

namespace {

void openssl(std::vector<std::string> arguments) {
  process_options options;
  options.program = "openssl";
  options.arguments = std::move(arguments);
  const auto done = run_process(options, std::chrono::seconds{30});
  if (!done.status.ok())
    throw std::runtime_error("openssl " + options.arguments.front() + ": " + done.standard_error);
}

} // namespace

certificates::certificates() {
  openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc",
           "-days", "2", "-subj", "/CN=Lepton test authority", "-keyout", folder_ / "ca.key",
           "-out", folder_ / "ca.pem"});
}

void certificates::issue(const std::string& name) {
  const auto request = folder_ / (name + ".csr");
  openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-subj",
           "/CN=" + name, "-keyout", key(name), "-out", request});
  folder_.write(name + ".ext", "subjectAltName=IP:127.0.0.1\n");
  openssl({"x509", "-req", "-in", request, "-CA", folder_ / "ca.pem", "-CAkey", folder_ / "ca.key",
           "-CAcreateserial", "-days", "2", "-extfile", folder_ / (name + ".ext"), "-out",
           certificate(name)});
  folder_.write(name + ".both.pem", read_file(key(name)) + read_file(certificate(name)));
}

} // namespace lepton::tests
