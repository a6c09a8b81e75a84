#include "cli/keyring_secret.hpp"

#include "crypto/keyring/keyring_file.hpp"
#include "crypto/secret.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>

namespace lepton::cli {

namespace {

using core::errc;
using core::error;

constexpr char control_c = 3;

/// The controlling terminal, with echo and signals off if `hidden`, and back as it was at the end.
class terminal {
public:
  explicit terminal(bool hidden) : fd_{::open("/dev/tty", O_RDWR | O_CLOEXEC)} {
    if (fd_ < 0 || !hidden || ::tcgetattr(fd_, &before_) != 0)
      return;
    auto quiet = before_;
    // No signals either: Ctrl-C would leave the terminal without echo.
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG);
    changed_ = ::tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
  }
  ~terminal() {
    if (changed_)
      ::tcsetattr(fd_, TCSAFLUSH, &before_);
    if (fd_ >= 0)
      ::close(fd_);
  }
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;

  bool exists() const noexcept { return fd_ >= 0; }
  void show(const std::string& text) const {
    [[maybe_unused]] const auto written = ::write(fd_, text.data(), text.size());
  }
  /// Bytes of one line, up to `limit`; -1 if it was cancelled.
  std::ptrdiff_t read_line(std::uint8_t* out, std::size_t limit) const {
    std::size_t size = 0;
    char c = 0;
    while (true) {
      const auto got = ::read(fd_, &c, 1);
      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0 || c == control_c)
        return -1;
      if (c == '\n')
        return static_cast<std::ptrdiff_t>(size);
      if (size < limit)
        out[size++] = static_cast<std::uint8_t>(c);
    }
  }

private:
  int fd_;
  bool changed_ = false;
  termios before_{};
};

error no_terminal() {
  return {errc::invalid_argument,
          "no secret was given and there is no terminal to ask on; use --passphrase-file, "
          "--key-file or --credential"};
}

core::result<crypto::secret> ask_hidden(const std::string& question) {
  const terminal screen{true};
  if (!screen.exists())
    return no_terminal();
  screen.show(question);
  crypto::secret line{crypto::root_material::max_size};
  const auto size = screen.read_line(line.data(), line.size());
  screen.show("\n");
  if (size < 0)
    return error{errc::cancelled, "cancelled"};
  return size == 0 ? crypto::secret{}
                   : crypto::secret::of(line.bytes().first(static_cast<std::size_t>(size)));
}

bool same(const crypto::secret& a, const crypto::secret& b) {
  return std::equal(a.bytes().begin(), a.bytes().end(), b.bytes().begin(), b.bytes().end());
}

error too_short() {
  return {
      errc::invalid_argument,
      fmt::format("the passphrase has fewer than {} bytes; several random words make a good one",
                  crypto::root_material::min_passphrase)};
}

core::result<crypto::root_material> ask_new_passphrase(const std::string& path) {
  auto first = ask_hidden(fmt::format("New passphrase of {}: ", path));
  if (!first)
    return first.error();
  if (first->size() < crypto::root_material::min_passphrase)
    return too_short();
  const auto second = ask_hidden("The same again: ");
  if (!second)
    return second.error();
  if (!same(*first, *second))
    return error{errc::invalid_argument, "the two passphrases differ"};
  return crypto::root_material::passphrase(std::move(*first));
}

/// Empty if `from` names no place.
core::result<std::optional<crypto::root_material>> read_named(const keyring_secret& from) {
  if (from.empty())
    return std::optional<crypto::root_material>{};
  auto read = !from.passphrase_file.empty()
                  ? crypto::root_material::passphrase_file(from.passphrase_file)
              : !from.key_file.empty() ? crypto::root_material::key_file(from.key_file)
                                       : crypto::root_material::credential(from.credential);
  if (!read)
    return read.error();
  return std::optional{std::move(*read)};
}

} // namespace

core::result<keyring_secret> keyring_secret_from_environment() {
  const auto variable = [](const char* name) {
    const char* text = std::getenv(name);
    return std::string{text ? text : ""};
  };
  keyring_secret out{variable("LEPTON_KEYRING_PASSPHRASE_FILE"),
                     variable("LEPTON_KEYRING_KEY_FILE"), variable("LEPTON_KEYRING_CREDENTIAL")};
  const int set = !out.passphrase_file.empty() + !out.key_file.empty() + !out.credential.empty();
  if (set > 1)
    return error{errc::invalid_argument,
                 "set only one of LEPTON_KEYRING_PASSPHRASE_FILE, LEPTON_KEYRING_KEY_FILE and "
                 "LEPTON_KEYRING_CREDENTIAL"};
  return out;
}

core::result<crypto::root_material> read_keyring_secret(const keyring_secret& where,
                                                        const std::string& path) {
  const auto from = where.empty() ? keyring_secret_from_environment() : where;
  if (!from)
    return from.error();
  auto named = read_named(*from);
  if (!named)
    return named.error();
  if (*named)
    return std::move(**named);
  const auto header = crypto::keyring_file::read_header(path);
  if (!header)
    return header.error();
  if (header->kind == crypto::root_kind::key_file)
    return error{errc::invalid_argument,
                 fmt::format("keyring {} opens with a key file: name it with --key-file or "
                             "--credential",
                             path)};
  auto typed = ask_hidden(fmt::format("Passphrase of {}: ", path));
  if (!typed)
    return typed.error();
  return crypto::root_material::passphrase(std::move(*typed));
}

core::result<crypto::root_material> read_new_keyring_secret(const keyring_secret& where,
                                                            const std::string& path) {
  auto named = read_named(where);
  if (!named)
    return named.error();
  if (!*named)
    return ask_new_passphrase(path);
  if ((*named)->kind() == crypto::root_kind::passphrase &&
      (*named)->size() < crypto::root_material::min_passphrase)
    return too_short();
  return std::move(**named);
}

core::result<std::string> ask_on_terminal(const std::string& question) {
  const terminal screen{false};
  if (!screen.exists())
    return error{errc::invalid_argument, "there is no terminal to ask on"};
  screen.show(question);
  std::string line(256, '\0');
  const auto size = screen.read_line(reinterpret_cast<std::uint8_t*>(line.data()), line.size());
  line.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return line;
}

} // namespace lepton::cli
