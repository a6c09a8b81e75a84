// The sanitizers' options, compiled into every executable of a sanitizer build so that they hold
// wherever it is started. A suppression names a library that was not built with the sanitizer, and
// says why; none names code of ours.
#include <cstdlib>

namespace {

// TBB, which OpenVINO brings, opens a library in a way that sanitizers refuse, unless told of them.
[[gnu::constructor]] void tell_tbb() {
  setenv("TBB_ENABLE_SANITIZERS", "1", 0);
}

} // namespace

extern "C" {

const char* __asan_default_options() {
  return "detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1:"
         "detect_leaks=1";
}

const char* __ubsan_default_options() {
  return "print_stacktrace=1:halt_on_error=1";
}

const char* __lsan_default_suppressions() {
  // OpenVINO and its TBB keep objects of threads and plugins until the process ends.
  return "leak:libopenvino\nleak:libtbb\n";
}

const char* __tsan_default_options() {
  return "halt_on_error=0:second_deadlock_stack=1:history_size=4";
}

const char* __tsan_default_suppressions() {
  // CAF: a mailbox hands over with atomics inside its library, which ThreadSanitizer cannot see, so
  // every message would be a race. Code that runs in an actor is therefore not checked here;
  // everything below the actors is.
  return "race:libcaf_core.so\n"
         // OpenMP and TBB: thread pools of oneDNN and OpenVINO, the same.
         "race:libgomp.so\n"
         "race:libdnnl.so\n"
         "race:libtbb.so\n"
         "race:libopenvino\n";
}

} // extern "C"
