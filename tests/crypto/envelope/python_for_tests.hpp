#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <string_view>

#include <sodium.h>

namespace lepton::tests {

inline std::string to_hex(std::string_view bytes) {
  std::string out(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(out.data(), out.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()),
                 bytes.size());
  out.pop_back();
  return out;
}

inline std::string from_hex(const std::string& text) {
  std::string out(text.size() / 2, '\0');
  std::size_t size = 0;
  EXPECT_EQ(sodium_hex2bin(reinterpret_cast<std::uint8_t*>(out.data()), out.size(), text.data(),
                           text.size(), nullptr, &size, nullptr),
            0);
  return out;
}

template <class Bytes>
std::string hex_of(const Bytes& bytes) {
  return to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// Runs a script with the libsodium of this build; its standard output.
inline std::string python(const std::string& arguments) {
  const std::string command = "LEPTON_SODIUM=.deps/lib/libsodium.so python3 " + arguments;
  std::string out;
  FILE* const pipe = popen(command.c_str(), "r");
  EXPECT_NE(pipe, nullptr);
  char buffer[4096];
  while (const auto got = fread(buffer, 1, sizeof buffer, pipe))
    out.append(buffer, got);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return out;
}

} // namespace lepton::tests
