# cmake -D OUTPUT=FILE -P embed_tuning.cmake -- TABLE...
# Writes OUTPUT: one C++ string literal for each tuning table.
set(out "")
set(seen OFF)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
  if(seen)
    file(READ "${CMAKE_ARGV${i}}" text)
    string(APPEND out "R\"__json__(${text})__json__\",\n")
  elseif(CMAKE_ARGV${i} STREQUAL "--")
    set(seen ON)
  endif()
endforeach()
file(WRITE "${OUTPUT}" "${out}")
