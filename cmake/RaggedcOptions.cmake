# Flags every target of the project is built with, LLVM side and runtime side alike.
add_library(raggedc_options INTERFACE)
target_include_directories(raggedc_options INTERFACE "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
target_compile_options(raggedc_options INTERFACE -Wall -Wextra -Wno-unused-parameter -Wnon-virtual-dtor)
if(RAGGEDC_WERROR)
  target_compile_options(raggedc_options INTERFACE -Werror)
endif()
if(RAGGEDC_SANITIZE)
  target_compile_options(raggedc_options INTERFACE -fsanitize=${RAGGEDC_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(raggedc_options INTERFACE -fsanitize=${RAGGEDC_SANITIZE})
endif()
if(RAGGEDC_STATIC_LLVM)
  # One binary for many distributions: nothing but libc, libm and libdl at run time.
  target_compile_options(raggedc_options INTERFACE -ffunction-sections -fdata-sections)
  target_link_options(raggedc_options INTERFACE -static-libstdc++ -static-libgcc -Wl,--gc-sections -Wl,--as-needed)
endif()
