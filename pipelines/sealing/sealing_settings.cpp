#include "pipelines/sealing/sealing_settings.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>

namespace lepton::pipelines {

namespace {

using core::field_spec;
using core::field_type;

constexpr double mebibyte = 1 << 20;

/// What both directions have: it must be the same where a stream is written and where it is read.
std::vector<field_spec> shared_fields() {
  return {
      {.name = "key", .doc = "Name of the key in the keyring.", .required = true},
      {.name = "stream",
       .doc = "Name that writer and reader give the stream; a payload of another stream does not "
              "open. Default: the topic; needed where there is none."},
      {.name = "tenant", .doc = "Tenant whose key it is; default: that of settings.keyring."},
      {.name = "pipeline",
       .doc = "Name of the pipeline that writes the stream; default: that of this file."},
      {.name = "schema",
       .doc = "Id of the payloads' schema, if writer and reader agree on one.",
       .fallback = ""},
  };
}

std::string path_from(const std::string& directory, const std::string& path) {
  return (std::filesystem::path{directory} / path).lexically_normal().string();
}

core::seal_suite suite_of(const std::string& text) {
  return text == "xchacha20_poly1305" ? core::seal_suite::xchacha20_poly1305
         : text == "aegis_256"        ? core::seal_suite::aegis_256
         : text == "recipients"       ? core::seal_suite::recipients
                                      : core::seal_suite::automatic;
}

const char* text_of(core::seal_suite suite) {
  switch (suite) {
    case core::seal_suite::xchacha20_poly1305: return "xchacha20_poly1305";
    case core::seal_suite::aegis_256: return "aegis_256";
    case core::seal_suite::recipients: return "recipients";
    case core::seal_suite::automatic: break;
  }
  return "the fastest suite of this CPU";
}

template <class Options>
void read_shared(const core::config& from, const sealing_owner& owner, Options& options) {
  options.key = from.text("key");
  options.tenant = from.text_or("tenant", owner.keyring ? owner.keyring->tenant : "");
  options.pipeline = from.text_or("pipeline", owner.pipeline);
  options.schema = from.text("schema");
}

bool has_keyring(const core::config& from, const sealing_owner& owner,
                 core::diagnostics& findings) {
  if (owner.keyring)
    return true;
  findings.error(from.object().span, "this needs a keyring",
                 "add `keyring: {path: ...}` below settings; `lepton keys init` makes one");
  return false;
}

bool has_stream(const core::config& from, bool has_topic, core::diagnostics& findings) {
  if (has_topic || from.has("stream"))
    return true;
  findings.error(from.object().span, "the stream needs a name, since there is no topic",
                 "add `stream: NAME`, the same where it is written and where it is read");
  return false;
}

bool check_recipients(const core::config& encrypt, const output_sealing& sealing,
                      core::diagnostics& findings) {
  const bool named = sealing.options.suite == core::seal_suite::recipients;
  const auto count = sealing.options.recipients.size();
  if (named && (count == 0 || count > 8)) {
    findings.error(encrypt.span("recipients"), "suite recipients needs 1 to 8 recipients",
                   "list their identities; `lepton keys export-recipient` prints one");
    return false;
  }
  if (!named && count != 0) {
    findings.error(encrypt.span("recipients"), "only suite recipients has recipients",
                   "write suite: recipients, or remove them");
    return false;
  }
  return true;
}

} // namespace

field_spec keyring_field() {
  return {
      .name = "keyring",
      .type = field_type::object,
      .doc = "The keys that `encrypt`, `decrypt`, `seal_fields` and `open_fields` use.",
      .fields = {
          {.name = "path",
           .doc = "The keyring file; `lepton keys init` makes it.",
           .required = true},
          {.name = "passphrase",
           .type = field_type::secret,
           .doc = "Unlocks the keyring; one of the three ways is needed."},
          {.name = "key_file",
           .doc = "File whose bytes unlock the keyring; only its owner may read it."},
          {.name = "credential", .doc = "Name of a systemd credential that unlocks the keyring."},
          {.name = "strict",
           .type = field_type::boolean,
           .doc = "Refuses to run where the memory of keys cannot be locked.",
           .fallback = "false"},
          {.name = "tenant",
           .doc = "Tenant of the streams, unless one says otherwise.",
           .fallback = ""},
      }};
}

field_spec encrypt_field() {
  auto fields = shared_fields();
  fields.insert(
      fields.end(),
      {{.name = "per",
        .type = field_type::choice,
        .doc = "`batch` seals many records as one, which costs least; `record` seals each by "
               "itself, for keyed and compacted topics.",
        .fallback = "batch",
        .choices = {"batch", "record"}},
       {.name = "suite",
        .type = field_type::choice,
        .doc = "The cipher; `auto` is aegis_256 where the CPU has AES instructions.",
        .fallback = "auto",
        .choices = {"auto", "aegis_256", "xchacha20_poly1305", "recipients"}},
       {.name = "recipients",
        .type = field_type::list,
        .doc = "Identities that may open, for suite recipients; at most 8.",
        .fields = {{.name = "identity", .doc = "As `lepton keys export-recipient` prints it."}}},
       {.name = "compression",
        .type = field_type::choice,
        .doc = "Compresses before sealing. The sizes of sealed payloads then tell something about "
               "their content.",
        .fallback = "none",
        .choices = {"none", "zstd"}},
       {.name = "bind_partition",
        .type = field_type::boolean,
        .doc = "Where a key chooses the partition, a payload opens in that partition only; false "
               "for topics that are mirrored to others.",
        .fallback = "true"},
       {.name = "hash_key",
        .type = field_type::boolean,
        .doc = "Writes a keyed hash in place of the record's key, which is else in clear. Only "
               "with per: record; in a sealed batch no key is visible.",
        .fallback = "false"}});
  return {.name = "encrypt",
          .type = field_type::object,
          .doc = "Seals the payloads, from here to whoever has the key.",
          .fields = std::move(fields)};
}

field_spec decrypt_field() {
  auto fields = shared_fields();
  fields.insert(
      fields.end(),
      {{.name = "senders",
        .type = field_type::list,
        .doc = "Identities whose payloads for named recipients are trusted.",
        .fields = {{.name = "identity", .doc = "As `lepton keys export-recipient` prints it."}}},
       {.name = "max_payload",
        .type = field_type::size,
        .doc = "Bytes of one payload after opening and decompression, at most.",
        .fallback = "16MiB",
        .minimum = 1,
        .maximum = 16 * mebibyte},
       {.name = "replay",
        .type = field_type::choice,
        .doc = "What happens to a payload that was already read elsewhere: `refuse` makes it an "
               "error, `accept` lets it pass.",
        .fallback = "refuse",
        .choices = {"refuse", "accept"}},
       {.name = "accept_clear",
        .type = field_type::boolean,
        .doc = "Lets payloads pass that are not sealed at all, while writers are changed over.",
        .fallback = "false"}});
  return {.name = "decrypt",
          .type = field_type::object,
          .doc = "Opens sealed payloads before they are decoded.",
          .fields = std::move(fields)};
}

keyring_settings read_keyring(const core::config& keyring, const std::string& directory,
                              core::diagnostics& findings) {
  keyring_settings out;
  out.path = path_from(directory, keyring.text("path"));
  out.passphrase = keyring.text_or("passphrase", "");
  if (keyring.has("key_file"))
    out.key_file = path_from(directory, keyring.text("key_file"));
  out.credential = keyring.text_or("credential", "");
  out.strict = keyring.boolean("strict");
  out.tenant = keyring.text("tenant");
  const auto ways = !out.passphrase.empty() + !out.key_file.empty() + !out.credential.empty();
  if (ways != 1)
    findings.error(keyring.object().span,
                   ways == 0 ? "nothing unlocks the keyring" : "several things unlock the keyring",
                   "give one of passphrase (as `file:PATH` or `${NAME}`), key_file and credential");
  return out;
}

std::optional<output_sealing> read_encrypt(const core::config& encrypt,
                                           const core::bound_sink& sink, const sealing_owner& owner,
                                           core::diagnostics& findings) {
  output_sealing out;
  read_shared(encrypt, owner, out.options);
  out.stream = encrypt.text_or("stream", sink.topic);
  out.per_batch = encrypt.text("per") == "batch";
  out.options.suite = suite_of(encrypt.text("suite"));
  out.options.recipients = encrypt.texts("recipients");
  if (encrypt.text("compression") == "zstd")
    out.options.compression = core::seal_compression::zstd;
  out.bind_partition = encrypt.boolean("bind_partition");
  out.hash_key = encrypt.boolean("hash_key");
  bool good = has_stream(encrypt, !sink.topic.empty(), findings);
  good = has_keyring(encrypt, owner, findings) && good;
  good = check_recipients(encrypt, out, findings) && good;
  if (out.per_batch && out.hash_key) {
    findings.error(encrypt.span("hash_key"), "a sealed batch shows no keys that could be hashed",
                   "remove hash_key, or write per: record");
    good = false;
  }
  if (out.per_batch && !sink.headers.empty()) {
    findings.error(encrypt.span("per"), "a sealed batch cannot carry headers of its records",
                   "write per: record, or remove 'headers'");
    good = false;
  }
  if (out.per_batch && sink.per_record) {
    findings.error(encrypt.span("per"), "this sink follows each record to its receiver",
                   "write per: record");
    good = false;
  }
  return good ? std::optional{std::move(out)} : std::nullopt;
}

std::optional<input_opening> read_decrypt(const core::config& decrypt,
                                          const core::bound_source& source,
                                          const sealing_owner& owner, core::diagnostics& findings) {
  const bool named = has_stream(decrypt, source.has_topics, findings);
  if (!has_keyring(decrypt, owner, findings) || !named)
    return std::nullopt;
  input_opening out;
  read_shared(decrypt, owner, out.options);
  out.stream = decrypt.text_or("stream", "");
  out.options.senders = decrypt.texts("senders");
  out.options.max_plaintext = decrypt.size("max_payload");
  out.options.detect_replay = decrypt.text("replay") == "refuse";
  out.accept_clear = decrypt.boolean("accept_clear");
  return out;
}

std::string note(const output_sealing& sealing) {
  return fmt::format("sealed per {} with key {}, {}{}", sealing.per_batch ? "batch" : "record",
                     sealing.options.key, text_of(sealing.options.suite),
                     sealing.options.compression == core::seal_compression::zstd ? ", zstd" : "");
}

std::string note(const input_opening& opening) {
  return fmt::format("opened with key {}{}", opening.options.key,
                     opening.accept_clear ? "; payloads in clear pass" : "");
}

} // namespace lepton::pipelines
