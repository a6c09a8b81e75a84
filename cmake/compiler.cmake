# Language, warnings, hardening, sanitizers and ccache: the interface target lepton_options carries them to every target.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)

# Everything that can be run lies in one folder, so that a test finds the `lepton` binary beside its own.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")

include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Libraries are static and end up in executables: one setting for both lets them share the precompiled header, and PIE is
# the faster of the two.
set(CMAKE_CXX_COMPILE_OPTIONS_PIC -fPIE)

# No debug information in release: it doubles the time to compile and link. The debug preset has it.
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g")

find_package(Threads REQUIRED)

add_library(lepton_options INTERFACE)
target_link_libraries(lepton_options INTERFACE Threads::Threads)
target_include_directories(lepton_options INTERFACE "${PROJECT_SOURCE_DIR}")

set(cxx "$<COMPILE_LANGUAGE:CXX>")
target_compile_options(
  lepton_options
  INTERFACE "$<${cxx}:-Wall;-Wextra;-Wpedantic;-Wshadow=local;-Wnon-virtual-dtor;-Wimplicit-fallthrough>"
            # Keeps the names of this checkout out of the binary and of log lines.
            "$<${cxx}:-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=>")
# g++ 12 reports the inactive members of moved std::variants.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(lepton_options INTERFACE "$<${cxx}:-Wno-maybe-uninitialized>")
endif()
if(LEPTON_WERROR)
  target_compile_options(lepton_options INTERFACE "$<${cxx}:-Werror>")
endif()

# Portable code: any x86-64 of the last fifteen years. Kernels choose wider instructions at run time (lepton_simd).
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(lepton_options INTERFACE "$<${cxx}:-march=x86-64-v2>")
endif()

if(LEPTON_SANITIZER STREQUAL "")
  target_compile_options(lepton_options INTERFACE "$<${cxx}:-fstack-protector-strong>")
  target_compile_definitions(lepton_options INTERFACE "$<$<AND:${cxx},$<CONFIG:Release>>:_FORTIFY_SOURCE=2>")
elseif(LEPTON_SANITIZER STREQUAL "address")
  set(sanitizer_flags -fsanitize=address,undefined -fno-sanitize-recover=undefined)
elseif(LEPTON_SANITIZER STREQUAL "thread")
  set(sanitizer_flags -fsanitize=thread)
else()
  message(FATAL_ERROR "LEPTON_SANITIZER is '${LEPTON_SANITIZER}'; use nothing, address or thread")
endif()
if(sanitizer_flags)
  # -O1: several times faster to run than -O0 and still readable stacks.
  target_compile_options(lepton_options INTERFACE "$<${cxx}:${sanitizer_flags};-O1;-fno-omit-frame-pointer>")
  target_link_options(lepton_options INTERFACE ${sanitizer_flags})
endif()
if(LEPTON_SANITIZER STREQUAL "thread")
  # Older ThreadSanitizers find no room for their shadow memory when the kernel randomises addresses widely.
  find_program(LEPTON_SETARCH setarch)
  mark_as_advanced(LEPTON_SETARCH)
  if(LEPTON_SETARCH)
    execute_process(COMMAND "${LEPTON_SETARCH}" -R true RESULT_VARIABLE setarch_result OUTPUT_QUIET ERROR_QUIET)
    if(setarch_result EQUAL 0)
      set(LEPTON_TEST_LAUNCHER "${LEPTON_SETARCH}" -R)
    endif()
  endif()
endif()
target_compile_definitions(lepton_options INTERFACE "$<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>")
target_link_options(lepton_options INTERFACE -Wl,-z,relro,-z,now -Wl,--as-needed)

find_program(LEPTON_CCACHE ccache)
mark_as_advanced(LEPTON_CCACHE)
if(LEPTON_CCACHE)
  # base_dir and hash_dir: a second build folder or checkout finds what the first one compiled. The sloppiness is what
  # ccache asks for with precompiled headers; -fpch-preprocess (below) is the other half.
  set(launcher
      "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime "${LEPTON_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${launcher}")
  set(CMAKE_CUDA_COMPILER_LAUNCHER "${launcher}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(lepton_options INTERFACE "$<${cxx}:-fpch-preprocess>")
  endif()
endif()
