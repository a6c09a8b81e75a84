# One imported target for each third-party library, under the name that the rest of the build uses:
#   lepton_dep_caf lepton_dep_rdkafka lepton_dep_sodium lepton_dep_yaml lepton_dep_simdjson lepton_dep_cli11
#   lepton_dep_fmt lepton_dep_spdlog lepton_dep_absl lepton_dep_json lepton_dep_prometheus lepton_dep_httplib
#   lepton_dep_zmq lepton_dep_zstd lepton_dep_dnnl lepton_dep_openvino (only if LEPTON_HAS_OPENVINO) lepton_dep_cuda (only if LEPTON_HAS_CUDA)
# lepton_dep_sodium is defined only where a libsodium that is new enough is found.

include(FindPackageHandleStandardArgs)

# lepton_import(NAME name HEADER file LIBRARY library...): for libraries whose CMake package is absent, or asks for more
# than is used here. The first library is found by name and must exist, as must the header.
function(lepton_import)
  cmake_parse_arguments(arg "" "NAME;HEADER" "LIBRARIES;DEFINITIONS" ${ARGN})
  add_library(${arg_NAME} INTERFACE)
  find_path(${arg_NAME}_include "${arg_HEADER}" REQUIRED)
  target_include_directories(${arg_NAME} SYSTEM INTERFACE "${${arg_NAME}_include}")
  target_compile_definitions(${arg_NAME} INTERFACE ${arg_DEFINITIONS})
  mark_as_advanced(${arg_NAME}_include)
  foreach(library IN LISTS arg_LIBRARIES)
    find_library(${arg_NAME}_${library} "${library}" REQUIRED)
    mark_as_advanced(${arg_NAME}_${library})
    target_link_libraries(${arg_NAME} INTERFACE "${${arg_NAME}_${library}}")
  endforeach()
endfunction()

# lepton_wrap(name package target...): the library has a good CMake package.
function(lepton_wrap name package)
  find_package(${package} CONFIG REQUIRED)
  add_library(${name} INTERFACE)
  target_link_libraries(${name} INTERFACE ${ARGN})
endfunction()

lepton_wrap(lepton_dep_fmt fmt fmt::fmt)
lepton_wrap(lepton_dep_spdlog spdlog spdlog::spdlog)
lepton_wrap(
  lepton_dep_absl
  absl
  absl::flat_hash_map
  absl::flat_hash_set
  absl::inlined_vector
  absl::hash
  absl::strings
  absl::time
  absl::synchronization)
lepton_wrap(lepton_dep_simdjson simdjson simdjson::simdjson)
lepton_wrap(lepton_dep_cli11 CLI11 CLI11::CLI11)
lepton_wrap(lepton_dep_json nlohmann_json nlohmann_json::nlohmann_json)

lepton_import(NAME lepton_dep_yaml HEADER yaml-cpp/yaml.h LIBRARIES yaml-cpp)
lepton_import(NAME lepton_dep_caf HEADER caf/all.hpp LIBRARIES caf_core)
lepton_import(NAME lepton_dep_prometheus HEADER prometheus/registry.h LIBRARIES prometheus-cpp-core)
lepton_import(NAME lepton_dep_zmq HEADER zmq.hpp LIBRARIES zmq)
lepton_import(NAME lepton_dep_zstd HEADER zstd.h LIBRARIES zstd)
lepton_import(NAME lepton_dep_dnnl HEADER oneapi/dnnl/dnnl.hpp LIBRARIES dnnl)
# These definitions must be the ones that Debian compiled the library with.
lepton_import(
  NAME lepton_dep_httplib
  HEADER httplib.h
  LIBRARIES cpp-httplib ssl crypto
  DEFINITIONS CPPHTTPLIB_OPENSSL_SUPPORT CPPHTTPLIB_ZLIB_SUPPORT CPPHTTPLIB_BROTLI_SUPPORT)

# --- what tools/setup.sh builds --------------------------------------------------------------------------------------

find_package(PkgConfig REQUIRED)
list(PREPEND CMAKE_PREFIX_PATH "${LEPTON_DEPS_DIR}")
set(ENV{PKG_CONFIG_PATH} "${LEPTON_DEPS_DIR}/lib/pkgconfig:$ENV{PKG_CONFIG_PATH}")

