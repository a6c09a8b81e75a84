# What a user may choose. Presets in CMakePresets.json set the usual combinations.

option(LEPTON_WERROR "Treat compiler warnings as errors" OFF)
option(LEPTON_TESTS "Build the tests and benchmarks" ON)
option(LEPTON_FUZZ "Build the fuzz targets with libFuzzer (needs clang); otherwise they replay their corpus" OFF)

set(LEPTON_SANITIZER "" CACHE STRING "Sanitizers to build with: empty, address (with undefined behaviour and leaks) or thread")
set_property(CACHE LEPTON_SANITIZER PROPERTY STRINGS "" address thread)

set(LEPTON_CUDA AUTO CACHE STRING "CUDA kernels: AUTO (when a compiler of version 13 is found), ON or OFF")
set_property(CACHE LEPTON_CUDA PROPERTY STRINGS AUTO ON OFF)

set(LEPTON_OPENVINO AUTO CACHE STRING "OpenVINO backend: AUTO (when found) or OFF")
set_property(CACHE LEPTON_OPENVINO PROPERTY STRINGS AUTO OFF)

set(LEPTON_DEPS_DIR "${PROJECT_SOURCE_DIR}/.deps" CACHE PATH "Where tools/setup.sh put what it built and fetched")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
