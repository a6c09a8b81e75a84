// The frozen vectors of tests/data/envelope/vectors.json: what was sealed once must open for ever,
// here and with tools/read_envelope.py; and the other way round.
#include "tests/crypto/envelope/python_for_tests.hpp"
#include "tests/crypto/envelope/stream_for_tests.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace lepton::tests {

namespace {

using nlohmann::json;

constexpr const char* path = "tests/data/envelope/vectors.json";

/// The stream that vectors were sealed for, with its keys.
struct vector_stream : stream {
  explicit vector_stream(seal_suite wanted, const json& of) : stream{wanted} {
    seals.tenant = opens.tenant = of["tenant"];
    seals.pipeline = opens.pipeline = of["pipeline"];
    seals.schema = opens.schema = of["schema"];
    if (of.value("compress", false))
      seals.compression = core::seal_compression::zstd;
  }
};

struct place {
  explicit place(const json& of)
      : topic{of["topic"]}, record_key{of["record_key"]}, partition{of["partition"]} {}
  core::seal_context context(bool bound) const {
    return {topic, record_key, bound ? partition : -1};
  }
  std::string topic;
  std::string record_key;
  std::int32_t partition;
};

/// What a vector is made from, without its envelope.
std::vector<json> recipes() {
  std::vector<json> out;
  for (const int suite : {1, 3, 2})
    for (const std::size_t size : {0, 1, 31, 300, 2000})
      for (const int kind : {0, 1, 2, 3}) {
        const bool text = kind == 2;
        const auto plain = text ? std::string(size, 'z') : fixed_bytes("vector", size);
        json made{{"suite", suite},
                  {"name", "suite " + std::to_string(suite) + ", " + std::to_string(size) +
                               " bytes, kind " + std::to_string(kind)},
                  {"plain", to_hex(plain)},
                  {"records", kind == 1 ? 7 : 0},
                  {"compress", text},
                  {"bind_partition", kind == 3},
                  {"partition", 300'000},
                  {"topic", "pay\xc3\xa9"},
                  {"record_key", kind == 0 ? "" : "card-4000"},
                  {"tenant", kind == 0 ? "" : "acme"},
                  {"pipeline", "fraud"},
                  {"schema", kind == 1 ? "" : "payment.3"},
                  {"sequence", kind}};
        if (suite == 2) {
          const auto one = fixed_identity("both");
          made["box_secret"] = hex_of(one->box_secret.bytes());
          made["sender"] = hex_of(one->sign_public);
          made["sign_secret"] = hex_of(one->sign_secret.bytes());
          made["recipients"] = {hex_of(fixed_identity("someone")->box_public),
                                hex_of(one->box_public)};
          made["cipher"] = 1 + 2 * (kind % 2);
        } else {
          made["key"] = hex_of(fixed_key("k 1"));
          made["key_id"] = hex_of(listed_keys::id_of(fixed_key("k 1")));
        }
        made["salt"] = to_hex(fixed_bytes("salt of " + made["name"].get<std::string>(), 24));
        out.push_back(std::move(made));
      }
  return out;
}

/// Seals as the recipe says: with its salt, and up to its sequence.
std::string seal(const json& recipe) {
  const vector_stream one{static_cast<seal_suite>(recipe["suite"].get<int>()), recipe};
  crypto::sealer_surroundings with;
  with.random = [&, drawn = 0](std::span<std::uint8_t> out) mutable {
    const auto bytes = drawn == 0 ? from_hex(recipe["salt"].get<std::string>())
                                  : fixed_bytes("draw " + std::to_string(drawn), out.size());
    ++drawn;
    std::memcpy(out.data(), bytes.data(), out.size());
  };
  const auto sealer = one.sealer(with);
  const place at{recipe};
  std::string out;
  for (std::uint64_t i = 0; i <= recipe["sequence"].get<std::uint64_t>(); ++i) {
    out.clear();
    EXPECT_TRUE(sealer
                    ->seal(from_hex(recipe["plain"].get<std::string>()),
                           at.context(recipe["bind_partition"]), recipe["records"], out)
                    .ok());
  }
  return out;
}

bool opens(const json& vector) {
  vector_stream one{static_cast<seal_suite>(vector["suite"].get<int>()), vector};
  const place at{vector};
  return opens_as(*one.opener(), from_hex(vector["envelope"].get<std::string>()),
                  from_hex(vector["plain"].get<std::string>()), at.context(true));
}

json read_vectors() {
  std::ifstream file{path};
  return json::parse(file, nullptr, false);
}

} // namespace

TEST(envelope_vectors, open_as_they_were_sealed) {
  if (std::getenv("LEPTON_WRITE_VECTORS") != nullptr) {
    auto all = recipes();
    for (auto& each : all)
      each["envelope"] = to_hex(seal(each));
    std::filesystem::create_directories("tests/data/envelope");
    std::ofstream{path} << json{{"format", "LPE1"}, {"vectors", all}}.dump(1) << "\n";
  }
  const auto all = read_vectors();
  ASSERT_TRUE(all.is_object());
  EXPECT_GE(all["vectors"].size(), 40u);
  for (const auto& each : all["vectors"])
    EXPECT_TRUE(opens(each)) << each["name"];
}

TEST(envelope_vectors, are_sealed_the_same_again) {
  std::size_t same = 0;
  const auto all = read_vectors();
  for (const auto& each : all["vectors"])
    if (!each["compress"].get<bool>()) { // zstd may improve
      EXPECT_EQ(to_hex(seal(each)), each["envelope"].get<std::string>()) << each["name"];
      ++same;
    }
  EXPECT_GE(same, 40u);
}

TEST(envelope_vectors, are_read_by_the_independent_reader) {
  const auto count = read_vectors()["vectors"].size();
  EXPECT_EQ(python(std::string{"tools/read_envelope.py check "} + path),
            std::to_string(count) + " vectors agree\n");
}

TEST(envelope_vectors, of_the_independent_writer_are_read_here) {
  auto jobs = recipes();
  const auto file = std::filesystem::temp_directory_path() /
                    ("lepton_seal_" + std::to_string(getpid()) + ".json");
  std::ofstream{file} << json(jobs).dump();
  const auto made =
      json::parse(python("tools/read_envelope.py seal < " + file.string()), nullptr, false);
  std::filesystem::remove(file);
  ASSERT_EQ(made.size(), jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    jobs[i]["envelope"] = made[i]["envelope"];
    EXPECT_TRUE(opens(jobs[i])) << jobs[i]["name"];
  }
}

} // namespace lepton::tests
