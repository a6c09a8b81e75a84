# The functions that the folders' CMakeLists.txt are written with.
#
#   lepton_library(NAME core SOURCES a.cpp ... PUBLIC_DEPS targets... PRIVATE_DEPS targets...)
#   lepton_executable(NAME lepton SOURCES main.cpp DEPS targets...)
#   lepton_simd(FLAGS -mavx2 -mfma SOURCES a_avx2.cpp ...)
#   lepton_test(NAME core SOURCES a_test.cpp ... DEPS targets... [LABELS l...] [TIMEOUT seconds] [SERIAL])
#   lepton_bench(NAME core SOURCES a_bench.cpp ... DEPS targets...)
#   lepton_fuzz(NAME json SOURCES json_fuzz.cpp CORPUS folder DEPS targets...)

include(GoogleTest)

if(LEPTON_FUZZ AND NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "LEPTON_FUZZ=ON needs clang; configure with -DCMAKE_CXX_COMPILER=clang++")
endif()

# One precompiled header, made once and reused by all: it costs more to make than any one folder saves.
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/pch.cpp" CONTENT "// Owner of the precompiled header.\n")
add_library(lepton_pch OBJECT "${PROJECT_BINARY_DIR}/pch.cpp")
target_link_libraries(lepton_pch PRIVATE lepton_options lepton_dep_fmt)
target_precompile_headers(lepton_pch PRIVATE "$<$<COMPILE_LANGUAGE:CXX>:${PROJECT_SOURCE_DIR}/cmake/pch.hpp>")

# What every target of ours gets, after the libraries that it links itself.
function(lepton_configure target)
  if("lepton_dep_caf" IN_LIST ARGN AND CMAKE_BUILD_TYPE STREQUAL "Debug")
    # CAF's headers dereference a null pointer to an empty tuple, which the checked standard library and the sanitizer stop at. No other
    # target is without the checks, and none of these can share the header that was precompiled with them.
    target_compile_options(${target} PRIVATE -U_GLIBCXX_ASSERTIONS)
    if(LEPTON_SANITIZER STREQUAL "address")
      target_compile_options(${target} PRIVATE -fno-sanitize=null)
    endif()
  else()
    target_precompile_headers(${target} REUSE_FROM lepton_pch)
  endif()
endfunction()

# Static library lepton_<NAME>, alias lepton::<NAME>. Without sources it is an interface library, so that the folders
# above can name it before it has any.
function(lepton_library)
  cmake_parse_arguments(arg "" "NAME" "SOURCES;PUBLIC_DEPS;PRIVATE_DEPS" ${ARGN})
  set(target lepton_${arg_NAME})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    target_link_libraries(${target} PUBLIC lepton_options ${arg_PUBLIC_DEPS} PRIVATE ${arg_PRIVATE_DEPS})
    lepton_configure(${target} ${arg_PUBLIC_DEPS} ${arg_PRIVATE_DEPS})
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE lepton_options ${arg_PUBLIC_DEPS})
  endif()
  add_library(lepton::${arg_NAME} ALIAS ${target})
endfunction()

function(lepton_executable)
  cmake_parse_arguments(arg "" "NAME" "SOURCES;DEPS" ${ARGN})
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE lepton_options ${arg_DEPS})
  if(LEPTON_SANITIZER)
    target_sources(${arg_NAME} PRIVATE "${PROJECT_SOURCE_DIR}/cmake/sanitizer_defaults.cpp")
  endif()
  lepton_configure(${arg_NAME} ${arg_DEPS})
endfunction()

# Compiles some files for instructions that not every CPU has. Such a file must be called only after a look at the CPU, and
# must not instantiate inline functions or templates that other files use too: the linker keeps one copy of each, and it
# may be this one.
function(lepton_simd)
  cmake_parse_arguments(arg "" "" "FLAGS;SOURCES" ${ARGN})
  # A precompiled header fits only the flags it was made with.
  set_source_files_properties(${arg_SOURCES} PROPERTIES COMPILE_OPTIONS "${arg_FLAGS}" SKIP_PRECOMPILE_HEADERS ON)
endfunction()

# One GoogleTest binary tests_<NAME>, each of its tests known to ctest. Tests run in the root of the repository.
function(lepton_test)
  cmake_parse_arguments(arg "SERIAL" "NAME;TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT arg_SOURCES)
    return()
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  set(target tests_${arg_NAME})
  lepton_executable(NAME ${target} SOURCES ${arg_SOURCES} DEPS ${arg_DEPS} GTest::gmock GTest::gtest_main)
  if(TARGET lepton_test_support)
    target_link_libraries(${target} PRIVATE lepton_test_support)
  endif()
  if(LEPTON_TEST_LAUNCHER)
    set_property(TARGET ${target} PROPERTY CROSSCOMPILING_EMULATOR ${LEPTON_TEST_LAUNCHER})
  endif()
  set(serial "")
  if(arg_SERIAL)
    set(serial RUN_SERIAL ON)
  endif()
  gtest_discover_tests(
    ${target}
    DISCOVERY_MODE PRE_TEST
    DISCOVERY_TIMEOUT 60
    TEST_PREFIX "${arg_NAME}/"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_NAME}\;${arg_LABELS}" ${serial})
endfunction()

function(lepton_bench)
  cmake_parse_arguments(arg "" "NAME" "SOURCES;DEPS" ${ARGN})
  if(arg_SOURCES)
    lepton_executable(NAME bench_${arg_NAME} SOURCES ${arg_SOURCES} DEPS ${arg_DEPS} benchmark::benchmark_main)
    set_property(GLOBAL APPEND PROPERTY LEPTON_BENCHES bench_${arg_NAME})
  endif()
endfunction()

# SOURCES define LLVMFuzzerTestOneInput. With LEPTON_FUZZ=ON this is a libFuzzer binary; otherwise a program that feeds it
# every file of CORPUS once, which ctest runs: an input that once broke something is tried in every build.
function(lepton_fuzz)
  cmake_parse_arguments(arg "" "NAME;CORPUS" "SOURCES;DEPS" ${ARGN})
  set(target fuzz_${arg_NAME})
  if(LEPTON_FUZZ)
    lepton_executable(NAME ${target} SOURCES ${arg_SOURCES} DEPS ${arg_DEPS})
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    return()
  endif()
  lepton_executable(NAME ${target} SOURCES ${arg_SOURCES} "${PROJECT_SOURCE_DIR}/cmake/replay_corpus.cpp" DEPS ${arg_DEPS})
  add_test(NAME fuzz/${arg_NAME} COMMAND ${LEPTON_TEST_LAUNCHER} $<TARGET_FILE:${target}> "${arg_CORPUS}"
           WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}")
  set_tests_properties(fuzz/${arg_NAME} PROPERTIES LABELS "fuzz" TIMEOUT 120)
endfunction()
