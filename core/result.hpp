#pragma once

#include "core/assert.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace lepton::core {

/// What kind of failure of the outside world this is. `retryable` follows from the kind alone.
enum class errc : std::uint8_t {
  invalid_argument, ///< the caller or the user gave something unusable
  not_found,        ///< a file, topic or model that should be there is not
  io,               ///< the operating system refused a read, write or open
  malformed,        ///< bytes from outside do not follow their format
  unsupported,      ///< well-formed, but outside what this build can do
  unavailable,      ///< a peer cannot be reached now; retryable
  timeout,          ///< no answer in time; retryable
  capacity,         ///< a bound of memory, size or count would be exceeded
  permission,       ///< the peer or the operating system denies access
  crashed,          ///< a worker died while it held the work; retryable
  cancelled,        ///< stopped on request
};

/// The name of `code` as it stands in logs and JSON, e.g. "not_found".
const char* name(errc code) noexcept;

/// One failure of the outside world: a kind and a text for the user (what, where, what to do).
/// Does not carry a stack, a payload or a secret.
class error {
public:
  error(errc code, std::string message) : code_{code}, message_{std::move(message)} {}

  errc code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }

  /// True if the same call may succeed later without a change by the user.
  bool retryable() const noexcept {
    return code_ == errc::unavailable || code_ == errc::timeout || code_ == errc::crashed;
  }

  /// The same failure with "context: " in front; add it once, where the context is known.
  error with_context(std::string_view context) const {
    return {code_, std::string{context} + ": " + message_};
  }

private:
  errc code_;
  std::string message_;
};

/// A value of type T or the error that prevented it. Does not throw; reading the wrong side
/// asserts.
template <class T>
class [[nodiscard]] result {
public:
  result(T value) : data_{std::in_place_index<0>, std::move(value)} {}
  result(core::error failure) : data_{std::in_place_index<1>, std::move(failure)} {}

  bool ok() const noexcept { return data_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }

  T& value() & {
    LEPTON_ASSERT(ok());
    return *std::get_if<0>(&data_);
  }
  const T& value() const& {
    LEPTON_ASSERT(ok());
    return *std::get_if<0>(&data_);
  }
  T&& value() && {
    LEPTON_ASSERT(ok());
    return std::move(*std::get_if<0>(&data_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const core::error& error() const {
    LEPTON_ASSERT(!ok());
    return *std::get_if<1>(&data_);
  }

private:
  std::variant<T, core::error> data_;
};

/// Success without a value, or an error.
template <>
class [[nodiscard]] result<void> {
public:
  result() = default;
  result(core::error failure) : failure_{std::move(failure)} {}

  bool ok() const noexcept { return failure_.index() == 0; }
  explicit operator bool() const noexcept { return ok(); }
  const core::error& error() const {
    LEPTON_ASSERT(!ok());
    return *std::get_if<1>(&failure_);
  }

private:
  std::variant<std::monostate, core::error> failure_;
};

} // namespace lepton::core

/// Evaluates `expression` (a result); on failure returns its error from the enclosing function.
#define LEPTON_TRY(expression)                                                                     \
  do {                                                                                             \
    if (auto lepton_try_result = (expression); !lepton_try_result)                                 \
      return lepton_try_result.error();                                                            \
  } while (false)
