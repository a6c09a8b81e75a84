#pragma once

#include "core/sealing.hpp"

#include <functional>
#include <string>

namespace lepton::tests {

/// Hides bytes and checks that they come back in the same context; is no cipher. For tests of what
/// is given to a vault, not of the vault.
class test_vault final : public core::vault {
public:
  core::result<std::unique_ptr<core::sealer>> make_sealer(const core::seal_options&) override {
    return std::unique_ptr<core::sealer>{std::make_unique<masker>()};
  }
  core::result<std::unique_ptr<core::opener>> make_opener(const core::open_options&) override {
    return std::unique_ptr<core::opener>{std::make_unique<unmasker>()};
  }
  core::result<void> prepare_subjects(std::string_view, std::string_view,
                                      std::span<const std::string_view>) override {
    return {};
  }
  core::result<std::string> hash(std::string_view, std::string_view, std::string_view,
                                 std::string_view) override {
    return core::error{core::errc::unsupported, "not in this vault"};
  }

private:
  static std::string tag(std::string_view plain, const core::seal_context& context) {
    return std::to_string(
        std::hash<std::string>{}(std::string{plain} + "|" + std::string{context.topic}));
  }
  struct masker final : core::sealer {
    core::result<void> seal(std::string_view plain, const core::seal_context& context,
                            std::uint32_t, std::string& out) override {
      out += tag(plain, context) + ":";
      for (const char c : plain)
        out += static_cast<char>(c ^ 0x5a);
      return {};
    }
  };
  struct unmasker final : core::opener {
    core::result<core::opened_payload> open(std::string_view envelope,
                                            const core::seal_context& context,
                                            const core::read_position&, std::string& out) override {
      const auto colon = envelope.find(':');
      std::string plain;
      for (const char c : envelope.substr(colon + 1))
        plain += static_cast<char>(c ^ 0x5a);
      if (colon == std::string_view::npos || envelope.substr(0, colon) != tag(plain, context))
        return core::error{core::errc::malformed, "cannot be opened"};
      out += plain;
      return core::opened_payload{plain.size(), 1, false};
    }
    core::refusal last_refusal() const noexcept override { return {}; }
  };
};

} // namespace lepton::tests
