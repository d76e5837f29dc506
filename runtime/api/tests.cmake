# Tests of the C API; included by the CMakeLists.txt of the runtime, whose folder paths are relative to.

# The C API over a driver that is not one. The program links the library that the runtime opens, so that both are the same.
foreach(name fake_cuda fake_cuda_old fake_cuda_mapless)
  add_library(${name} SHARED api/testing/fake_cuda.cc api/testing/fake_driver.cc)
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/..)
  target_link_libraries(${name} PRIVATE ragged_runtime_options)
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
endforeach()
target_compile_definitions(fake_cuda_old PRIVATE FAKE_CUDA_OLD)
target_compile_definitions(fake_cuda_mapless PRIVATE FAKE_CUDA_WITHOUT_MAPS)
add_executable(api_tests
  api/c_api_test.cc
  api/device_fault_test.cc
  api/kernel_policy_test.cc
  api/kernel_table_test.cc
  api/prepared_test.cc
  api/programmatic_launch_test.cc
  api/resident_launch_test.cc
  api/tensor_map_launch_test.cc)
target_compile_definitions(api_tests PRIVATE
  RAGGEDC_FAKE_CUDA="$<TARGET_FILE:fake_cuda>" RAGGEDC_FAKE_CUDA_OLD="$<TARGET_FILE:fake_cuda_old>"
  RAGGEDC_FAKE_CUDA_MAPLESS="$<TARGET_FILE:fake_cuda_mapless>")
target_link_libraries(api_tests PRIVATE ragged_runtime ragged_runtime_options fake_cuda GTest::gtest_main)
add_dependencies(api_tests fake_cuda_old fake_cuda_mapless)
add_test(NAME runtime_api COMMAND api_tests)

# The sources of kernels, in a program of their own: the compiler is loaded once in a process.
add_library(fake_compiler SHARED api/testing/fake_compiler.cc)
target_include_directories(fake_compiler PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/..)
target_link_libraries(fake_compiler PRIVATE ragged_runtime_options)
add_executable(kernel_source_tests api/default_source_test.cc)
target_compile_definitions(kernel_source_tests PRIVATE
  RAGGEDC_FAKE_CUDA="$<TARGET_FILE:fake_cuda>" RAGGEDC_FAKE_COMPILER_LIBRARY="$<TARGET_FILE:fake_compiler>")
target_link_libraries(kernel_source_tests PRIVATE ragged_runtime ragged_runtime_options fake_cuda GTest::gtest_main)
add_dependencies(kernel_source_tests fake_compiler)
add_test(NAME runtime_kernel_sources COMMAND kernel_source_tests)

# Times of the launch paths without a GPU, and what they must not do. The latter stands in for malloc, as sanitizers do.
add_executable(lookup_bench api/lookup_bench.cc)
set(api_programs lookup_bench)
if(NOT RAGGEDC_SANITIZE)
  add_executable(hot_path_tests api/hot_path_test.cc)
  list(APPEND api_programs hot_path_tests)
  add_test(NAME runtime_hot_path COMMAND hot_path_tests)
endif()
foreach(program ${api_programs})
  target_compile_definitions(${program} PRIVATE RAGGEDC_FAKE_CUDA="$<TARGET_FILE:fake_cuda>")
  target_link_libraries(${program} PRIVATE ragged_runtime ragged_runtime_options fake_cuda GTest::gtest)
endforeach()
if(TARGET hot_path_tests)
  target_link_libraries(hot_path_tests PRIVATE GTest::gtest_main)
endif()

# Program and header from an installed tree; sanitizers would have to be linked into the example too.
if(NOT RAGGEDC_SANITIZE)
  add_test(NAME runtime_embed COMMAND "${CMAKE_COMMAND}"
    -D "BUILD=${CMAKE_BINARY_DIR}" -D "EXAMPLE=${CMAKE_CURRENT_SOURCE_DIR}/../examples/embed"
    -D "WORK=${CMAKE_CURRENT_BINARY_DIR}/embed_test" -D "CC=${CMAKE_C_COMPILER}"
    -P "${CMAKE_CURRENT_SOURCE_DIR}/api/testing/embed_test.cmake")
endif()