# lepton_dep_rdkafka has the C and the C++ interface. Static where we built it ourselves, so that the binary does not need
# .deps at run time.
add_library(lepton_dep_rdkafka INTERFACE)
find_library(LEPTON_RDKAFKA NAMES librdkafka.a HINTS "${LEPTON_DEPS_DIR}/lib" NO_DEFAULT_PATH)
find_library(LEPTON_RDKAFKACPP NAMES librdkafka++.a HINTS "${LEPTON_DEPS_DIR}/lib" NO_DEFAULT_PATH)
mark_as_advanced(LEPTON_RDKAFKA LEPTON_RDKAFKACPP)
if(LEPTON_RDKAFKA AND LEPTON_RDKAFKACPP)
  # Its .pc file names the libraries that it was built with, next to the archive itself.
  pkg_check_modules(rdkafka_static REQUIRED rdkafka-static>=2.11)
  target_include_directories(lepton_dep_rdkafka SYSTEM INTERFACE "${LEPTON_DEPS_DIR}/include")
  target_link_libraries(lepton_dep_rdkafka INTERFACE "${LEPTON_RDKAFKACPP}" "${LEPTON_RDKAFKA}" ${rdkafka_static_LIBRARIES})
  message(STATUS "librdkafka: ${rdkafka_static_VERSION}, static")
else()
  pkg_check_modules(rdkafka REQUIRED IMPORTED_TARGET rdkafka++>=2.11 rdkafka>=2.11)
  target_link_libraries(lepton_dep_rdkafka INTERFACE PkgConfig::rdkafka)
  message(STATUS "librdkafka: ${rdkafka_rdkafka_VERSION}, the system's")
endif()

pkg_check_modules(sodium QUIET "libsodium>=1.0.19")
if(sodium_FOUND)
  add_library(lepton_dep_sodium INTERFACE)
  target_include_directories(lepton_dep_sodium SYSTEM INTERFACE ${sodium_INCLUDE_DIRS})
  find_library(lepton_sodium NAMES libsodium.a sodium HINTS ${sodium_LIBRARY_DIRS} REQUIRED)
  target_link_libraries(lepton_dep_sodium INTERFACE "${lepton_sodium}" Threads::Threads)
endif()

# --- optional backends -----------------------------------------------------------------------------------------------

set(LEPTON_HAS_OPENVINO OFF)
if(NOT LEPTON_OPENVINO STREQUAL "OFF")
  file(GLOB wheel_cmake "${LEPTON_DEPS_DIR}/venv/lib/python3*/site-packages/openvino/cmake")
  find_package(OpenVINO QUIET COMPONENTS Runtime HINTS ${wheel_cmake})
  # The package sets an ABI for the whole directory, and wheels before 2026 have one that no other library here has.
  remove_definitions("-D_GLIBCXX_USE_CXX11_ABI=${OpenVINO_GLIBCXX_USE_CXX11_ABI}")
  if("${OpenVINO_GLIBCXX_USE_CXX11_ABI}" STREQUAL "0")
    message(STATUS "OpenVINO ${OpenVINO_VERSION} has the old C++ ABI and is left out; run tools/setup.sh for a newer one")
  elseif(OpenVINO_FOUND)
    add_library(lepton_dep_openvino INTERFACE)
    target_link_libraries(lepton_dep_openvino INTERFACE openvino::runtime)
    get_target_property(definitions openvino::runtime INTERFACE_COMPILE_DEFINITIONS)
    # The default anyway; but one more definition, and the precompiled header does not fit.
    list(REMOVE_ITEM definitions _GLIBCXX_USE_CXX11_ABI=1)
    set_target_properties(openvino::runtime PROPERTIES INTERFACE_COMPILE_DEFINITIONS "${definitions}")
    set(LEPTON_HAS_OPENVINO ON)
  endif()
endif()
message(STATUS "OpenVINO backend: ${LEPTON_HAS_OPENVINO} ${OpenVINO_VERSION}")

if(LEPTON_HAS_CUDA)
  add_library(lepton_dep_cuda INTERFACE)
  target_link_libraries(lepton_dep_cuda INTERFACE CUDA::cudart_static CUDA::cublasLt)
endif()

if(LEPTON_TESTS)
  find_package(GTest CONFIG REQUIRED)
  find_package(benchmark CONFIG REQUIRED)
endif()
