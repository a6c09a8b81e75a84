#include "pipelines/sealing/input_opener.hpp"

#include "crypto/envelope/batch_frame.hpp"

#include <absl/strings/escaping.h>

#include <mutex>

namespace lepton::pipelines {

namespace {

constexpr int most_vain_looks = 3;
constexpr std::chrono::seconds look_again_after{1};
constexpr std::string_view magic = "LPE1";
constexpr std::string_view magic_in_base64 = "TFBFM"; // its first four bytes and nothing else

/// Seals single payloads as the source's own stream, without a record key.
class stream_guard final : public core::payload_guard {
public:
  stream_guard(core::vault& vault, const input_opening& opening) : vault_{vault} {
    options_.key = opening.options.key;
    options_.tenant = opening.options.tenant;
    options_.pipeline = opening.options.pipeline;
    options_.schema = opening.options.schema;
    stream_ = opening.stream;
  }

  std::string protect(std::string_view topic, std::string_view payload) override {
    const std::lock_guard lock{mutex_};
    std::string out;
    if (!sealer_) {
      auto made = vault_.make_sealer(options_);
      if (!made)
        return out;
      sealer_ = std::move(*made);
    }
    if (!sealer_->seal(payload, {stream_.empty() ? topic : stream_, {}, -1}, 0, out))
      out.clear();
    return out;
  }

private:
  core::vault& vault_;
  core::seal_options options_;
  std::string stream_;
  std::mutex mutex_;
  std::unique_ptr<core::sealer> sealer_;
};

} // namespace

/// Records that were opened. Keys of single records stay in the sealed batch, which it holds.
class input_opener::opened_batch final : public core::raw_batch {
public:
  explicit opened_batch(const core::raw_batch_ptr& sealed) : sealed_{sealed} {
    topic = sealed->topic;
    partition = sealed->partition;
    epoch = sealed->epoch;
    life = sealed->life;
    sequence = sealed->sequence;
    received = sealed->received;
    attempt = sealed->attempt;
    first_line = sealed->first_line;
    plain.reserve(static_cast<std::size_t>(sealed->byte_count));
  }

  std::span<const core::raw_record> records() const override { return records_; }

  /// Notes a payload that lies in `plain` from `begin` to its end.
  void add(const core::raw_record& carrier, std::size_t begin, const core::opened_payload& what) {
    places_.push_back({&carrier, begin, what});
  }

  /// Cuts the records out of what was opened; those of a broken frame fail.
  void finish(std::span<const core::raw_record> carriers, std::vector<core::row_error>& failed) {
    for (const auto& place : places_) {
      const auto text = std::string_view{plain}.substr(place.begin, place.what.size);
      if (!place.what.is_batch)
        records_.push_back(
            {text, place.carrier->key, place.carrier->offset, place.carrier->timestamp_ms});
      else if (const auto cut = add_frame(*place.carrier, text, place.what.records); !cut)
        failed.push_back(
            {static_cast<std::int32_t>(place.carrier - carriers.data()), cut.error().message()});
    }
    record_count = static_cast<std::int64_t>(records_.size());
    byte_count = static_cast<std::int64_t>(plain.size());
  }

  std::string plain;

private:
  struct place {
    const core::raw_record* carrier;
    std::size_t begin;
    core::opened_payload what;
  };

  core::result<void> add_frame(const core::raw_record& carrier, std::string_view frame,
                               std::uint32_t count) {
    framed_.clear();
    LEPTON_TRY(crypto::unframe_records(frame, count, framed_));
    for (const auto& record : framed_)
      records_.push_back({record.payload, record.key, carrier.offset,
                          record.timestamp_ms < 0 ? carrier.timestamp_ms : record.timestamp_ms});
    return {};
  }

  core::raw_batch_ptr sealed_;
  std::vector<place> places_;
  std::vector<core::raw_record> records_;
  std::vector<crypto::framed_record> framed_;
};

core::result<std::unique_ptr<input_opener>> input_opener::make(const input_opening& opening,
                                                               bool line_based,
                                                               const core::run_context& context) {
  LEPTON_ASSERT(context.vault);
  auto opener = context.vault->make_opener(opening.options);
  if (!opener)
    return opener.error().with_context("decrypt");
  return std::unique_ptr<input_opener>{
      new input_opener(opening, line_based, *context.vault, std::move(*opener),
                       std::make_shared<stream_guard>(*context.vault, opening), *context.metrics,
                       context.component)};
}

input_opener::input_opener(const input_opening& opening, bool line_based, core::vault& vault,
                           std::unique_ptr<core::opener> opener,
                           std::shared_ptr<core::payload_guard> guard,
                           core::metrics_registry& metrics, const std::string& component)
    : opening_{opening}, vault_{vault}, line_based_{line_based}, opener_{std::move(opener)},
      guard_{std::move(guard)},
      opened_{metrics.counter(core::metric::envelopes_opened, {{"component", component}})},
      metrics_{metrics}, component_{component} {}

/// A payload whose key is not here may be sealed by a version that was made just now. Whoever sends
/// garbage gets a few looks, then one for each second.
core::result<core::opened_payload> input_opener::open_one(std::string_view payload,
                                                          const core::seal_context& context,
                                                          const core::read_position& at,
                                                          std::string& out) {
  auto opened = opener_->open(payload, context, at, out);
  if (opened || opener_->last_refusal() != core::refusal::unknown_key ||
      (vain_looks_ >= most_vain_looks && clock::now() < last_vain_look_ + look_again_after))
    return opened;
  vault_.refresh();
  // Also if nothing changed since: the keys may have come between the first try and the look.
  opened = opener_->open(payload, context, at, out);
  if (opened) {
    vain_looks_ = 0;
  } else {
    ++vain_looks_;
    last_vain_look_ = clock::now();
  }
  return opened;
}

void input_opener::refused(core::refusal cause) {
  metrics_
      .counter(core::metric::envelopes_refused,
               {{"component", component_}, {"cause", core::name(cause)}})
      .add(1);
}

opened_records input_opener::open(const core::raw_batch_ptr& sealed) {
  auto into = core::make_ref<opened_batch>(sealed);
  into->guard = guard_;
  opened_records out;
  const auto carriers = sealed->records();
  const auto topic = opening_.stream.empty() ? std::string_view{*sealed->topic}
                                             : std::string_view{opening_.stream};
  for (std::size_t i = 0; i < carriers.size(); ++i) {
    const auto& record = carriers[i];
    auto payload = record.payload;
    const auto begin = into->plain.size();
    if (opening_.accept_clear && !payload.starts_with(line_based_ ? magic_in_base64 : magic)) {
      into->plain += payload;
      into->add(record, begin, {payload.size(), 1, false});
      continue;
    }
    if (line_based_) {
      decoded_.clear();
      if (!absl::Base64Unescape({payload.data(), payload.size()}, &decoded_))
        decoded_.clear();
      payload = decoded_;
    }
    const core::seal_context context{topic, record.key, sealed->partition};
    const core::read_position at{sealed->partition, record.offset};
    if (const auto opened = open_one(payload, context, at, into->plain))
      into->add(record, begin, *opened);
    else {
      refused(opener_->last_refusal());
      out.failed.push_back({static_cast<std::int32_t>(i), opened.error().message()});
    }
  }
  into->finish(carriers, out.failed);
  opened_.add(static_cast<std::int64_t>(carriers.size() - out.failed.size()));
  out.batch = std::move(into);
  return out;
}

} // namespace lepton::pipelines
