// The sanitizers' options, compiled into every executable so that they hold wherever it is started.

extern "C" {

const char* __asan_default_options() {
  return "detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1:detect_leaks=1";
}

const char* __ubsan_default_options() {
  return "print_stacktrace=1:halt_on_error=1";
}

const char* __tsan_default_options() {
  return "halt_on_error=0:second_deadlock_stack=1:history_size=4";
}

const char* __lsan_default_suppressions() {
  return "";
}

const char* __tsan_default_suppressions() {
  return "";
}

} // extern "C"
