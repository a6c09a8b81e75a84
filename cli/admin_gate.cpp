#include "cli/admin_gate.hpp"

#include <utility>

namespace lepton::cli {

namespace {

class open_gate : public admin_gate {
public:
  core::result<void> before(std::string_view, std::string_view) override { return {}; }
  void after(std::string_view, std::string_view, bool) override {}
};

std::unique_ptr<admin_gate>& gate() {
  static std::unique_ptr<admin_gate> only = std::make_unique<open_gate>();
  return only;
}

} // namespace

admin_gate& current_admin_gate() {
  return *gate();
}

void set_admin_gate(std::unique_ptr<admin_gate> given) {
  gate() = std::move(given);
}

} // namespace lepton::cli
