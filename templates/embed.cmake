# Writes OUTPUT: one C++ initializer {"path", "text"} per device header under ROOT.
# `#pragma once` and `#include` lines are dropped: the code generator concatenates headers in dependency order, which
# it learns from the list of includes kept as the third field.
file(GLOB_RECURSE headers RELATIVE "${ROOT}/ragged" "${ROOT}/ragged/*.cuh")
list(FILTER headers EXCLUDE REGEX "\\.host\\.cuh$")  # the emulator's, see embed_host.cmake
list(SORT headers)
set(out "")
foreach(header IN LISTS headers)
  file(READ "${ROOT}/ragged/${header}" text)
  string(REGEX MATCHALL "#include \"[^\"]+\"" includes "${text}")
  set(deps "")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE "#include \"(templates/)?(ragged/)?([^\"]+)\"" "\\3" include "${include}")
    string(APPEND deps "${include} ")
  endforeach()
  string(REGEX REPLACE "#pragma once\n" "" text "${text}")
  string(REGEX REPLACE "#include \"[^\"]+\"\n" "" text "${text}")
  # String literals longer than 64 KiB are not portable; headers are far smaller.
  string(APPEND out "{\"${header}\", \"${deps}\", R\"__cuh__(${text})__cuh__\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "${out}")
