#pragma once

#include "cli/load.hpp"

#include <string>

namespace lepton::cli {

struct run_command {
  file_options file;
  bool exit_at_end = false;
  std::string http;             ///< address of the metrics server; empty = none
  std::string http_certificate; ///< PEM file; empty = no TLS
  std::string http_key;         ///< PEM file
  std::string access;           ///< folder of the access control; empty = none
};

// One function for each command; each returns the exit code of the process.

int run(const run_command& options);
int validate(const file_options& options);
int plan(const file_options& options);
int test(const file_options& options);
int graph(const file_options& options, const std::string& format);
int list(const std::string& kind, const std::string& type, bool json);
int schema();
int version(bool json);
/// Writes docs/reference from the specs into `folder`.
int reference(const std::string& folder);
/// Makes a CURVE key pair for ZeroMQ: FOLDER/NAME.secret and FOLDER/NAME.public.
int curve_new(const std::string& name, const std::string& folder);

} // namespace lepton::cli
