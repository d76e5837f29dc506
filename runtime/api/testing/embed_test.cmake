# cmake -D BUILD=... -D EXAMPLE=... -D WORK=... -D CC=... -P embed_test.cmake
# Installs the runtime into an empty folder, moves it, and builds and runs the example against it with find_package and
# with pkg-config. Without a GPU the example says what is missing.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${ARGN}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

function(run_example program)
  execute_process(COMMAND ${program} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  message("${output}")
  if(NOT (result EQUAL 0 AND output MATCHES "largest difference") AND
     NOT (result EQUAL 2 AND output MATCHES "embed: unavailable: expected "))
    message(FATAL_ERROR "${program}: ${result}")
  endif()
endfunction()

file(REMOVE_RECURSE "${WORK}")
run("${CMAKE_COMMAND}" --install "${BUILD}" --component ragged_runtime --prefix "${WORK}/installed")
file(RENAME "${WORK}/installed" "${WORK}/moved")
file(COPY "${EXAMPLE}/" DESTINATION "${WORK}/source")

run("${CMAKE_COMMAND}" -S "${WORK}/source" -B "${WORK}/build" "-DCMAKE_PREFIX_PATH=${WORK}/moved"
    "-DCMAKE_C_COMPILER=${CC}")
run("${CMAKE_COMMAND}" --build "${WORK}/build")
run_example("${WORK}/build/embed")

find_program(pkg_config NAMES pkg-config pkgconf)
if(pkg_config)
  file(GLOB_RECURSE pc "${WORK}/moved/*/raggedc.pc")
  get_filename_component(pc_dir "${pc}" DIRECTORY)
  run("${CMAKE_COMMAND}" -E env "PKG_CONFIG_PATH=${pc_dir}" "${pkg_config}" --cflags --libs raggedc)
  string(STRIP "${output}" output)
  separate_arguments(flags UNIX_COMMAND "${output}")
  file(GLOB_RECURSE library "${WORK}/moved/*/libragged_runtime.so")
  get_filename_component(library_dir "${library}" DIRECTORY)
  run("${CC}" -std=c11 -D_GNU_SOURCE "${WORK}/source/embed.c" -o "${WORK}/embed_pc" ${flags} -ldl -lm
      "-Wl,-rpath,${library_dir}")
  run_example("${WORK}/embed_pc")
endif()

# Nothing but the C API leaves the library.
file(GLOB_RECURSE library "${WORK}/moved/*/libragged_runtime.so")
find_program(nm NAMES llvm-nm-22 nm REQUIRED)
run("${nm}" -D --defined-only "${library}")
string(REGEX MATCHALL "[^\n]+" lines "${output}")
foreach(line IN LISTS lines)
  if(NOT line MATCHES " (T raggedc_|A RAGGEDC_0)")
    message(FATAL_ERROR "expected exports of the C API only, got ${line}")
  endif()
endforeach()
