# Sets LEPTON_HAS_CUDA, and with it enables the CUDA language.

set(LEPTON_HAS_CUDA OFF)
if(NOT LEPTON_CUDA STREQUAL "OFF")
  # The wheels' folder first: tools/setup.sh installs them only when the system has no compiler that is new enough.
  find_program(
    LEPTON_NVCC nvcc
    HINTS "${LEPTON_DEPS_DIR}/cuda/bin" /usr/local/cuda/bin)
  mark_as_advanced(LEPTON_NVCC)
  set(nvcc_version 0)
  if(LEPTON_NVCC)
    execute_process(COMMAND "${LEPTON_NVCC}" --version OUTPUT_VARIABLE nvcc_output ERROR_QUIET)
    string(REGEX MATCH "release ([0-9]+\\.[0-9]+)" _ "${nvcc_output}")
    set(nvcc_version "${CMAKE_MATCH_1}")
  endif()

  if(nvcc_version VERSION_GREATER_EQUAL 13.0 AND CMAKE_VERSION VERSION_GREATER_EQUAL 3.31)
    set(CMAKE_CUDA_COMPILER "${LEPTON_NVCC}")
    # Code for data-centre GPUs since 2020, and PTX that the driver compiles for any other since 2018.
    if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
      set(CMAKE_CUDA_ARCHITECTURES 75-virtual 80-real 90-real)
    endif()
    set(CMAKE_CUDA_STANDARD 20)
    set(CMAKE_CUDA_STANDARD_REQUIRED ON)
    set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
    enable_language(CUDA)
    find_package(CUDAToolkit REQUIRED)
    set(LEPTON_HAS_CUDA ON)
  elseif(LEPTON_CUDA STREQUAL "ON")
    message(FATAL_ERROR "LEPTON_CUDA=ON needs nvcc 13 (found: '${LEPTON_NVCC}' ${nvcc_version}) and CMake 3.31 (this is "
                        "${CMAKE_VERSION}). Run `make setup LEPTON_CUDA=ON`, then configure with .deps/venv/bin/cmake.")
  endif()
endif()
message(STATUS "CUDA kernels: ${LEPTON_HAS_CUDA}")
