# libragged_runtime: the runtime as a shared library that exports the C API and nothing else, and its installation.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# The version has one place, which is the header.
file(STRINGS include/raggedc/raggedc.h raggedc_version_lines REGEX "^#define RAGGEDC_VERSION_[MP]")
string(REGEX REPLACE "[^0-9;]" "" raggedc_version "${raggedc_version_lines}")
list(GET raggedc_version 0 raggedc_version_major)
list(JOIN raggedc_version "." raggedc_version)

add_library(ragged_runtime_shared SHARED api/c_api.cc)
set_target_properties(ragged_runtime_shared PROPERTIES
  OUTPUT_NAME ragged_runtime EXPORT_NAME runtime
  VERSION ${raggedc_version} SOVERSION ${raggedc_version_major}
  CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
  LINK_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/api/exports.map")
if(PROJECT_NAME STREQUAL "raggedc")
  set_target_properties(ragged_runtime_shared PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
endif()
target_include_directories(ragged_runtime_shared PUBLIC
  $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(ragged_runtime_shared PRIVATE ragged_runtime ragged_runtime_options)
target_link_options(ragged_runtime_shared PRIVATE
  "-Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/api/exports.map" -Wl,-Bsymbolic -Wl,--gc-sections
  -Wl,--as-needed -Wl,--build-id=sha1
  -Wl,-z,nodelete)  # threads and fork handlers may outlive a dlclose
if(NOT RAGGEDC_SANITIZE)
  # It goes into programs with a C++ library of their own, or none.
  target_link_options(ragged_runtime_shared PRIVATE -static-libstdc++ -static-libgcc -Wl,-z,defs)
endif()
add_library(raggedc::runtime ALIAS ragged_runtime_shared)

set(raggedc_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/raggedc")
install(TARGETS ragged_runtime_shared EXPORT raggedcTargets
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ragged_runtime NAMELINK_COMPONENT ragged_runtime)
install(FILES include/raggedc/raggedc.h
        DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/raggedc" COMPONENT ragged_runtime)
install(EXPORT raggedcTargets NAMESPACE raggedc:: DESTINATION "${raggedc_package_dir}" COMPONENT ragged_runtime)
configure_package_config_file(raggedcConfig.cmake.in "${CMAKE_CURRENT_BINARY_DIR}/raggedcConfig.cmake"
  INSTALL_DESTINATION "${raggedc_package_dir}"
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/raggedcConfigVersion.cmake"
  VERSION ${raggedc_version} COMPATIBILITY SameMinorVersion)
# Relative to the file, so that the tree can be moved.
file(RELATIVE_PATH raggedc_pc_prefix "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
string(REGEX REPLACE "/$" "" raggedc_pc_prefix "${raggedc_pc_prefix}")
configure_file(raggedc.pc.in "${CMAKE_CURRENT_BINARY_DIR}/raggedc.pc" @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/raggedcConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/raggedcConfigVersion.cmake"
        DESTINATION "${raggedc_package_dir}" COMPONENT ragged_runtime)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/raggedc.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT ragged_runtime)
