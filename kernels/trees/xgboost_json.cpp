#include "kernels/trees/xgboost_dump.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lepton::kernels::trees {

namespace {

/// Hands the events of the JSON parser on. That parser keeps no document and does not recurse.
class json_events final : public nlohmann::json_sax<nlohmann::json> {
public:
  explicit json_events(xgboost_dump& to) : to_{to} {}

  bool null() override { return true; }
  bool boolean(bool value) override { return to_.number(value ? 1 : 0); }
  bool number_integer(number_integer_t value) override {
    return to_.number(static_cast<double>(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return to_.number(static_cast<double>(value));
  }
  bool number_float(number_float_t value, const string_t&) override { return to_.number(value); }
  bool string(string_t& value) override { return to_.text(value); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return to_.begin_object(); }
  bool key(string_t& name) override { return to_.key(name); }
  bool end_object() override { return to_.end_object(); }
  bool start_array(std::size_t) override { return to_.begin_array(); }
  bool end_array() override { return to_.end_array(); }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    position_ = position;
    return false;
  }

  std::size_t position() const noexcept { return position_; }

private:
  xgboost_dump& to_;
  std::size_t position_ = 0;
};

} // namespace

core::result<tree_ensemble> read_xgboost_json(std::string_view file) {
  xgboost_dump dump;
  json_events events{dump};
  if (!nlohmann::json::sax_parse(file.begin(), file.end(), &events))
    return core::error{
        core::errc::malformed,
        !dump.problem().empty()
            ? dump.problem()
            : fmt::format("the JSON is malformed or cut off at byte {}", events.position())};
  return dump.finish();
}

} // namespace lepton::kernels::trees
